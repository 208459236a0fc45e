//! Against a real, open registry.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::Read;

use crate::common::{image, publish};
use kfp_registry::{
    Body, Client, Credentials, Descriptor, Digest, EMPTY_JSON, Error, Index, MEDIA_TYPE_EMPTY,
    MEDIA_TYPE_INDEX, MEDIA_TYPE_MANIFEST, Manifest, Reference, UploadOutcome,
};
use kfp_test_registry::{DockerRegistry, Setup};

fn client(credentials: Credentials) -> Client {
    Client::builder()
        .credentials(credentials)
        .for_push()
        .max_attempts(1)
        .build()
        .unwrap()
}

#[test]
fn a_published_index_is_read_back_by_tag_and_by_digest() {
    let Some(registry) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    let (client, image) = (
        client(Credentials::none()),
        image(registry.host(), "acme/app:1.0"),
    );
    let digest = publish(&client, &image, &["amd64", "arm64"], 100).unwrap();
    let by_tag = client.manifest(&image).unwrap().unwrap();
    let by_digest = client
        .manifest(&image.with_digest(digest))
        .unwrap()
        .unwrap();
    assert_eq!(by_tag, by_digest);
    assert_eq!(by_tag.digest, digest);
    assert_eq!(by_tag.media_type, MEDIA_TYPE_INDEX);
    let index: Index = serde_json::from_slice(&by_tag.bytes).unwrap();
    assert_eq!(index.to_bytes(), by_tag.bytes);
    assert_eq!(client.tags(&image).unwrap(), ["1.0"]);
}

#[test]
fn two_platforms_take_sixteen_requests_and_an_unchanged_image_one() {
    let Some(registry) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    let image = image(registry.host(), "acme/app:1.0");
    let digest = publish(
        &client(Credentials::none()),
        &image,
        &["amd64", "arm64"],
        100,
    )
    .unwrap();
    assert_eq!(registry.requests().len(), 16, "{:#?}", registry.requests());
    assert_eq!(
        client(Credentials::none()).head_manifest(&image).unwrap(),
        Some(digest)
    );
    assert_eq!(registry.requests().len(), 17);
}

#[test]
fn what_is_not_there_is_nothing_and_not_an_error() {
    let Some(registry) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    let (client, image) = (
        client(Credentials::none()),
        image(registry.host(), "no/such:1.0"),
    );
    let digest = Digest::of(b"nothing");
    assert_eq!(client.head_manifest(&image).unwrap(), None);
    assert_eq!(client.manifest(&image.with_digest(digest)).unwrap(), None);
    assert!(!client.has_blob(&image, &digest).unwrap());
    assert!(client.referrers(&image, &digest).unwrap().is_empty());
    assert!(matches!(
        client.tags(&image),
        Err(Error::NoRepository { .. })
    ));
}

#[test]
fn an_index_whose_child_is_missing_is_refused() {
    let Some(registry) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    let index = Index::new(vec![Descriptor::of(MEDIA_TYPE_MANIFEST, b"never pushed")]).to_bytes();
    let image = image(registry.host(), "acme/app:1.0");
    let error = client(Credentials::none())
        .put_manifest(&image, MEDIA_TYPE_INDEX, &index)
        .unwrap_err();
    assert!(
        matches!(error, Error::Status { status: 400, .. }),
        "{error}"
    );
    assert!(
        error.to_string().contains("MANIFEST_BLOB_UNKNOWN"),
        "{error}"
    );
}

#[test]
fn a_blob_is_sent_once_then_found_and_mounted_elsewhere() {
    let Some(registry) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    let client = client(Credentials::none());
    let (first, second) = (
        image(registry.host(), "acme/one"),
        image(registry.host(), "acme/two"),
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("layer");
    let bytes: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    std::fs::write(&file, &bytes).unwrap();
    let digest = Digest::of(&bytes);
    let sent = Cell::new(0);
    let put = |image: &Reference, from: Option<&Reference>| {
        client
            .put_blob(image, &digest, Body::File(&file), from, &|bytes| {
                sent.set(bytes);
            })
            .unwrap()
    };
    assert_eq!(put(&first, None), UploadOutcome::Uploaded);
    assert_eq!(sent.get(), bytes.len() as u64);
    assert_eq!(put(&first, None), UploadOutcome::Existed);
    assert_eq!(put(&second, Some(&first)), UploadOutcome::Mounted);
    assert_eq!(
        put(
            &image(registry.host(), "acme/three"),
            Some(&image(registry.host(), "no/such"))
        ),
        UploadOutcome::Uploaded
    );
    assert_eq!(client.blob(&second, &digest, 10_000_000).unwrap(), bytes);
    let mut streamed = Vec::new();
    let descriptor = Descriptor::new("", digest, bytes.len() as u64);
    client
        .read_blob(&second, &descriptor)
        .unwrap()
        .read_to_end(&mut streamed)
        .unwrap();
    assert_eq!(streamed, bytes);
    let too_large = client.blob(&second, &digest, 10).unwrap_err();
    assert!(
        matches!(too_large, Error::TooLarge { limit: 10, .. }),
        "{too_large}"
    );
}

#[test]
fn referrers_are_listed_under_the_fallback_tag_and_only_once() {
    let Some(registry) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    let (client, image) = (
        client(Credentials::none()),
        image(registry.host(), "acme/app:1.0"),
    );
    let digest = publish(&client, &image, &["amd64"], 100).unwrap();
    let subject = Descriptor::new(
        MEDIA_TYPE_INDEX,
        digest,
        client.manifest(&image).unwrap().unwrap().bytes.len() as u64,
    );
    let attach = |sbom: &[u8]| {
        for blob in [EMPTY_JSON, sbom] {
            client
                .put_blob(&image, &Digest::of(blob), Body::Bytes(blob), None, &|_| ())
                .unwrap();
        }
        let sbom = Descriptor::of("application/vnd.cyclonedx+json", sbom);
        let mut manifest = Manifest::new(Descriptor::of(MEDIA_TYPE_EMPTY, EMPTY_JSON), vec![sbom]);
        manifest.artifact_type = Some("application/vnd.cyclonedx+json".to_owned());
        manifest.annotations = BTreeMap::from([("kind".to_owned(), "sbom".to_owned())]);
        client
            .attach(&image, &subject, manifest)
            .unwrap()
            .descriptor
    };
    let before = registry.requests().len();
    let first = attach(b"{\"one\":1}");
    assert!(
        registry.requests().len() - before <= 10,
        "{:#?}",
        registry.requests()
    );
    let second = attach(b"{\"two\":2}");
    attach(b"{\"one\":1}");
    assert_eq!(
        client.referrers(&image, &digest).unwrap(),
        [first.clone(), second]
    );
    assert_eq!(
        first.artifact_type.as_deref(),
        Some("application/vnd.cyclonedx+json")
    );
}
