//! Catalogs for tests: a few components that look real, and as many generated ones as wanted.
//!
//! Their images exist nowhere.

mod samples;

use semver::Version;

use self::samples::{README, SAMPLES};
use super::{Contents, Digest, Member, NewRelease, Platform, Source, sha256};
use kfp_component_spec::source;
use kfp_component_yaml::render;

/// Components as a small team would publish them, each with one version.
pub fn samples() -> Vec<NewRelease> {
    SAMPLES
        .iter()
        .map(|(name, version, categories, keywords, function)| {
            let mut release = release(name, version, function);
            release.categories = categories.iter().map(ToString::to_string).collect();
            release.keywords = keywords.iter().map(ToString::to_string).collect();
            release.readme = Some(README.to_owned());
            release
        })
        .collect()
}

/// The index of a catalog of `count` generated components, and what its page shows, in memory.
pub fn generated_contents(count: usize) -> Contents {
    let members = many(count)
        .iter()
        .map(|release| Member {
            index: release
                .add_to(None)
                .expect("generated components are fit for a catalog")
                .0,
            readme: None,
        })
        .collect();
    Contents {
        title: "Many".to_owned(),
        url: None,
        members,
    }
}

/// `count` generated components, with names, words and types that differ.
pub fn many(count: usize) -> Vec<NewRelease> {
    const VERBS: [&str; 20] = [
        "filter", "join", "sort", "select", "rename", "sample", "split", "merge", "encode",
        "scale", "impute", "rank", "window", "pivot", "hash", "mask", "score", "train", "export",
        "load",
    ];
    const THINGS: [&str; 10] = [
        "csv", "parquet", "json", "images", "text", "audio", "events", "graphs", "vectors",
        "tables",
    ];
    const WAYS: [&str; 10] = [
        "fast", "exact", "stream", "batch", "remote", "local", "sparse", "dense", "daily", "robust",
    ];
    const TYPES: [&str; 5] = ["Dataset", "Model", "Artifact", "Html", "Metrics"];
    (0..count)
        .map(|i| {
            let verb = VERBS[i % 20];
            let thing = THINGS[i / 20 % 10];
            let way = WAYS[i / 200 % 10];
            let suffix = if i < 2000 { String::new() } else { format!("-{}", i / 2000) };
            let name = format!("{verb}-{thing}-{way}{suffix}");
            let (takes, gives) = (TYPES[i % 3], TYPES[i / 3 % 5]);
            let function = format!(
                "/// Takes {thing} and does {verb}, the {way} way.
                fn {}(source: Input<{takes}>, #[arg(default = {i})] seed: i64, result: Output<{gives}>) -> Result<()> {{}}",
                name.replace('-', "_")
            );
            let mut release = release(&name, "1.0.0", &function);
            release.categories = vec![["transform", "convert", "train", "validate"][i % 4].to_owned()];
            release.keywords = vec![thing.to_owned(), way.to_owned()];
            if i % 7 == 0 {
                release.platforms.truncate(1);
            }
            release
        })
        .collect()
}

/// One version of a component with that function.
pub fn release(name: &str, version: &str, function: &str) -> NewRelease {
    let component =
        source::component(&format!("#[component]\n{function}")).expect("a good signature");
    let digest = |what: &str| -> Digest {
        let hash = sha256(format!("{name} {version} {what}").as_bytes());
        format!("sha256:{hash}")
            .parse()
            .expect("a hash is a digest")
    };
    let repository = format!("registry.example.org/acme/{name}");
    let package = render::Package {
        name: name.to_owned(),
        version: version.to_owned(),
        authors: vec!["Ada Example <ada@example.org>".to_owned()],
        license: Some("MIT OR Apache-2.0".to_owned()),
        source: Some("https://example.org/acme/components".to_owned()),
        image: format!("{repository}@{}", digest("index")),
        ..render::Package::default()
    };
    let mut release = NewRelease::new(
        name.parse().expect("a good name"),
        Version::parse(version).expect("a good version"),
        render::render(&component, &package).expect("a good component"),
        "2026-11-23T12:00:00Z".to_owned(),
    );
    release.component = Some(component);
    release.source = Some(Source {
        git: "https://example.org/acme/components".to_owned(),
        rev: Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
        path: Some(format!("components/{name}")),
    });
    release.platforms = ["amd64", "arm64"]
        .into_iter()
        .zip([1_843_200, 1_792_000])
        .map(|(arch, bytes)| Platform {
            os: "linux".to_owned(),
            arch: arch.to_owned(),
            digest: digest(arch),
            bytes: bytes + 1000 * name.len() as u64,
        })
        .collect();
    release.sboms = vec![("amd64".to_owned(), sbom(name))];
    release.last_verified = Some("2026-11-23T12:00:00Z".to_owned());
    release.tested = vec!["1.8.22".to_owned(), "2.17.0".to_owned()];
    release
        .toolchain
        .insert("rust".to_owned(), "1.95.0".to_owned());
    release
}

fn sbom(name: &str) -> String {
    let library = |name: &str, license: &str| {
        serde_json::json!({
            "type": "library", "name": name, "version": "1.0.0", "licenses": [{ "expression": license }],
        })
    };
    serde_json::json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": { "type": "application", "name": name } },
        "components": [
            library("csv", "Unlicense OR MIT"),
            library("itoa", "MIT OR Apache-2.0"),
            library("memchr", "Unlicense OR MIT"),
            library("ring", "Apache-2.0 AND ISC"),
        ],
    })
    .to_string()
}
