//! `catalog mirror` between real registries that keep no list of referrers.

use std::fs;

use kfp_registry::{Body, Client, Descriptor, EMPTY_JSON, MEDIA_TYPE_EMPTY, Manifest, Reference};
use kfp_test_registry::{DockerRegistry, Setup};

use super::{build, image::published, run};
use crate::support::Place;

const SBOM: &str = "application/vnd.cyclonedx+json";

fn client() -> Client {
    Client::builder().for_push().build().unwrap()
}

/// Attaches an SBOM to an image.
fn attach_sbom(image: &Reference) {
    let client = client();
    let repository = image.without_version();
    let found = client.manifest(image).unwrap().unwrap();
    let put = |media_type: &str, bytes: &[u8]| {
        let descriptor = Descriptor::of(media_type, bytes);
        let body = Body::Bytes(bytes);
        client
            .put_blob(&repository, &descriptor.digest, body, None, &|_| ())
            .unwrap();
        descriptor
    };
    let config = put(MEDIA_TYPE_EMPTY, EMPTY_JSON);
    let mut manifest = Manifest::new(config, vec![put(SBOM, b"{\"bomFormat\":\"CycloneDX\"}")]);
    manifest.artifact_type = Some(SBOM.to_owned());
    let subject = Descriptor::of(&found.media_type, &found.bytes);
    client.attach(&repository, &subject, manifest).unwrap();
}

fn sboms(image: &Reference) -> usize {
    let digest = image.digest().unwrap();
    client().referrers(image, digest).unwrap().len()
}

#[test]
fn an_sbom_goes_with_its_image_even_where_the_image_is_already() {
    let (Some(registry), Some(target)) = (
        DockerRegistry::start(Setup::Open),
        DockerRegistry::start(Setup::Open),
    ) else {
        return;
    };
    let place = Place::new();
    let (release, image) = published(&registry);
    build(&place.path().join("../catalog"), &[release]);
    let to = format!("{}/kfp", target.host());
    let mirrored: Reference = image
        .to_string()
        .replace(&format!("{}/acme", registry.host()), &to)
        .parse()
        .unwrap();
    let mirror = |folder: &str| {
        let (code, _, err) = run(
            &place,
            &[
                "catalog",
                "mirror",
                "--to",
                &to,
                "--catalog",
                "../catalog",
                folder,
            ],
        );
        assert_eq!(code, 0, "{err}");
    };

    mirror("first");
    assert_eq!(sboms(&mirrored), 0);
    // The image is there now, and its SBOM is not: as after `skopeo copy`.
    attach_sbom(&image);
    mirror("second");
    assert_eq!(sboms(&mirrored), 1);
    mirror("third");
    assert_eq!(sboms(&mirrored), 1);
    for file in [".gitattributes", ".nojekyll"] {
        assert!(place.path().join("second").join(file).exists(), "{file}");
    }
}

#[test]
fn line_ends_that_git_changed_are_called_that() {
    let place = super::samples();
    let path = place
        .path()
        .join("../catalog/components/predict/0.4.0/component.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace('\n', "\r\n")).unwrap();
    let (code, _, err) = run(&place, &["add", "predict", "--catalog", "../catalog"]);
    assert_eq!(code, 1);
    assert!(
        err.contains("has other line ends than what was published"),
        "{err}"
    );
    assert!(err.contains(".gitattributes"), "{err}");
}
