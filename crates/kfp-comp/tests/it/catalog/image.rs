//! Components by their image alone, and mirrors of whole catalogs, with real registries.

use std::fs;

use kfp_catalog::{NewRelease, testing};
use kfp_registry::{
    Body, Client, Descriptor, Digest, Index, MEDIA_TYPE_CONFIG, MEDIA_TYPE_INDEX,
    MEDIA_TYPE_LAYER_GZIP, MEDIA_TYPE_MANIFEST, Manifest, Platform, Reference,
};
use kfp_test_registry::{DockerRegistry, Setup};

use super::{build, refused, run};
use crate::support::Place;

/// Pushes an image for two platforms that carries `yaml` in its label; gives its digest.
fn push(client: &Client, repository: &Reference, yaml: &str) -> Digest {
    let layer = b"not really a layer".as_slice();
    let label = kfp_component_yaml::label::unpinned(yaml).unwrap();
    let mut children = Vec::new();
    for architecture in ["amd64", "arm64"] {
        let config = serde_json::json!({
            "architecture": architecture, "os": "linux",
            "config": { "Labels": { kfp_component_yaml::label::COMPONENT: label } },
        })
        .to_string();
        for bytes in [layer, config.as_bytes()] {
            client
                .put_blob(
                    repository,
                    &Digest::of(bytes),
                    Body::Bytes(bytes),
                    None,
                    &|_| (),
                )
                .unwrap();
        }
        let manifest = Manifest::new(
            Descriptor::of(MEDIA_TYPE_CONFIG, config.as_bytes()),
            vec![Descriptor::of(MEDIA_TYPE_LAYER_GZIP, layer)],
        )
        .to_bytes();
        client
            .put_manifest(
                &repository.with_digest(Digest::of(&manifest)),
                MEDIA_TYPE_MANIFEST,
                &manifest,
            )
            .unwrap();
        let mut child = Descriptor::of(MEDIA_TYPE_MANIFEST, &manifest);
        child.platform = Some(Platform {
            architecture: architecture.to_owned(),
            os: "linux".to_owned(),
            variant: None,
        });
        children.push(child);
    }
    let index = Index::new(children).to_bytes();
    let digest = Digest::of(&index);
    client
        .put_manifest(&repository.with_digest(digest), MEDIA_TYPE_INDEX, &index)
        .unwrap();
    digest
}

/// A component whose image is in the registry, and the image.
pub(super) fn published(registry: &DockerRegistry) -> (NewRelease, Reference) {
    let mut draft = testing::samples().remove(0);
    let repository: Reference = format!("{}/acme/data-ingestion", registry.host())
        .parse()
        .unwrap();
    let client = Client::builder().for_push().build().unwrap();
    let digest = push(&client, &repository, &draft.component_yaml);
    let pinned = repository.with_digest(digest);
    draft.component_yaml =
        kfp_component_yaml::label::with_image(&draft.component_yaml, &pinned.to_string()).unwrap();
    (draft, pinned)
}

#[test]
fn an_image_alone_is_enough_and_a_mirror_needs_no_other_registry() {
    let Some(registry) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    let Some(inner) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    let place = Place::new();
    let (draft, image) = published(&registry);
    let digest = *image.digest().unwrap();
    let pinned = image.to_string();

    let (code, _, err) = run(&place, &["add", &pinned]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(
        place.read("kfp-components/data-ingestion/component.yaml"),
        draft.component_yaml
    );
    let (code, _, err) = run(&place, &["verify"]);
    assert_eq!(code, 0, "{err}");
    let (code, _, err) = run(&place, &["verify", "--platform", "linux/s390x"]);
    assert!(
        code == 4 && err.contains("has no image for linux/s390x"),
        "{err}"
    );
    let missing = image.with_digest(Digest::of(b"nothing")).to_string();
    refused(&place, &["add", &missing], &["does not exist"]);

    build(&place.path().join("../catalog"), &[draft]);
    let to = format!("{}/mirror", inner.host());
    let mirror = |from: &str| {
        let arguments = [
            "catalog",
            "mirror",
            "--to",
            &to,
            "mirrored",
            "--catalog",
            from,
        ];
        let (code, _, err) = run(&place, &arguments);
        assert_eq!(code, 0, "{err}");
    };
    mirror("../catalog");
    drop(registry);
    fs::remove_dir_all(place.path().join("kfp-components")).unwrap();
    fs::remove_file(place.path().join("kfp-comp.lock")).unwrap();
    assert_eq!(
        run(&place, &["add", "data-ingestion", "--catalog", "mirrored"]).0,
        0
    );
    let text = place.read("kfp-components/data-ingestion/component.yaml");
    assert!(
        text.contains(&format!("image: {to}/data-ingestion@{digest}")),
        "{text}"
    );
    let (code, _, err) = run(&place, &["verify"]);
    assert_eq!(code, 0, "{err}");
    mirror("mirrored");
}
