//! Looks that only spare work, at registries that refuse them. The upload decides.

use kfp_registry::{Digest, Error, Lookup, MEDIA_TYPE_INDEX, UploadOutcome};
use kfp_test_registry::{FaultServer, Reply};

use crate::common::image;
use crate::script::{MANIFEST, always, anonymous, is, known, normal, put};

#[test]
fn a_refused_look_is_unknown_and_not_an_error() {
    for status in [400, 401, 403, 406, 410, 500] {
        let challenge = Reply::status(status).header("www-authenticate", "Basic realm=x");
        let server = always(is("HEAD"), challenge);
        let found = known(server.host())
            .look_up(&image(server.host(), "acme/app:1"))
            .unwrap();
        assert!(matches!(found, Lookup::Unknown(_)), "{status}: {found:?}");
    }
    let page = Reply::status(200).header("content-type", "text/html");
    let server = always(is("HEAD"), page);
    let found = anonymous().look_up(&image(server.host(), "acme/app:1"));
    assert!(matches!(found, Ok(Lookup::Unknown(_))), "{found:?}");
}

#[test]
fn a_look_tells_what_is_there_from_what_is_not() {
    let server = FaultServer::start(normal);
    let found = anonymous().look_up(&image(server.host(), "acme/app:1"));
    assert!(matches!(found, Ok(Lookup::Found(digest)) if digest == Digest::of(MANIFEST)));
    let server = always(is("HEAD"), Reply::status(404));
    let found = anonymous().look_up(&image(server.host(), "acme/app:1"));
    assert!(matches!(found, Ok(Lookup::Missing)), "{found:?}");
}

#[test]
fn a_registry_that_is_not_there_is_an_error_at_once() {
    let host = "127.0.0.1:1";
    let error = anonymous().look_up(&image(host, "acme/app:1")).unwrap_err();
    assert!(matches!(error, Error::Transport { .. }), "{error}");
}

#[test]
fn where_head_is_not_offered_get_is_asked() {
    for status in [405, 501] {
        let server = always(is("HEAD"), Reply::status(status));
        let image = image(server.host(), "acme/app:1");
        let found = anonymous().head_manifest(&image).unwrap();
        assert_eq!(found, Some(Digest::of(MANIFEST)), "{status}");
        let methods: Vec<_> = server
            .requests()
            .into_iter()
            .map(|one| one.method)
            .collect();
        assert_eq!(methods, ["HEAD", "GET"]);
    }
}

#[test]
fn a_token_that_was_accepted_and_is_refused_for_what_does_not_exist() {
    let issuer = FaultServer::start(|_| Reply::status(200).body(r#"{"token":"good"}"#));
    let challenge = format!("Bearer realm=\"http://{}/token\"", issuer.host());
    let server = FaultServer::start(move |request| {
        let is_known = request.header("authorization").is_some();
        match request.method.as_str() {
            "HEAD" => Reply::status(401).header("www-authenticate", &challenge),
            _ if !is_known => Reply::status(401).header("www-authenticate", &challenge),
            _ => normal(request),
        }
    });
    let client = known(server.host());
    let image = image(server.host(), "acme/app:1");
    assert!(matches!(client.look_up(&image), Ok(Lookup::Unknown(_))));
    assert_eq!(
        put(&client, server.host(), None).unwrap(),
        UploadOutcome::Uploaded
    );
    client
        .put_manifest(&image, MEDIA_TYPE_INDEX, MANIFEST)
        .unwrap();
}

#[test]
fn a_blob_is_sent_where_the_registry_does_not_say_that_it_has_it() {
    for status in [400, 403, 405, 501] {
        let server = always(is("HEAD"), Reply::status(status));
        let sent = put(&anonymous(), server.host(), None).unwrap();
        assert_eq!(sent, UploadOutcome::Uploaded, "{status}");
    }
}

#[test]
fn the_upload_says_why_it_is_refused() {
    let server = always(|_| true, Reply::status(403));
    let error = put(&anonymous(), server.host(), None).unwrap_err();
    assert!(matches!(error, Error::Denied { .. }), "{error}");
    let methods: Vec<_> = server
        .requests()
        .into_iter()
        .map(|one| one.method)
        .collect();
    assert_eq!(methods, ["HEAD", "POST"]);
}

#[test]
fn every_success_of_an_upload_is_one() {
    for (method, statuses) in [
        ("POST", &[200, 201, 202][..]),
        ("PUT", &[200, 201, 202, 204]),
    ] {
        for status in statuses {
            let reply = Reply::status(*status).header("location", "/v2/acme/app/blobs/uploads/1");
            let server = always(is(method), reply);
            let sent = put(&anonymous(), server.host(), None);
            assert_eq!(sent.unwrap(), UploadOutcome::Uploaded, "{method} {status}");
        }
    }
}
