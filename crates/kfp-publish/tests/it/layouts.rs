//! Images as directories and tarballs, read by other people's tools.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{below, packed, run, sbom, text};
use kfp_publish::output::{layout, tarball};
use kfp_test_support::installed;
use serde_json::Value;

#[test]
fn a_layout_keeps_the_other_images_and_replaces_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b, a2) = (packed("a", "1"), packed("b", "1"), packed("a", "2"));
    for image in [&a, &b, &a2] {
        layout::add(folder.path(), image, &sbom).unwrap();
    }
    let named: Vec<_> = entries(folder.path())
        .into_iter()
        .filter_map(|entry| {
            let name = entry["annotations"]["org.opencontainers.image.ref.name"].as_str()?;
            Some((name.to_owned(), entry["digest"].as_str()?.to_owned()))
        })
        .collect();
    assert_eq!(
        named,
        [
            ("a:1.0.0".into(), a2.digest().to_string()),
            ("b:1.0.0".into(), b.digest().to_string())
        ]
    );
}

#[test]
fn every_platforms_bill_of_materials_is_a_referrer_and_goes_with_its_image() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (packed("a", "1"), packed("a", "2"));
    for image in [&old, &new] {
        layout::add(folder.path(), image, &sbom).unwrap();
    }
    let blob = |descriptor: &Value| -> Value {
        let digest = descriptor["digest"].as_str().unwrap();
        let name = digest.trim_start_matches("sha256:");
        let bytes = fs::read(folder.path().join("blobs/sha256").join(name)).unwrap();
        assert_eq!(descriptor["size"], bytes.len());
        serde_json::from_slice(&bytes).unwrap()
    };
    let bills: Vec<_> = entries(folder.path())
        .into_iter()
        .filter(|entry| entry["artifactType"] == "application/vnd.cyclonedx+json")
        .collect();
    assert_eq!(bills.len(), 2);
    for (entry, image) in bills.iter().zip(&new.images) {
        let manifest = blob(entry);
        let subject = manifest["subject"]["digest"].as_str().unwrap();
        assert_eq!(subject, image.manifest.digest().to_string());
        blob(&manifest["config"]);
        let platform = &blob(&manifest["layers"][0])["platform"];
        assert_eq!(*platform, image.platform.to_string());
    }
}

/// What the index of a layout lists.
fn entries(layout: &Path) -> Vec<Value> {
    let index = fs::read(layout.join("index.json")).unwrap();
    let mut index: Value = serde_json::from_slice(&index).unwrap();
    serde_json::from_value(index["manifests"].take()).unwrap()
}

#[test]
fn a_directory_that_is_something_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(below(&folder, "index.json"), "[1]").unwrap();
    let error = layout::add(folder.path(), &packed("a", ""), &sbom).unwrap_err();
    assert!(
        error.report().contains("is not an OCI image index"),
        "{}",
        error.report()
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn skopeo_reads_the_layout_and_copies_it_whole() {
    if !installed("skopeo") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let image = packed("hello", "");
    let layout = below(&folder, "layout");
    layout::add(&layout, &image, &sbom).unwrap();

    let source = format!("oci:{}:hello:1.0.0", text(&layout));
    let raw = run(Command::new("skopeo").args(["inspect", "--raw", &source]));
    assert_eq!(raw.as_bytes(), image.index.bytes);
    for arch in ["amd64", "arm64"] {
        let config = run(Command::new("skopeo").args([
            "--override-arch",
            arch,
            "inspect",
            "--config",
            &source,
        ]));
        let config: Value = serde_json::from_str(&config).unwrap();
        assert_eq!(config["architecture"], arch);
        assert_eq!(
            config["config"]["Labels"]["org.opencontainers.image.revision"],
            "295b67b"
        );
    }
    let copy = below(&folder, "copy");
    run(Command::new("skopeo").args(["copy", "--all", &source, &format!("oci:{}:x", text(&copy))]));
    let index = copy.join("blobs/sha256").join(image.digest().hex());
    assert_eq!(fs::read(index).unwrap(), image.index.bytes);
}

#[test]
fn one_tarball_is_a_layout_and_an_archive_of_docker() {
    if !installed("skopeo") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = below(&folder, "images.tar");
    let images = [packed("hello", ""), packed("other", "")];
    tarball::write(&file, &images).unwrap();

    let oci = format!("oci-archive:{}:hello:1.0.0", text(&file));
    assert_eq!(
        run(Command::new("skopeo").args(["inspect", "--raw", &oci])).as_bytes(),
        images[0].index.bytes
    );
    for arch in ["amd64", "arm64"] {
        let docker = format!("docker-archive:{}:other:1.0.0-{arch}", text(&file));
        let config = run(Command::new("skopeo").args(["inspect", "--config", &docker]));
        assert_eq!(
            serde_json::from_str::<Value>(&config).unwrap()["architecture"],
            arch
        );
    }
}

#[test]
fn the_same_images_give_the_same_tarball() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["1.tar", "2.tar"].map(|name| below(&folder, name));
    for file in &files {
        tarball::write(file, &[packed("a", "")]).unwrap();
    }
    assert_eq!(fs::read(&files[0]).unwrap(), fs::read(&files[1]).unwrap());
}

#[test]
fn podman_loads_the_tarball_and_runs_the_host_image() {
    if !installed("podman") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = below(&folder, "images.tar");
    tarball::write(&file, &[packed("hello", "podman")]).unwrap();
    let podman = |arguments: &[&str]| {
        let mut podman = Command::new("podman");
        podman.args([
            "--root",
            text(&below(&folder, "root")),
            "--runroot",
            text(&below(&folder, "run")),
        ]);
        podman
            .args(["--storage-driver=vfs", "--cgroup-manager=cgroupfs"])
            .args(arguments);
        run(&mut podman)
    };
    podman(&["load", "--quiet", "--input", text(&file)]);
    // Podman reads the file as a layout, so the one name leads to the machine's own image.
    let image = "localhost/hello:1.0.0";
    // Its default limits are above what a container may set inside a container.
    let limits = ["--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"];
    let said = podman(
        &[
            &["run", "--rm", "--network=none"],
            limits.as_slice(),
            &[image, "/hello", "a b"],
        ]
        .concat(),
    );
    assert_eq!(said, "hello a b, /tmp is writable\n");
}
