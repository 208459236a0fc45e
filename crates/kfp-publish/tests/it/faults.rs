//! Registries that misbehave: one error with a hint, and a catalog that stays as it was.

use std::fs;
use std::time::Duration;

use crate::support::publish;
use kfp_registry::{Client, Digest};
use kfp_test_registry::{FaultServer, Reply, Request};

fn client() -> Client {
    Client::builder()
        .for_push()
        .timeout(Duration::from_secs(2))
        .max_attempts(2)
        .wait(|_, _| ())
        .build()
        .unwrap()
}

/// Publishes to a server that answers like `script` where it says something, and like a forgetful registry elsewhere:
/// accepts everything, has nothing. Gives the error's text; the catalog must be empty.
fn refusal(script: impl Fn(&Request) -> Option<Reply> + Send + Sync + 'static) -> String {
    let server =
        FaultServer::start(move |request| script(request).unwrap_or_else(|| forgetful(request)));
    let catalog = tempfile::tempdir().unwrap();
    let report = publish("hello", "", &client(), server.host(), catalog.path())
        .unwrap_err()
        .report();
    assert_eq!(
        fs::read_dir(catalog.path()).unwrap().count(),
        0,
        "something was pinned: {report}"
    );
    assert!(report.starts_with("error: could not "), "{report}");
    report.replace(server.host(), "HOST")
}

fn forgetful(request: &Request) -> Reply {
    match request.method.as_str() {
        "POST" => Reply::status(202).header("location", "/v2/acme/hello/blobs/uploads/1"),
        "PUT" => Reply::status(201),
        _ => Reply::status(404),
    }
}

fn is_read_back(request: &Request) -> bool {
    request.method == "GET" && request.target.contains("/manifests/sha256:")
}

#[test]
fn an_index_that_cannot_be_read_back_is_not_pinned() {
    let report = refusal(|_| None);
    assert!(
        report.contains("could not read back HOST/acme/hello@sha256:"),
        "{report}"
    );
    assert!(report.contains("hint: "), "{report}");
}

#[test]
fn an_index_read_back_with_other_bytes_is_not_pinned() {
    let report = refusal(|request| {
        let other = br#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;
        is_read_back(request).then(|| Reply::status(200).body(other.as_slice()))
    });
    assert!(report.contains("has digest"), "{report}");
}

#[test]
fn a_registry_that_claims_another_digest_is_not_believed() {
    let lie = Digest::of(b"lie").to_string();
    let report = refusal(move |request| {
        (request.method == "PUT" && request.target.contains("/manifests/"))
            .then(|| Reply::status(201).header("docker-content-digest", lie.clone()))
    });
    assert!(report.contains("has digest"), "{report}");
}

#[test]
fn an_endless_manifest_is_not_swallowed() {
    let report =
        refusal(|request| is_read_back(request).then(|| Reply::status(200).body("{").endless()));
    assert!(report.contains("larger than"), "{report}");
}

#[test]
fn a_web_page_is_not_a_registry() {
    let report = refusal(|_| {
        Some(
            Reply::status(200)
                .header("content-type", "text/html")
                .body("<html>Welcome</html>"),
        )
    });
    assert!(
        report.contains("hint: check that HOST is a container registry"),
        "{report}"
    );
}

#[test]
fn a_refused_login_names_the_command() {
    let report =
        refusal(|_| Some(Reply::status(401).header("www-authenticate", "Basic realm=\"x\"")));
    assert!(report.contains("hint: docker login HOST"), "{report}");
}

#[test]
fn a_missing_repository_is_named() {
    let report = refusal(|request| (request.method == "POST").then(|| Reply::status(404)));
    assert!(report.contains("no repository `acme/hello`"), "{report}");
}

#[test]
fn a_registry_out_of_order_is_given_up_after_a_few_tries() {
    let report = refusal(|request| (request.method == "PUT").then(|| Reply::status(503)));
    assert!(report.contains("503"), "{report}");
}

#[test]
fn a_registry_that_is_down_is_named() {
    let host = FaultServer::start(|_| Reply::status(200)).host().to_owned();
    // The port of a listener that is gone.
    let gone = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    assert_ne!(gone, host);
    let catalog = tempfile::tempdir().unwrap();
    let report = publish("hello", "", &client(), &gone, catalog.path())
        .unwrap_err()
        .report();
    assert!(
        report.contains(&format!("hint: check that {gone} is up")),
        "{report}"
    );
}
