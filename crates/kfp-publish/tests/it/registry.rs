//! Publishing to a real registry: what is asked of it, what is left there, and what the catalog says.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support;
use crate::support::{Silence, metadata, packed, publish, publish_to, run, target};
use kfp_component_yaml::label;
use kfp_publish::push::Pushed;
use kfp_registry::{Client, Index, Reference};
use kfp_test_registry::{DockerRegistry, Setup};
use kfp_test_support::{installed, skip};

fn client() -> Client {
    Client::builder().for_push().build().unwrap()
}

fn entry(catalog: &Path, name: &str) -> String {
    fs::read_to_string(catalog.join(format!("components/{name}/1.0.0/component.yaml"))).unwrap()
}

#[test]
fn a_publication_takes_few_requests_and_an_unchanged_one_takes_one() {
    let Some(registry) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    let catalog = tempfile::tempdir().unwrap();
    let count = |range: std::ops::RangeFrom<usize>| registry.requests()[range].to_vec();

    assert_eq!(
        publish("hello", "", &client(), registry.host(), catalog.path()).unwrap(),
        Pushed::Published
    );
    let first = count(0..);
    // Two platforms: 18 for images, index, tag and read-back; 9 for the first SBOM, 7 for the second, which
    // finds the empty configuration there. A registry that lists referrers by itself is asked less.
    assert!(
        first.len() <= 18 + 9 + 7,
        "{} requests:\n{}",
        first.len(),
        first.join("\n")
    );
    let digest = packed("hello", "").digest();
    assert!(
        first.contains(&format!("GET /v2/acme/hello/manifests/{digest}")),
        "it was not read back"
    );

    assert_eq!(
        publish("hello", "", &client(), registry.host(), catalog.path()).unwrap(),
        Pushed::Unchanged
    );
    assert_eq!(
        count(first.len()..),
        ["HEAD /v2/acme/hello/manifests/1.0.0"]
    );
}

#[test]
fn the_catalog_pins_the_index_and_the_image_gives_the_same_file_back() {
    let Some(registry) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    let catalog = tempfile::tempdir().unwrap();
    publish("hello", "", &client(), registry.host(), catalog.path()).unwrap();

    let text = entry(catalog.path(), "hello");
    let image: Reference = label::image(&text).unwrap().parse().unwrap();
    assert_eq!(image.digest(), Some(&packed("hello", "").digest()));
    assert_eq!(image.tag(), None);

    let index: Index =
        serde_json::from_slice(&client().manifest(&image).unwrap().unwrap().bytes).unwrap();
    let child = image.with_digest(index.manifests[0].digest);
    let manifest: kfp_registry::Manifest =
        serde_json::from_slice(&client().manifest(&child).unwrap().unwrap().bytes).unwrap();
    let config = client()
        .blob(&image, &manifest.config.digest, 1 << 20)
        .unwrap();
    let config: serde_json::Value = serde_json::from_slice(&config).unwrap();
    let interface = config["config"]["Labels"][label::COMPONENT]
        .as_str()
        .unwrap();
    assert_eq!(label::pinned(interface, &image.to_string()).unwrap(), text);
}

#[test]
fn every_platform_has_its_sbom() {
    let Some(registry) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    let catalog = tempfile::tempdir().unwrap();
    publish("hello", "", &client(), registry.host(), catalog.path()).unwrap();
    let image: Reference = format!("{}/acme/hello", registry.host()).parse().unwrap();
    for one in &packed("hello", "").images {
        let referrers = client().referrers(&image, &one.manifest.digest()).unwrap();
        assert_eq!(referrers.len(), 1);
        assert_eq!(
            referrers[0].artifact_type.as_deref(),
            Some("application/vnd.cyclonedx+json")
        );
    }
}

#[test]
fn a_published_version_never_changes_and_the_error_says_what_differs() {
    let Some(registry) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    let (catalog, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    publish("hello", "", &client(), registry.host(), catalog.path()).unwrap();
    let before = entry(catalog.path(), "hello");

    let mut programs =
        kfp_workspace::Platform::ALL.map(|platform| support::program(platform, "changed"));
    programs[0].builder = "cc 13".into();
    let cache = kfp_publish::image::Cache::none();
    let changed = kfp_publish::image::Packed::new(&metadata("hello"), &programs, &cache).unwrap();
    // With the catalog that knows the version, and with one that does not.
    for folder in [catalog.path(), other.path()] {
        let to = target("hello", registry.host());
        let report = publish_to(&to, &changed, &client(), folder, &Silence)
            .unwrap_err()
            .report();
        assert!(
            report.contains("hint: bump `version` in the Cargo.toml of `hello`"),
            "{report}"
        );
        if folder == other.path() {
            let cause = report.lines().nth(1).unwrap();
            assert!(
                cause.starts_with("  cause: dev.kfp-comp.builder was `cc` and is `cc 13`; "),
                "{report}"
            );
            assert!(
                cause.contains("the program for linux/arm64 differs"),
                "{report}"
            );
        }
    }
    assert_eq!(entry(catalog.path(), "hello"), before);
    assert!(!other.path().join("components").exists());
    let tagged: Reference = format!("{}/acme/hello:1.0.0", registry.host())
        .parse()
        .unwrap();
    assert_eq!(
        client().head_manifest(&tagged).unwrap(),
        Some(packed("hello", "").digest())
    );
}

#[test]
fn other_tags_may_move() {
    let Some(registry) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    let catalogs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for (text, catalog) in ["1", "2"].into_iter().zip(&catalogs) {
        let packed = packed("hello", text);
        let mut to = target("hello", registry.host());
        to.tags = vec!["edge".into()];
        publish_to(&to, &packed, &client(), catalog.path(), &Silence).unwrap();
        let tagged: Reference = format!("{}/acme/hello:edge", registry.host())
            .parse()
            .unwrap();
        assert_eq!(
            client().head_manifest(&tagged).unwrap(),
            Some(packed.digest())
        );
    }
}

#[test]
fn a_lost_catalog_entry_is_written_again_after_reading_the_image_back() {
    let Some(registry) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    let catalog = tempfile::tempdir().unwrap();
    publish("hello", "", &client(), registry.host(), catalog.path()).unwrap();
    let before = entry(catalog.path(), "hello");
    fs::remove_dir_all(catalog.path().join("components")).unwrap();
    let asked = registry.requests().len();
    assert_eq!(
        publish("hello", "", &client(), registry.host(), catalog.path()).unwrap(),
        Pushed::Published
    );
    assert_eq!(entry(catalog.path(), "hello"), before);
    assert_eq!(
        registry.requests().len() - asked,
        2,
        "a look and a read-back"
    );
}

#[test]
fn a_catalog_that_cannot_be_written_is_named_and_the_next_run_completes_it() {
    let Some(registry) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    // A file where a folder should be fails for root too, unlike missing rights.
    let blocked = folder.path().join("schema");
    fs::write(&blocked, "").unwrap();
    let report = publish("hello", "", &client(), registry.host(), folder.path())
        .unwrap_err()
        .report();
    assert!(report.contains("hint: publish again"), "{report}");
    fs::remove_file(&blocked).unwrap();
    assert_eq!(
        publish("hello", "", &client(), registry.host(), folder.path()).unwrap(),
        Pushed::Published
    );
}

#[test]
fn a_full_disk_leaves_no_half_entry() {
    let Some(registry) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    if !installed("mount") {
        return;
    }
    let disk = tempfile::tempdir().unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=8k,nr_inodes=16", "none"])
        .arg(disk.path())
        .output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        return skip("this user may not mount a small file system to fill");
    }
    fs::write(disk.path().join("filler"), [0; 8192]).unwrap();
    let result = publish("hello", "", &client(), registry.host(), disk.path());
    let left = run(Command::new("find").arg(disk.path()).args(["-type", "f"]));
    run(Command::new("umount").arg(disk.path()));
    let report = result.unwrap_err().report();
    assert!(
        report.contains("the catalog does not pin it") && report.contains("hint: "),
        "{report}"
    );
    assert_eq!(left.lines().count(), 1, "only the filler is left:\n{left}");
}
