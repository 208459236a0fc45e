//! Lists of referrers that are missing, wrong or refused. The manifest itself is stored all the same.

use kfp_registry::{
    Descriptor, Digest, Error, Listing, MEDIA_TYPE_EMPTY, MEDIA_TYPE_INDEX, Manifest,
};
use kfp_test_registry::{FaultServer, Reply, Request};

use crate::common::image;
use crate::script::{MANIFEST, anonymous, manifest, normal};

fn sbom() -> Manifest {
    Manifest::new(Descriptor::of(MEDIA_TYPE_EMPTY, b"{}"), Vec::new())
}

fn subject() -> Descriptor {
    Descriptor::of(MEDIA_TYPE_INDEX, MANIFEST)
}

fn is_tag(request: &Request) -> bool {
    request.target.contains("/manifests/sha256-")
}

/// A registry without a list of referrers that answers requests for the tag with `reply`.
fn without_list(reply: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> FaultServer {
    FaultServer::start(move |request| match request {
        request if request.target.contains("/referrers/") => Reply::status(404),
        request if is_tag(request) => reply(request),
        request => normal(request),
    })
}

#[test]
fn a_registry_that_answers_for_the_tag_with_the_subject_has_no_list_yet() {
    // As GitLab's does.
    let server = without_list(|request| match request.method.as_str() {
        "GET" => manifest(MANIFEST),
        _ => Reply::status(201),
    });
    let image = image(server.host(), "acme/app:1");
    let client = anonymous();
    assert_eq!(client.referrers(&image, &subject().digest).unwrap(), []);
    let attached = client.attach(&image, &subject(), sbom()).unwrap();
    assert!(matches!(attached.listing, Listing::Tag), "{attached:?}");
    let stored = server.requests().pop().unwrap();
    assert!(is_tag(&stored) && stored.method == "PUT");
    let index: kfp_registry::Index = serde_json::from_slice(&stored.body).unwrap();
    assert_eq!(index.manifests, [attached.descriptor]);
}

#[test]
fn a_list_that_cannot_be_written_does_not_undo_the_manifest() {
    for status in [400, 401, 403, 405, 409] {
        let server = without_list(move |request| match request.method.as_str() {
            "GET" => Reply::status(404),
            _ => Reply::status(status),
        });
        let image = image(server.host(), "acme/app:1");
        let attached = anonymous().attach(&image, &subject(), sbom()).unwrap();
        assert!(
            matches!(attached.listing, Listing::Refused(_)),
            "{status}: {attached:?}"
        );
    }
}

#[test]
fn a_manifest_that_is_refused_is_an_error() {
    let server = FaultServer::start(|_| Reply::status(400));
    let error = anonymous()
        .attach(&image(server.host(), "acme/app:1"), &subject(), sbom())
        .unwrap_err();
    assert!(
        matches!(error, Error::Status { status: 400, .. }),
        "{error}"
    );
}

#[test]
fn what_is_under_the_tag_and_is_no_list_means_none() {
    for reply in [
        Reply::status(403),
        Reply::status(500),
        Reply::status(200).body("{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\"}"),
        Reply::status(200).body("not JSON"),
        Reply::status(200)
            .header("content-type", "text/html")
            .body("<html>"),
    ] {
        let shown = format!("{reply:?}");
        let server = without_list(move |_| reply.clone());
        let image = image(server.host(), "acme/app:1");
        let digest = Digest::of(MANIFEST);
        assert_eq!(
            anonymous().referrers(&image, &digest).unwrap(),
            [],
            "{shown}"
        );
    }
}

#[test]
fn a_list_that_the_registry_refuses_or_garbles_falls_back_to_the_tag() {
    let tagged = Descriptor::of("application/vnd.oci.image.manifest.v1+json", b"one");
    for reply in [
        Reply::status(401),
        Reply::status(403),
        Reply::status(500),
        Reply::status(200)
            .header("content-type", "text/html")
            .body("<html>"),
        Reply::status(200)
            .header("content-type", MEDIA_TYPE_INDEX)
            .body("not JSON"),
    ] {
        let shown = format!("{reply:?}");
        let index = kfp_registry::Index::new(vec![tagged.clone()]).to_bytes();
        let server = FaultServer::start(move |request| match request {
            request if request.target.contains("/referrers/") => reply.clone(),
            request if is_tag(request) => Reply::status(200)
                .header("content-type", MEDIA_TYPE_INDEX)
                .body(index.clone()),
            request => normal(request),
        });
        let image = image(server.host(), "acme/app:1");
        let found = anonymous()
            .referrers(&image, &Digest::of(MANIFEST))
            .unwrap();
        assert_eq!(found, std::slice::from_ref(&tagged), "{shown}");
    }
}
