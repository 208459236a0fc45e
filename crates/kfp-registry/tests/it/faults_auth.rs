//! Challenges, realms and token servers that go wrong, or would lead a login astray.

use std::sync::Mutex;

use kfp_registry::{Body, Client, Credentials, Digest, Error, Login, MEDIA_TYPE_INDEX, Secret};
use kfp_test_registry::{FaultServer, Reply, Request};

use crate::common::image;
use crate::script::{BLOB, MANIFEST, always, anonymous, eager, known, normal};

const TOKEN: &str = r#"{"token":"good","expires_in":300}"#;

/// A registry that takes `Bearer good` and sends everyone else to `realm`.
fn guarded(realm: &str) -> FaultServer {
    let challenge = format!(
        "Bearer realm=\"{realm}\",service=\"a, b\",scope=\"repository:acme/app:pull,push\""
    );
    FaultServer::start(move |request| match request.header("authorization") {
        Some("Bearer good") => normal(request),
        _ => Reply::status(401).header("www-authenticate", &challenge),
    })
}

fn tokens(reply: Reply) -> (FaultServer, FaultServer) {
    let issuer = always(|_| true, reply);
    let registry = guarded(&format!("http://{}/token?account=x", issuer.host()));
    (issuer, registry)
}

fn head(client: &Client, registry: &FaultServer) -> Result<Option<Digest>, Error> {
    client.head_manifest(&image(registry.host(), "acme/app:1"))
}

#[test]
fn the_challenge_decides_what_is_asked_for() {
    let (issuer, registry) = tokens(Reply::status(200).body(TOKEN));
    assert_eq!(
        head(&anonymous(), &registry).unwrap(),
        Some(Digest::of(MANIFEST))
    );
    let asked = &issuer.requests()[0].target;
    let scope = "scope=repository%3Aacme%2Fapp%3Apull%2Cpush";
    assert_eq!(asked, &format!("/token?account=x&service=a%2C%20b&{scope}"));
}

#[test]
fn both_names_of_a_token_are_read() {
    for body in [
        TOKEN,
        r#"{"access_token":"good"}"#,
        r#"{"token":"","access_token":"good"}"#,
    ] {
        let (_issuer, registry) = tokens(Reply::status(200).body(body));
        assert!(head(&anonymous(), &registry).unwrap().is_some(), "{body}");
    }
}

#[test]
fn a_token_without_a_life_is_kept_for_a_minute() {
    let (issuer, registry) = tokens(Reply::status(200).body(r#"{"token":"good"}"#));
    let client = anonymous();
    head(&client, &registry).unwrap();
    head(&client, &registry).unwrap();
    assert_eq!((issuer.requests().len(), registry.requests().len()), (1, 3));
}

/// A registry for which the first token is good for everything but the PUT, and says that it wants `actions`.
fn choosy(actions: &str) -> (FaultServer, FaultServer) {
    let turn = Mutex::new(0);
    let issuer = FaultServer::start(move |_| {
        let mut turn = turn.lock().unwrap();
        *turn += 1;
        Reply::status(200).body(format!(r#"{{"token":"number{turn}","expires_in":300}}"#))
    });
    let scope = format!("repository:acme/app:{actions}");
    let challenge = format!(
        "Bearer realm=\"http://{}/token\",scope=\"{scope}\"",
        issuer.host()
    );
    let registry =
        FaultServer::start(
            move |request: &Request| match request.header("authorization") {
                Some("Bearer number1") if request.method != "PUT" => normal(request),
                Some("Bearer number2") => normal(request),
                _ => Reply::status(401).header("www-authenticate", &challenge),
            },
        );
    (issuer, registry)
}

#[test]
fn a_401_in_mid_push_is_answered_with_a_new_token() {
    for (actions, asked) in [
        ("pull,push", "pull%2Cpush"),
        ("delete", "delete%2Cpull%2Cpush"),
    ] {
        let (issuer, registry) = choosy(actions);
        let image = image(registry.host(), "acme/app");
        anonymous()
            .put_blob(&image, &Digest::of(BLOB), Body::Bytes(BLOB), None, &|_| ())
            .unwrap();
        let last = issuer.requests().pop().unwrap().target;
        assert!(
            last.ends_with(&format!("scope=repository%3Aacme%2Fapp%3A{asked}")),
            "{last}"
        );
        let posts = registry
            .requests()
            .iter()
            .filter(|request| request.method == "POST")
            .count();
        assert_eq!(
            (issuer.requests().len(), posts),
            (2, 1),
            "the upload goes on in its session"
        );
    }
}

#[test]
fn a_token_that_is_never_good_enough_is_not_fetched_for_ever() {
    let (issuer, registry) = tokens(Reply::status(200).body(r#"{"token":"bad"}"#));
    let error = head(&known(registry.host()), &registry).unwrap_err();
    assert!(matches!(error, Error::LoginRefused { .. }), "{error}");
    assert_eq!((issuer.requests().len(), registry.requests().len()), (1, 2));
}

#[test]
fn a_challenge_that_is_none_is_a_refusal() {
    for challenge in [
        "",
        "Negotiate",
        "Bearer",
        "Bearer service=\"x\"",
        "\"",
        "=,=",
        "Bearer realm=\"",
    ] {
        let registry = always(
            |_| true,
            Reply::status(401).header("www-authenticate", challenge),
        );
        let error = head(&anonymous(), &registry).unwrap_err();
        assert!(
            matches!(
                error,
                Error::LoginNeeded { .. } | Error::UnsafeTarget { .. }
            ),
            "{challenge}: {error}"
        );
    }
}

#[test]
fn bearer_is_chosen_where_basic_is_offered_too() {
    let issuer = always(|_| true, Reply::status(200).body(TOKEN));
    let challenge = format!(
        "Basic realm=\"x, y\", Bearer realm=\"http://{}/token\"",
        issuer.host()
    );
    let registry = FaultServer::start(move |request| match request.header("authorization") {
        Some("Bearer good") => normal(request),
        _ => Reply::status(401).header("www-authenticate", &challenge),
    });
    assert!(head(&known(registry.host()), &registry).unwrap().is_some());
}

#[test]
fn a_login_is_not_sent_to_where_no_token_server_is() {
    for realm in [
        "http://169.254.169.254/latest",
        "http://[fd00:ec2::254]/token",
        "http://0x7f.1/token",
    ] {
        let registry = guarded(realm);
        let error = head(&known(registry.host()), &registry).unwrap_err();
        assert!(
            matches!(error, Error::UnsafeTarget { .. }),
            "{realm}: {error}"
        );
    }
}

#[test]
fn a_realm_that_redirects_to_another_host_loses_the_login() {
    let second = always(|_| true, Reply::status(200).body(TOKEN));
    let moved = Reply::status(302).header("location", format!("http://{}/token", second.host()));
    let (first, registry) = tokens(moved);
    assert!(head(&known(registry.host()), &registry).unwrap().is_some());
    assert!(first.requests()[0].header("authorization").is_some());
    assert_eq!(second.requests()[0].header("authorization"), None);
}

#[test]
fn a_token_server_that_refuses_says_whose_fault_it_is() {
    for status in [400, 401, 403] {
        let (_issuer, registry) = tokens(Reply::status(status));
        let refused = head(&known(registry.host()), &registry).unwrap_err();
        assert!(
            matches!(refused, Error::LoginRefused { .. }),
            "{status}: {refused}"
        );
        let needed = head(&anonymous(), &registry).unwrap_err();
        assert!(
            matches!(needed, Error::LoginNeeded { .. }),
            "{status}: {needed}"
        );
    }
}

#[test]
fn a_token_server_that_rambles_is_cut_short() {
    let html = Reply::status(200)
        .header("content-type", "text/html")
        .body("<html>secret-token");
    let endless = Reply::status(200).body("a").endless();
    let not_a_header = Reply::status(200).body("{\"token\":\"a\\nb\"}");
    for reply in [html, endless, not_a_header] {
        let (_issuer, registry) = tokens(reply);
        let error = head(&anonymous(), &registry).unwrap_err();
        assert!(
            matches!(error, Error::Response { .. } | Error::TooLarge { .. }),
            "{error}"
        );
        assert!(!format!("{error} {error:?}").contains("secret-token"));
    }
}

#[test]
fn a_token_server_that_is_busy_is_tried_again() {
    let issuer = crate::script::first(
        |_| true,
        [Reply::status(503), Reply::status(200).body(TOKEN)],
    );
    let registry = guarded(&format!("http://{}/token", issuer.host()));
    assert!(head(&anonymous(), &registry).unwrap().is_some());
}

#[test]
fn an_identity_token_falls_back_to_being_a_password() {
    let issuer = FaultServer::start(|request| match request.method.as_str() {
        "POST" => Reply::status(404),
        _ => Reply::status(200).body(TOKEN),
    });
    let registry = guarded(&format!("http://{}/token", issuer.host()));
    let login = Login::IdentityToken {
        user: "<token>".to_owned(),
        token: Secret::new("identity"),
    };
    let credentials = Credentials::none().with(registry.host(), login);
    let (client, _) = eager(Client::builder().credentials(credentials));
    assert!(head(&client, &registry).unwrap().is_some());
    let requests = issuer.requests();
    assert_eq!(requests[0].header("authorization"), None);
    // base64 of `<token>:identity`
    assert_eq!(
        requests[1].header("authorization"),
        Some("Basic PHRva2VuPjppZGVudGl0eQ==")
    );
}

#[test]
fn a_registry_token_is_sent_as_it_is() {
    let (issuer, registry) = tokens(Reply::status(500));
    let login = Login::RegistryToken(Secret::new("good"));
    let (client, _) =
        eager(Client::builder().credentials(Credentials::none().with(registry.host(), login)));
    assert!(head(&client, &registry).unwrap().is_some());
    assert!(issuer.requests().is_empty());
}

#[test]
fn no_secret_is_in_any_error() {
    let secrets = ["wonder:land", "d29uZGVy", "YW5uOndvbmRlcjpsYW5k", "good"];
    let (_issuer, registry) = tokens(Reply::status(200).body(TOKEN));
    let client = known(registry.host());
    let image = image(registry.host(), "acme/app:1");
    client.head_manifest(&image).unwrap();
    drop(registry);
    let mut errors = vec![
        client
            .put_manifest(&image.without_version(), MEDIA_TYPE_INDEX, MANIFEST)
            .unwrap_err(),
    ];
    for status in [400, 401, 403, 404, 500] {
        let registry = always(
            |_| true,
            Reply::status(status).header("www-authenticate", "Basic realm=x"),
        );
        let image = crate::common::image(registry.host(), "acme/app:1");
        errors.push(
            known(registry.host())
                .put_manifest(&image, MEDIA_TYPE_INDEX, MANIFEST)
                .unwrap_err(),
        );
    }
    for error in errors {
        let shown = format!("{error} {error:?} {:?}", error.hint());
        assert!(
            secrets.iter().all(|secret| !shown.contains(secret)),
            "{shown}"
        );
    }
}
