//! What is refused before anything is sent.

use std::fs;

use kfp_registry::{
    Body, Client, Credentials, Descriptor, MEDIA_TYPE_CONFIG, MEDIA_TYPE_MANIFEST, Manifest,
    Reference,
};
use kfp_test_registry::{DockerRegistry, Setup};

use super::{FINE, Site};

/// Changes the pipeline, submits it, and gives what was said; nothing may have been created.
fn refused(change: (&str, &str), arguments: &[&str]) -> String {
    let site = Site::new(FINE);
    let text = fs::read_to_string(site.path("p.yaml")).unwrap();
    let changed = text.replace(change.0, change.1);
    assert!(change.0.is_empty() || changed != text, "{change:?}");
    site.write("p.yaml", &changed);
    let ran = site.submit(arguments);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert_eq!(site.writes(), Vec::<String>::new());
    ran.stderr
}

#[test]
fn a_pipeline_root_that_is_no_store_is_refused() {
    let said = refused(("", ""), &["--pipeline-root", "file:///x"]);
    assert!(
        said.contains("`file:///x` is not a place in a store"),
        "{said}"
    );
    let said = refused(
        ("sdkVersion:", "defaultPipelineRoot: /tmp\nsdkVersion:"),
        &[],
    );
    assert!(said.contains("`/tmp` is not a place in a store"), "{said}");
}

#[test]
fn a_pipeline_that_needs_an_artifact_is_refused() {
    let said = refused(
        (
            "    parameters:\n      count:",
            "    artifacts: {data: {artifactType: {schemaTitle: system.Dataset, schemaVersion: 0.0.1}}}\n    parameters:\n      count:",
        ),
        &[],
    );
    assert!(said.contains("artifact"), "{said}");
}

#[test]
fn a_value_that_no_program_can_be_given_is_refused() {
    let long = "x".repeat(140_000);
    let site = Site::new(FINE);
    site.write("params.yaml", &format!("label: {long}\n"));
    let ran = site.submit(&["--params", "params.yaml"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("`label` has 140000 bytes"),
        "{}",
        ran.stderr
    );
    assert_eq!(site.writes(), Vec::<String>::new());
}

#[test]
fn an_image_name_that_cannot_be_pulled_is_refused() {
    let said = refused(("image: ghcr.io/acme/sh:1", "image: GHCR.io/Acme/sh"), &[]);
    assert!(said.contains("GHCR.io/Acme/sh"), "{said}");
}

#[test]
fn what_may_not_do_what_it_seems_to_is_said_and_sent() {
    let site = Site::new(FINE);
    let ran = site.submit(&["--", "--label", "[[RunUUID]]"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for note in [
        "not pinned by digest, so runs may mix versions: ghcr.io/acme/sh:1",
        "`label` contains `[[RunUUID`",
    ] {
        assert!(ran.stderr.contains(note), "{note}: {}", ran.stderr);
    }
}

#[test]
fn a_component_file_is_told_from_a_pipeline() {
    let site = Site::new(FINE);
    site.write(
        "c.yaml",
        "name: A\nimplementation: {container: {image: i, command: [c]}}\n",
    );
    let ran = site.run(&["submit", "c.yaml"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("this is a component.yaml"),
        "{}",
        ran.stderr
    );
    assert!(site.cluster.requests().is_empty());
}

#[test]
fn images_are_looked_up_for_the_platforms_of_the_nodes() {
    let Some(registry) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    let client = Client::builder()
        .credentials(Credentials::none())
        .build()
        .unwrap();
    let image: Reference = format!("{}/acme/sh:1", registry.host()).parse().unwrap();
    let put = |manifest: &[u8], kind: &str, image: &Reference| {
        client.put_manifest(image, kind, manifest).unwrap();
    };
    let config = br#"{"os": "linux", "architecture": "arm64"}"#;
    let config = (Descriptor::of(MEDIA_TYPE_CONFIG, config), config);
    client
        .put_blob(
            &image,
            &config.0.digest,
            Body::Bytes(config.1),
            None,
            &|_| (),
        )
        .unwrap();
    let manifest = Manifest::new(config.0, Vec::new());
    put(&manifest.to_bytes(), MEDIA_TYPE_MANIFEST, &image);
    let site = Site::new(FINE);
    let text = fs::read_to_string(site.path("p.yaml")).unwrap();
    let named = |name: &str| {
        text.replace(
            "ghcr.io/acme/sh:1",
            &format!("{}/acme/{name}", registry.host()),
        )
    };
    site.write("p.yaml", &named("sh:1"));
    let ran = site.run(&["submit", "p.yaml"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("is for linux/arm64, and not for linux/amd64"),
        "{}",
        ran.stderr
    );
    let ran = site.run(&["submit", "p.yaml", "--platform", "linux/arm64"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    site.write("p.yaml", &named("sh:2"));
    let ran = site.run(&["submit", "p.yaml"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("acme/sh:2 does not exist"),
        "{}",
        ran.stderr
    );
}
