//! Registries that do things a little later than they say.

use kfp_registry::{Client, Credentials, Digest, Error, MEDIA_TYPE_INDEX};
use kfp_test_registry::Reply;

use crate::common::image;
use crate::script::{MANIFEST, always, anonymous, eager, first, is};

fn unknown(status: u16, code: &str) -> Reply {
    Reply::status(status).body(format!(
        r#"{{"errors":[{{"code":"{code}","message":"x"}}]}}"#
    ))
}

#[test]
fn a_manifest_is_sent_again_until_the_registry_knows_its_blobs() {
    for (status, code) in [
        (400, "MANIFEST_BLOB_UNKNOWN"),
        (404, "MANIFEST_BLOB_UNKNOWN"),
        (404, "BLOB_UNKNOWN"),
        (400, "MANIFEST_UNKNOWN"),
    ] {
        let server = first(is("PUT"), [unknown(status, code), unknown(status, code)]);
        let (client, pauses) = eager(Client::builder().credentials(Credentials::none()));
        client
            .put_manifest(
                &image(server.host(), "acme/app:1"),
                MEDIA_TYPE_INDEX,
                MANIFEST,
            )
            .unwrap();
        assert_eq!(pauses.lock().unwrap().len(), 2, "{status} {code}");
    }
}

#[test]
fn a_manifest_whose_blobs_are_missing_is_refused_in_the_end() {
    let server = always(is("PUT"), unknown(400, "MANIFEST_BLOB_UNKNOWN"));
    let error = anonymous()
        .put_manifest(
            &image(server.host(), "acme/app:1"),
            MEDIA_TYPE_INDEX,
            MANIFEST,
        )
        .unwrap_err();
    assert!(
        error.to_string().contains("MANIFEST_BLOB_UNKNOWN"),
        "{error}"
    );
    assert_eq!(server.requests().len(), 5);
}

#[test]
fn a_manifest_that_is_wrong_is_sent_once() {
    let server = always(is("PUT"), unknown(400, "MANIFEST_INVALID"));
    let error = anonymous()
        .put_manifest(
            &image(server.host(), "acme/app:1"),
            MEDIA_TYPE_INDEX,
            MANIFEST,
        )
        .unwrap_err();
    assert!(
        matches!(error, Error::Status { status: 400, .. }),
        "{error}"
    );
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn what_was_stored_a_moment_ago_may_appear_a_moment_later() {
    let server = first(
        is("GET"),
        [Reply::status(404), unknown(404, "MANIFEST_UNKNOWN")],
    );
    let stored = image(server.host(), "acme/app").with_digest(Digest::of(MANIFEST));
    let found = anonymous().stored_manifest(&stored).unwrap().unwrap();
    assert_eq!(found.bytes, MANIFEST);

    let server = always(is("GET"), Reply::status(404));
    let stored = image(server.host(), "acme/app").with_digest(Digest::of(MANIFEST));
    assert_eq!(anonymous().stored_manifest(&stored).unwrap(), None);
    assert_eq!(server.requests().len(), 5, "but not for ever");
    assert_eq!(anonymous().manifest(&stored).unwrap(), None);
    assert_eq!(
        server.requests().len(),
        6,
        "what may be missing is asked for once"
    );
}
