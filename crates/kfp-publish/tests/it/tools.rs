//! What was published, seen by the tools that will pull it.

use std::process::Command;

use crate::support::docker::Docker;
use crate::support::{below, packed, publish, run, text};
use kfp_publish::output::tarball;
use kfp_registry::Client;
use kfp_test_registry::{DockerRegistry, Setup};
use kfp_test_support::installed;
use serde_json::Value;

/// A registry with `hello` in it, and the image by its digest.
fn published() -> Option<(DockerRegistry, String)> {
    let registry = DockerRegistry::start(Setup::Open)?;
    let catalog = tempfile::tempdir().unwrap();
    let client = Client::builder().for_push().build().unwrap();
    publish("hello", "", &client, registry.host(), catalog.path()).unwrap();
    let image = format!(
        "{}/acme/hello@{}",
        registry.host(),
        packed("hello", "").digest()
    );
    Some((registry, image))
}

#[test]
fn skopeo_sees_the_index_and_copies_it_to_a_layout_and_back() {
    if !installed("skopeo") {
        return;
    }
    let Some((registry, image)) = published() else {
        return;
    };
    let skopeo = |arguments: &[&str]| run(Command::new("skopeo").args(arguments));
    let source = format!("docker://{image}");
    let raw = skopeo(&["inspect", "--raw", "--tls-verify=false", &source]);
    assert_eq!(raw.as_bytes(), packed("hello", "").index.bytes);

    let folder = tempfile::tempdir().unwrap();
    let layout = format!("oci:{}:copy", text(&below(&folder, "layout")));
    skopeo(&["copy", "--all", "--src-tls-verify=false", &source, &layout]);
    let back = format!("docker://{}/copied/hello:back", registry.host());
    skopeo(&["copy", "--all", "--dest-tls-verify=false", &layout, &back]);
    assert_eq!(
        skopeo(&["inspect", "--raw", "--tls-verify=false", &back]),
        raw
    );
}

#[test]
fn podman_pulls_the_other_machines_image_by_digest() {
    if !installed("podman") {
        return;
    }
    let Some((_registry, image)) = published() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let podman = |arguments: &[&str]| {
        let mut podman = Command::new("podman");
        podman.args([
            "--root",
            text(&below(&folder, "root")),
            "--runroot",
            text(&below(&folder, "run")),
        ]);
        run(podman
            .args(["--storage-driver=vfs", "--cgroup-manager=cgroupfs"])
            .args(arguments))
    };
    podman(&[
        "pull",
        "--quiet",
        "--tls-verify=false",
        "--arch=arm64",
        &image,
    ]);
    let seen: Value = serde_json::from_str(&podman(&["image", "inspect", &image])).unwrap();
    assert_eq!(seen[0]["Architecture"], "arm64");
    assert_eq!(
        seen[0]["Labels"]["org.opencontainers.image.version"],
        "1.0.0"
    );
}

#[test]
fn docker_pulls_and_runs_by_digest_and_loads_the_tarball() {
    let Some(docker) = Docker::start() else {
        return;
    };
    let Some((_registry, image)) = published() else {
        return;
    };
    docker.run(&["pull", "--quiet", &image]);
    let said = docker.run(&["run", "--rm", "--network=none", &image, "/hello", "a b"]);
    assert_eq!(said, "hello a b, /tmp is writable\n");
    // As KFP runs it under other users, and where the root may only be read.
    let with_tmp = [
        "run",
        "--rm",
        "--network=none",
        "--read-only",
        "--tmpfs=/tmp",
        "--user=1000:1000",
        &image,
        "/hello",
    ];
    assert_eq!(docker.run(&with_tmp), "hello, /tmp is writable\n");

    let folder = tempfile::tempdir().unwrap();
    let file = below(&folder, "images.tar");
    tarball::write(&file, &[packed("other", "")]).unwrap();
    docker.load(&file);
    let loaded = format!(
        "other:1.0.0-{}",
        kfp_workspace::Platform::host().architecture()
    );
    assert_eq!(
        docker.run(&["run", "--rm", "--network=none", &loaded, "/other"]),
        "hello, /tmp is writable\n"
    );
}
