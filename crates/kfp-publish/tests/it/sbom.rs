//! The SBOM of a program with crates by path, from git and by the same name.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::workspace::{Layout, commit, compilable, git, host, publish};
use crate::support::{run, said, text};

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A repository with a crate of that name.
fn repository(name: &str, license: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\nlicense = \"{license}\"\n\
         repository = \"see the wiki\"\nauthors = [\"Ann <ann@example.org>\"]\n"
    );
    write(folder.path(), "Cargo.toml", &manifest);
    write(folder.path(), "src/lib.rs", "");
    git(&folder, &["init", "--quiet"]);
    commit(&folder, "first", 1_000_000_000);
    folder
}

/// A layout with the image of a component that needs `telemetry` from git, and another `telemetry` by path.
fn published(arguments: &[&str]) -> (TempDir, Layout, String) {
    let (folder, telemetry) = (compilable(""), repository("telemetry", "Acme Proprietary"));
    let own = "[package]\nname = \"telemetry\"\nversion = \"0.1.0\"\nedition = \"2024\"\nlicense = \"MIT/Apache-2.0\"\n";
    write(folder.path(), "vendored/Cargo.toml", own);
    write(folder.path(), "vendored/src/lib.rs", "");
    let manifest = folder.path().join("components/count/Cargo.toml");
    let old = fs::read_to_string(&manifest).unwrap();
    let url = format!("file://{}", text(telemetry.path()));
    let more = format!(
        "telemetry = {{ git = \"{url}\" }}\nown = {{ package = \"telemetry\", path = \"../../vendored\" }}\n"
    );
    fs::write(&manifest, old + &more).unwrap();
    run(Command::new(env!("CARGO"))
        .current_dir(folder.path())
        .args(["generate-lockfile", "--quiet"]));
    commit(&folder, "telemetry", 1_000_000_100);
    let host = host();
    let common = ["--quiet", "--oci-layout", "out", "--platform", &host];
    let output = publish(folder.path(), &[&common, arguments].concat());
    assert!(output.status.success(), "{}", said(&output));
    let layout = Layout(folder.path().join("out"));
    let revision = git(&telemetry, &["rev-parse", "HEAD"]).trim().to_owned();
    (folder, layout, format!("{url}#{revision}"))
}

#[test]
fn crates_that_no_registry_has_are_not_taken_for_those_of_crates_io() {
    let (_folder, layout, revision) = published(&[]);
    let sbom = layout.sbom().unwrap();
    let components = sbom["components"].as_array().unwrap();
    let found: Vec<_> = components
        .iter()
        .map(|one| {
            (
                one["name"].as_str().unwrap(),
                one["bom-ref"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("telemetry", &*format!("git+{revision}#telemetry@0.1.0")),
            ("kfp-component", "path+kfp-component#kfp-component@1.0.0"),
            ("lib", "path+lib#lib@1.0.0"),
            ("telemetry", "path+vendored#telemetry@0.1.0"),
        ]
    );
    for one in components {
        assert_eq!(one.get("purl"), None, "{one}");
        assert_eq!(one.get("hashes"), None, "{one}");
    }
    assert_eq!(
        components[0]["externalReferences"],
        json!([{"type": "vcs", "url": revision}])
    );
    assert_eq!(
        components[0]["licenses"],
        json!([{"license": {"name": "Acme Proprietary"}}])
    );
    assert_eq!(
        components[3]["licenses"],
        json!([{"expression": "MIT OR Apache-2.0"}])
    );
    assert_eq!(components[3].get("externalReferences"), None);
}

#[test]
fn it_has_the_minimum_elements_and_the_time_of_the_commit() {
    let (_folder, layout, _) = published(&[]);
    let sbom = layout.sbom().unwrap();
    assert_eq!(sbom["metadata"]["timestamp"], "2001-09-09T01:48:20Z");
    assert!(sbom["metadata"]["tools"]["components"][0]["name"].is_string());
    assert!(sbom["metadata"]["supplier"]["name"].is_string());
    assert!(
        sbom["serialNumber"]
            .as_str()
            .unwrap()
            .starts_with("urn:uuid:")
    );
    let subject = &sbom["metadata"]["component"];
    let all = || {
        sbom["components"]
            .as_array()
            .unwrap()
            .iter()
            .chain([subject])
    };
    for one in all() {
        for key in ["name", "version", "bom-ref"] {
            assert!(one[key].is_string(), "{key} of {one}");
        }
        assert!(one["supplier"]["name"].is_string(), "{one}");
    }
    let references: BTreeSet<_> = all().map(|one| one["bom-ref"].as_str().unwrap()).collect();
    assert_eq!(
        references.len(),
        all().count(),
        "a reference stands for two crates"
    );
    let dependencies = sbom["dependencies"].as_array().unwrap();
    let named: BTreeSet<_> = dependencies
        .iter()
        .map(|one| one["ref"].as_str().unwrap())
        .collect();
    assert_eq!(named, references);
    let own = dependencies
        .iter()
        .find(|one| one["ref"] == subject["bom-ref"])
        .unwrap();
    assert_eq!(own["dependsOn"].as_array().unwrap().len(), 4);
}

#[test]
fn it_can_be_left_out_by_a_flag_and_by_a_setting() {
    let (folder, layout, _) = published(&["--no-sbom"]);
    assert_eq!(layout.sbom(), None);
    let manifest = folder.path().join("Cargo.toml");
    let old = fs::read_to_string(&manifest).unwrap();
    let new = old.replace("registry = ", "sbom = false\nregistry = ");
    fs::write(&manifest, new).unwrap();
    let host = host();
    let output = publish(
        folder.path(),
        &["--oci-layout", "out2", "--platform", &host],
    );
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(Layout(folder.path().join("out2")).sbom(), None::<Value>);
}
