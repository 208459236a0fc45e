//! Mounts: taken, turned into uploads, refused.

use kfp_registry::{Digest, UploadOutcome};
use kfp_test_registry::{FaultServer, Reply};

use crate::common::image;
use crate::script::{BLOB, always, anonymous, normal, put};

#[test]
fn a_mount_that_opens_a_session_instead_is_used_as_one() {
    let server = FaultServer::start(normal);
    let from = image(server.host(), "acme/base");
    assert_eq!(
        put(&anonymous(), server.host(), Some(&from)).unwrap(),
        UploadOutcome::Uploaded
    );
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    let mount = format!(
        "/v2/acme/app/blobs/uploads/?mount={}&from=acme/base",
        Digest::of(BLOB)
    );
    assert_eq!(requests[1].target, mount);
}

#[test]
fn a_mount_that_is_refused_becomes_an_upload() {
    for status in [400, 403, 404, 405] {
        let server = always(
            |request| request.target.contains("mount="),
            Reply::status(status),
        );
        let from = image(server.host(), "acme/base");
        assert_eq!(
            put(&anonymous(), server.host(), Some(&from)).unwrap(),
            UploadOutcome::Uploaded,
            "{status}"
        );
    }
}

#[test]
fn nothing_is_mounted_from_another_registry() {
    let server = FaultServer::start(normal);
    let from = image("ghcr.io", "acme/base");
    put(&anonymous(), server.host(), Some(&from)).unwrap();
    assert_eq!(server.requests()[1].target, "/v2/acme/app/blobs/uploads/");
}
