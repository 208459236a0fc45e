//! Uploads to registries that each do it a little differently, or wrong.

use crate::common::image;
use crate::script::{BLOB, always, anonymous, eager, first, is, known, normal, put};
use std::path::Path;

use kfp_registry::{Body, Client, Credentials, Digest, Error, UploadOutcome};
use kfp_test_registry::{FaultServer, Reply};

fn with_digest(location: &str) -> String {
    format!("{location}digest={}", Digest::of(BLOB))
}

#[test]
fn one_post_and_one_put_with_the_whole_content() {
    let server = FaultServer::start(normal);
    assert_eq!(
        put(&anonymous(), server.host(), None).unwrap(),
        UploadOutcome::Uploaded
    );
    let requests = server.requests();
    let methods: Vec<_> = requests
        .iter()
        .map(|request| request.method.as_str())
        .collect();
    assert_eq!(methods, ["HEAD", "POST", "PUT"]);
    assert_eq!(requests[1].target, "/v2/acme/app/blobs/uploads/");
    assert_eq!(requests[1].header("content-length"), Some("0"));
    assert_eq!(requests[2].body, BLOB);
    assert_eq!(
        requests[2].header("content-type"),
        Some("application/octet-stream")
    );
}

#[test]
fn a_location_is_kept_to_the_byte_in_every_form() {
    for (location, target) in [
        ("/v2/u/1?_state=a%2Bb==", "/v2/u/1?_state=a%2Bb==&"),
        ("/v2/u/1", "/v2/u/1?"),
        ("http://HOST/v2/u/1?_state=x", "/v2/u/1?_state=x&"),
        ("//HOST/v2/u/1?_state=x", "/v2/u/1?_state=x&"),
        ("1?_state=x", "/v2/acme/app/blobs/uploads/1?_state=x&"),
    ] {
        let server = FaultServer::start(move |request| match request.method.as_str() {
            "POST" => Reply::status(202).header(
                "location",
                location.replace("HOST", request.header("host").unwrap()),
            ),
            _ => normal(request),
        });
        put(&anonymous(), server.host(), None).unwrap();
        assert_eq!(
            server.requests()[2].target,
            with_digest(target),
            "{location}"
        );
    }
}

#[test]
fn an_upload_to_another_host_carries_no_login() {
    let storage = FaultServer::start(normal);
    let elsewhere = format!("http://{}/bucket/1?signature=abc", storage.host());
    let server = FaultServer::start(move |request| match request.method.as_str() {
        _ if request.header("authorization").is_none() => {
            Reply::status(401).header("www-authenticate", "Basic realm=\"tests\"")
        }
        "POST" => Reply::status(202).header("location", &elsewhere),
        _ => normal(request),
    });
    put(&known(server.host()), server.host(), None).unwrap();
    let arrived = storage.requests();
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].target, with_digest("/bucket/1?signature=abc&"));
    assert_eq!(arrived[0].body, BLOB);
    assert_eq!(arrived[0].header("authorization"), None);
    assert!(
        server
            .requests()
            .last()
            .unwrap()
            .header("authorization")
            .is_some()
    );
}

#[test]
fn a_missing_location_is_an_error_that_names_it() {
    let server = always(is("POST"), Reply::status(202));
    let error = put(&anonymous(), server.host(), None).unwrap_err();
    assert!(error.to_string().contains("no Location"), "{error}");
}

#[test]
fn a_location_that_is_no_web_address_is_refused() {
    for location in [
        "file:///etc/passwd",
        "ftp://HOST/1",
        "http://user:pass@HOST/1",
        "http://",
    ] {
        let server = FaultServer::start(move |request| match request.method.as_str() {
            "POST" => Reply::status(202).header(
                "location",
                location.replace("HOST", request.header("host").unwrap()),
            ),
            _ => normal(request),
        });
        let error = put(&anonymous(), server.host(), None).unwrap_err();
        assert!(
            matches!(error, Error::UnsafeTarget { .. }),
            "{location}: {error}"
        );
    }
}

#[test]
fn a_put_that_is_redirected_becomes_a_patch_and_an_empty_put() {
    let redirect = Reply::status(301).header("location", "/v2/acme/app/blobs/uploads/1");
    let server = first(is("PUT"), [redirect]);
    assert_eq!(
        put(&anonymous(), server.host(), None).unwrap(),
        UploadOutcome::Uploaded
    );
    let requests = server.requests();
    let seen: Vec<_> = requests
        .iter()
        .map(|request| (request.method.as_str(), request.body.len()))
        .collect();
    assert_eq!(
        seen,
        [
            ("HEAD", 0),
            ("POST", 0),
            ("PUT", BLOB.len()),
            ("PATCH", BLOB.len()),
            ("PUT", 0)
        ]
    );
    assert_eq!(
        requests[4].target,
        with_digest("/v2/acme/app/blobs/uploads/1?_state=patched&")
    );
}

#[test]
fn a_busy_registry_is_tried_again_from_the_first_byte() {
    for status in [408, 429, 500, 502, 503, 504] {
        let server = first(is("PUT"), [Reply::status(status), Reply::status(status)]);
        assert_eq!(
            put(&anonymous(), server.host(), None).unwrap(),
            UploadOutcome::Uploaded,
            "{status}"
        );
        let bodies: Vec<_> = server
            .requests()
            .into_iter()
            .filter(|request| request.method == "PUT")
            .collect();
        assert_eq!(bodies.len(), 3);
        assert!(bodies.iter().all(|request| request.body == BLOB));
    }
}

#[test]
fn an_upload_that_fails_is_taken_back() {
    let server = always(is("PUT"), Reply::status(400));
    let error = put(&anonymous(), server.host(), None).unwrap_err();
    assert!(
        matches!(error, Error::Status { status: 400, .. }),
        "{error}"
    );
    let last = server.requests().pop().unwrap();
    assert_eq!(
        (last.method.as_str(), last.target.as_str()),
        ("DELETE", "/v2/acme/app/blobs/uploads/1?_state=a%2Bb")
    );
}

#[test]
fn a_missing_repository_is_named_with_what_to_do() {
    let body = r#"{"errors":[{"code":"NAME_UNKNOWN","message":"The repository does not exist"}]}"#;
    let server = always(is("POST"), Reply::status(404).body(body));
    let error = put(&anonymous(), server.host(), None).unwrap_err();
    assert!(
        matches!(&error, Error::NoRepository { repository, .. } if repository == "acme/app"),
        "{error}"
    );
    assert!(
        error
            .hint()
            .unwrap()
            .contains("create the repository `acme/app`")
    );
}

#[test]
fn someone_who_may_not_write_is_told_so() {
    let body = r#"{"errors":[{"code":"DENIED","message":"requested access\u001b[31m denied"}]}"#;
    let server = always(is("POST"), Reply::status(403).body(body));
    let error = put(&anonymous(), server.host(), None).unwrap_err();
    assert!(matches!(error, Error::Denied { .. }), "{error}");
    assert!(
        !error.to_string().contains('\u{1b}'),
        "no escape of a server reaches the terminal"
    );
    assert!(error.hint().unwrap().starts_with("docker login "));
}

#[test]
fn a_body_too_large_for_a_proxy_is_explained() {
    let server = always(is("PUT"), Reply::status(413));
    let error = put(&anonymous(), server.host(), None).unwrap_err();
    assert!(error.hint().unwrap().contains("upload limit"), "{error}");
}

#[test]
fn a_file_that_cannot_be_read_is_not_taken_for_a_network_fault() {
    let folder = tempfile::tempdir().unwrap();
    let shrinking = folder.path().join("layer");
    std::fs::write(&shrinking, vec![0; 1_000_000]).unwrap();
    let shrink = |_| std::fs::write(&shrinking, b"short").unwrap();
    for file in [Path::new("/no/such/layer"), folder.path(), &shrinking] {
        let server = FaultServer::start(normal);
        let (client, pauses) = eager(Client::builder().credentials(Credentials::none()));
        let image = image(server.host(), "acme/app");
        let error = client
            .put_blob(&image, &Digest::of(BLOB), Body::File(file), None, &shrink)
            .unwrap_err();
        assert!(
            matches!(&error, Error::File { path, .. } if path == file),
            "{error}"
        );
        assert!(pauses.lock().unwrap().is_empty());
    }
}

#[test]
fn a_web_page_is_no_upload_session() {
    let page = Reply::status(200)
        .header("content-type", "text/html; charset=utf-8")
        .body("<html>hello</html>");
    let server = always(|_| true, page);
    let error = put(&anonymous(), server.host(), None).unwrap_err();
    assert!(error.to_string().contains("a web page"), "{error}");
    assert!(error.hint().unwrap().contains("is a container registry"));
}
