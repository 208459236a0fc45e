//! Registries that misbehave: one error with a hint, and a catalog that stays as it was.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;
use std::time::Duration;

use kfp_publish::push::{Listener, Pushed};
use kfp_registry::{Client, Digest};
use kfp_test_registry::{FaultServer, Reply, Request};
use kfp_workspace::Platform;

use crate::support::{packed, publish, publish_to, target};

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

/// A registry that keeps what it is sent, and answers like `script` where that says something.
fn keeping(script: impl Fn(&Request) -> Option<Reply> + Send + Sync + 'static) -> FaultServer {
    let manifests = Mutex::new(BTreeMap::<String, Vec<u8>>::new());
    FaultServer::start(move |request| {
        if let Some(reply) = script(request) {
            return reply;
        }
        let mut manifests = manifests.lock().unwrap();
        match (
            request.method.as_str(),
            request.target.split_once("/manifests/"),
        ) {
            ("PUT", Some((_, name))) => {
                let digest = Digest::of(&request.body).to_string();
                for name in [name, &digest] {
                    manifests.insert(name.to_owned(), request.body.clone());
                }
                Reply::status(201).header("docker-content-digest", digest)
            }
            ("GET" | "HEAD", Some((_, name))) => match manifests.get(name) {
                Some(bytes) => Reply::status(200)
                    .header("docker-content-digest", Digest::of(bytes).to_string())
                    .header("content-type", "application/vnd.oci.image.index.v1+json")
                    .body(bytes.clone()),
                None => Reply::status(404),
            },
            _ => forgetful(request),
        }
    })
}

/// Hears which SBOMs were refused.
#[derive(Default)]
struct Refused(Mutex<Vec<String>>);

impl Listener for Refused {
    fn sent(&self, _platform: Platform, _sent: u64, _size: u64) {}
    fn done(&self, _platform: Platform, _uploaded: u64) {}
    fn sbom_refused(&self, _platform: Platform, error: &kfp_publish::Error) {
        self.0.lock().unwrap().push(error.report());
    }
}

#[test]
fn a_registry_that_refuses_sboms_still_gets_the_image() {
    type Script = fn(&Request) -> Option<Reply>;
    let scripts: [(&str, Script); 3] = [
        ("its manifest", |request| {
            let body = String::from_utf8_lossy(&request.body).into_owned();
            let is_sbom = request.method == "PUT" && body.contains("\"subject\"");
            is_sbom.then(|| Reply::status(400))
        }),
        ("its tag", |request| {
            let is_tag = request.target.contains("/manifests/sha256-");
            is_tag.then(|| Reply::status(if request.method == "PUT" { 400 } else { 404 }))
        }),
        ("its empty configuration", |request| {
            let is_empty = request.target.contains(&Digest::of(b"{}").hex()[..]);
            (request.method == "PUT" && is_empty).then(|| Reply::status(403))
        }),
    ];
    for (what, script) in scripts {
        let server = keeping(script);
        let catalog = tempfile::tempdir().unwrap();
        let (packed, refused) = (packed("hello", ""), Refused::default());
        let to = target("hello", server.host());
        let pushed = publish_to(&to, &packed, &client(), catalog.path(), &refused);
        assert_eq!(pushed.unwrap(), Pushed::Published, "{what}");
        let refused = refused.0.into_inner().unwrap();
        assert_eq!(refused.len(), 2, "{what}: {refused:?}");
        assert!(refused[0].contains("the SBOM for linux/"), "{refused:?}");
        for arch in ["amd64", "arm64"] {
            let path = format!("components/hello/1.0.0/sbom.{arch}.cdx.json");
            assert!(catalog.path().join(path).exists(), "{what}: {arch}");
        }
    }
}
