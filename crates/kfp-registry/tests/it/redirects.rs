//! Registries behind other names: an alias that sends everything on, each with a login of its own.

use std::sync::{Arc, Mutex};

use kfp_registry::{
    Body, Client, Credentials, Digest, Error, Login, MEDIA_TYPE_INDEX, Secret, UploadOutcome,
};
use kfp_test_registry::{FaultServer, Reply, Request};

use crate::common::image;
use crate::script::{BLOB, MANIFEST, anonymous, eager, normal};

fn login(user: &str) -> Login {
    Login::Password {
        user: user.to_owned(),
        password: Secret::new("x"),
    }
}

/// base64 of `<user>:x`
fn basic(user: &str) -> &'static str {
    match user {
        "front" => "Basic ZnJvbnQ6eA==",
        _ => "Basic YmFjazp4",
    }
}

/// A registry that wants that user's login.
fn guarded(
    user: &'static str,
    reply: impl Fn(&Request) -> Reply + Send + Sync + 'static,
) -> FaultServer {
    FaultServer::start(move |request| {
        if request.header("authorization") == Some(basic(user)) {
            reply(request)
        } else {
            Reply::status(401).header("www-authenticate", "Basic realm=\"x\"")
        }
    })
}

/// An alias for the repository `real/app` of the registry at `host`.
fn alias(host: &str, status: u16) -> FaultServer {
    let host = host.to_owned();
    guarded("front", move |request| {
        let target = request.target.replace("/v2/acme/app/", "/v2/real/app/");
        Reply::status(status).header("location", format!("http://{host}{target}"))
    })
}

fn client(front: &FaultServer, back: Option<&FaultServer>) -> Client {
    let mut credentials = Credentials::none().with(front.host(), login("front"));
    if let Some(back) = back {
        credentials = credentials.with(back.host(), login("back"));
    }
    eager(Client::builder().credentials(credentials)).0
}

fn seen(server: &FaultServer) -> Vec<String> {
    let mut seen: Vec<_> = server
        .requests()
        .iter()
        .filter_map(|request| Some(request.header("authorization")?.to_owned()))
        .collect();
    seen.dedup();
    seen
}

#[test]
fn each_registry_sees_its_own_login_and_no_other() {
    let back = guarded("back", normal);
    let front = alias(back.host(), 307);
    let client = client(&front, Some(&back));
    let image = image(front.host(), "acme/app:1");
    assert_eq!(client.manifest(&image).unwrap().unwrap().bytes, MANIFEST);
    let digest = Digest::of(BLOB);
    assert_eq!(client.blob(&image, &digest, 1000).unwrap(), BLOB);
    assert_eq!(seen(&front), [basic("front")]);
    assert_eq!(seen(&back), [basic("back")]);
}

#[test]
fn a_login_at_the_alias_is_not_one_at_the_registry_behind_it() {
    let back = guarded("back", normal);
    let front = alias(back.host(), 302);
    let error = client(&front, None)
        .manifest(&image(front.host(), "acme/app:1"))
        .unwrap_err();
    assert!(
        matches!(&error, Error::LoginNeeded { host, scope, .. } if host == back.host() && scope == "real/app"),
        "{error:?}"
    );
    assert_eq!(seen(&back), [""; 0]);
}

#[test]
fn a_token_is_fetched_for_the_repository_of_the_registry_behind() {
    let issuer = FaultServer::start(|_| Reply::status(200).body(r#"{"token":"good"}"#));
    let challenge = format!(
        "Bearer realm=\"http://{}/token\",service=\"back\",scope=\"repository:real/app:pull\"",
        issuer.host()
    );
    let back = FaultServer::start(move |request| match request.header("authorization") {
        Some("Bearer good") => normal(request),
        _ => Reply::status(401).header("www-authenticate", &challenge),
    });
    let host = back.host().to_owned();
    let front = FaultServer::start(move |request| {
        let target = request.target.replace("/v2/acme/app/", "/v2/real/app/");
        Reply::status(307).header("location", format!("http://{host}{target}"))
    });
    let image = image(front.host(), "acme/app:1");
    let client = anonymous();
    for _ in 0..2 {
        assert!(client.manifest(&image).unwrap().is_some());
    }
    let asked: Vec<_> = issuer
        .requests()
        .into_iter()
        .map(|one| one.target)
        .collect();
    assert_eq!(
        asked,
        ["/token?service=back&scope=repository%3Areal%2Fapp%3Apull"]
    );
}

#[test]
fn an_upload_through_an_alias_goes_to_the_registry_behind_it() {
    for status in [307, 308] {
        let puts = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&puts);
        let back = guarded("back", move |request| {
            if request.method == "PUT" {
                heard
                    .lock()
                    .unwrap()
                    .push((request.line(), request.body.len()));
            }
            match request.method.as_str() {
                "HEAD" => Reply::status(404),
                "POST" => Reply::status(202).header("location", "/v2/real/app/blobs/uploads/1"),
                _ => normal(request),
            }
        });
        let front = alias(back.host(), status);
        let client = client(&front, Some(&back));
        let image = image(front.host(), "acme/app:1");
        let digest = Digest::of(BLOB);
        let sent = client.put_blob(&image, &digest, Body::Bytes(BLOB), None, &|_| ());
        assert_eq!(sent.unwrap(), UploadOutcome::Uploaded);
        client
            .put_manifest(&image, MEDIA_TYPE_INDEX, MANIFEST)
            .unwrap();
        let expected = [
            ("PUT /v2/real/app/blobs/uploads/1".to_owned(), BLOB.len()),
            ("PUT /v2/real/app/manifests/1".to_owned(), MANIFEST.len()),
        ];
        assert_eq!(*puts.lock().unwrap(), expected);
        assert_eq!(seen(&back), [basic("back")]);
    }
}

#[test]
fn storage_that_refuses_is_not_shown_a_login() {
    let storage =
        FaultServer::start(|_| Reply::status(401).header("www-authenticate", "Basic realm=\"x\""));
    let elsewhere = format!("http://{}/bucket/blob?signature=abc", storage.host());
    let front = guarded("front", move |_| {
        Reply::status(307).header("location", &elsewhere)
    });
    let credentials = Credentials::none()
        .with(front.host(), login("front"))
        .with(storage.host(), login("back"));
    let (client, _) = eager(Client::builder().credentials(credentials));
    let error = client
        .blob(&image(front.host(), "acme/app"), &Digest::of(BLOB), 1000)
        .unwrap_err();
    assert!(
        matches!(error, Error::Status { status: 401, .. }),
        "{error}"
    );
    assert_eq!(seen(&storage), [""; 0]);
}
