//! A registry in twenty lines, for scripts that differ from it in one place.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use kfp_registry::{
    Body, Builder, Client, Credentials, Digest, Login, Reference, Result, Secret, UploadOutcome,
};
use kfp_test_registry::{FaultServer, PASSWORD, Reply, Request, USER};

use crate::common::image;

pub(crate) const MANIFEST: &[u8] =
    br#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;
pub(crate) const BLOB: &[u8] = b"the content of a blob";

/// What a registry that has [`MANIFEST`] under every tag, and no blob yet, answers.
pub(crate) fn normal(request: &Request) -> Reply {
    let path = request.target.as_str();
    match request.method.as_str() {
        "GET" | "HEAD" if path.contains("/manifests/") => manifest(MANIFEST),
        "GET" if path.contains("/blobs/") => Reply::status(200).body(BLOB),
        "POST" => {
            Reply::status(202).header("location", "/v2/acme/app/blobs/uploads/1?_state=a%2Bb")
        }
        "PATCH" => {
            Reply::status(202).header("location", "/v2/acme/app/blobs/uploads/1?_state=patched")
        }
        "PUT" => Reply::status(201),
        "DELETE" => Reply::status(204),
        _ => Reply::status(404),
    }
}

pub(crate) fn manifest(bytes: &[u8]) -> Reply {
    Reply::status(200)
        .header("content-type", "application/vnd.oci.image.index.v1+json")
        .header("docker-content-digest", Digest::of(MANIFEST).to_string())
        .body(bytes)
}

/// Answers with the replies in turn, then as [`normal`]; `matches` chooses the requests it is about.
pub(crate) fn first(
    matches: impl Fn(&Request) -> bool + Send + Sync + 'static,
    replies: impl IntoIterator<Item = Reply>,
) -> FaultServer {
    let replies = Mutex::new(replies.into_iter().collect::<Vec<_>>().into_iter());
    FaultServer::start(move |request| {
        let scripted = if matches(request) {
            replies.lock().unwrap().next()
        } else {
            None
        };
        scripted.unwrap_or_else(|| normal(request))
    })
}

/// Answers everything that `matches` with `reply`.
pub(crate) fn always(
    matches: impl Fn(&Request) -> bool + Send + Sync + 'static,
    reply: Reply,
) -> FaultServer {
    FaultServer::start(move |request| {
        if matches(request) {
            reply.clone()
        } else {
            normal(request)
        }
    })
}

pub(crate) fn is(method: &'static str) -> impl Fn(&Request) -> bool + Send + Sync {
    move |request| request.method == method
}

/// A client that does not sleep, and the pauses it would have made.
pub(crate) fn eager(builder: Builder) -> (Client, Arc<Mutex<Vec<Duration>>>) {
    let pauses = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&pauses);
    let builder = builder.wait(move |pause, _| heard.lock().unwrap().push(pause));
    (builder.build().unwrap(), pauses)
}

/// An anonymous client that does not sleep.
pub(crate) fn anonymous() -> Client {
    eager(Client::builder().credentials(Credentials::none())).0
}

/// A client with a login at `host` that does not sleep.
pub(crate) fn known(host: &str) -> Client {
    let login = Login::Password {
        user: USER.to_owned(),
        password: Secret::new(PASSWORD),
    };
    eager(Client::builder().credentials(Credentials::none().with(host, login))).0
}

/// Puts [`BLOB`] into `acme/app`.
pub(crate) fn put(client: &Client, host: &str, from: Option<&Reference>) -> Result<UploadOutcome> {
    client.put_blob(
        &image(host, "acme/app"),
        &Digest::of(BLOB),
        Body::Bytes(BLOB),
        from,
        &|_| (),
    )
}
