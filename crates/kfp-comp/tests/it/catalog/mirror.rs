//! What accompanies an image on its way into another registry.

use kfp_registry::{
    Body, Client, Descriptor, Digest, EMPTY_JSON, Index, Lookup, MEDIA_TYPE_EMPTY,
    MEDIA_TYPE_INDEX, Manifest, Reference,
};
use kfp_test_registry::{DockerRegistry, FaultServer, Reply, Setup};

use super::image::published;
use super::{build, refused, run, samples};
use crate::support::Place;

const SBOM: &str = "application/vnd.cyclonedx+json";

fn client() -> Client {
    Client::builder().for_push().build().unwrap()
}

/// Attaches an artifact of that content.
fn attach(client: &Client, image: &Reference, content: &[u8]) -> Descriptor {
    for blob in [EMPTY_JSON, content] {
        client
            .put_blob(image, &Digest::of(blob), Body::Bytes(blob), None, &|_| ())
            .unwrap();
    }
    let bytes = client.manifest(image).unwrap().unwrap().bytes;
    let subject = Descriptor::of(MEDIA_TYPE_INDEX, &bytes);
    let layer = Descriptor::of(SBOM, content);
    let mut manifest = Manifest::new(Descriptor::of(MEDIA_TYPE_EMPTY, EMPTY_JSON), vec![layer]);
    manifest.artifact_type = Some(SBOM.to_owned());
    client.attach(image, &subject, manifest).unwrap().descriptor
}

/// Mirrors the catalog of `place` to `to`; returns what it says.
fn mirror(place: &Place, to: &str) -> String {
    let arguments = [
        "catalog",
        "mirror",
        "--to",
        to,
        "mirrored",
        "--catalog",
        "../catalog",
    ];
    let (code, _, err) = run(place, &arguments);
    assert_eq!(code, 0, "{err}");
    err
}

#[test]
fn a_target_with_a_scheme_is_refused_with_the_form_it_should_have() {
    let place = samples();
    refused(
        &place,
        &[
            "catalog",
            "mirror",
            "--to",
            "https://x",
            "--catalog",
            "../catalog",
            "out",
        ],
        &[
            "`--to https://x` is not a registry",
            "hint: name the registry",
            "`--to registry.example/kfp`",
        ],
    );
}

#[test]
fn an_sbom_is_found_with_its_image_wherever_the_image_goes() {
    let (Some(registry), Some(inner)) = (
        DockerRegistry::start(Setup::Open),
        DockerRegistry::start(Setup::Open),
    ) else {
        return;
    };
    let place = Place::new();
    let (draft, image) = published(&registry);
    let client = client();
    let sbom = attach(&client, &image, b"{\"sbom\":1}");
    build(&place.path().join("../catalog"), &[draft]);
    let target = |folder: &str| -> Reference {
        let name = format!("{}/{folder}/data-ingestion", inner.host());
        name.parse().unwrap()
    };
    let digest = image.digest().unwrap();

    mirror(&place, &format!("{}/new", inner.host()));
    let listed = client.referrers(&target("new"), digest).unwrap();
    assert_eq!(listed, std::slice::from_ref(&sbom));
    // What an admin's own tool copied, which leaves the SBOM behind.
    let copied = target("new");
    let tag = copied
        .with_tag(&format!("sha256-{}", digest.hex()))
        .unwrap();
    let empty = Index::new(Vec::new()).to_bytes();
    client.put_manifest(&tag, MEDIA_TYPE_INDEX, &empty).unwrap();
    assert_eq!(client.referrers(&copied, digest).unwrap(), []);
    // A second one was attached since.
    let signature = attach(&client, &image, b"{\"signature\":1}");
    mirror(&place, &format!("{}/new", inner.host()));
    assert_eq!(
        client.referrers(&copied, digest).unwrap(),
        [sbom.clone(), signature]
    );
    let blob = Digest::of(b"{\"sbom\":1}");
    assert!(client.has_blob(&copied, &blob).unwrap());
    assert!(matches!(
        client.look_up(&copied.with_digest(sbom.digest)).unwrap(),
        Lookup::Found(_)
    ));
}

#[test]
fn an_sbom_that_the_target_refuses_is_a_warning() {
    let (Some(registry), Some(inner)) = (
        DockerRegistry::start(Setup::Open),
        DockerRegistry::start(Setup::Open),
    ) else {
        return;
    };
    let place = Place::new();
    let (draft, image) = published(&registry);
    attach(&client(), &image, b"{\"sbom\":1}");
    build(&place.path().join("../catalog"), &[draft]);
    // Stands before the target and refuses manifests that are not images.
    let inside = inner.host().to_owned();
    let picky = FaultServer::start(move |request| {
        let is_artifact = String::from_utf8_lossy(&request.body).contains("artifactType");
        if request.method == "PUT" && request.target.contains("/manifests/") && is_artifact {
            return Reply::status(400)
                .body(r#"{"errors":[{"code":"MANIFEST_INVALID","message":"invalid"}]}"#);
        }
        Reply::status(307).header("location", format!("http://{inside}{}", request.target))
    });
    let err = mirror(&place, &format!("{}/new", picky.host()));
    assert!(
        err.contains("Warning could not copy") && err.contains("MANIFEST_INVALID"),
        "{err}"
    );
    let target: Reference = format!("{}/new/data-ingestion", inner.host())
        .parse()
        .unwrap();
    let digest = *image.digest().unwrap();
    assert!(
        client()
            .manifest(&target.with_digest(digest))
            .unwrap()
            .is_some()
    );
}

#[test]
fn a_mirrored_catalog_keeps_its_bytes_under_git_and_on_servers() {
    let (Some(registry), Some(inner)) = (
        DockerRegistry::start(Setup::Open),
        DockerRegistry::start(Setup::Open),
    ) else {
        return;
    };
    let place = Place::new();
    let (release, _) = published(&registry);
    build(&place.path().join("../catalog"), &[release]);
    mirror(&place, &format!("{}/new", inner.host()));
    for file in [".gitattributes", ".gitignore", ".nojekyll"] {
        assert!(place.path().join("mirrored").join(file).exists(), "{file}");
    }
}

#[test]
fn line_ends_that_git_changed_are_called_that() {
    let place = samples();
    let path = place
        .path()
        .join("../catalog/components/predict/0.4.0/component.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace('\n', "\r\n")).unwrap();
    let (code, _, err) = run(&place, &["add", "predict", "--catalog", "../catalog"]);
    assert_eq!(code, 1);
    assert!(
        err.contains("has other line ends than what was published"),
        "{err}"
    );
    assert!(err.contains(".gitattributes"), "{err}");
}
