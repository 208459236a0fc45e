//! Private catalogs: the login of `.netrc`, where it goes and where it never goes.

use std::fs;

use kfp_catalog::testing;
use kfp_test_registry::{FaultServer, Reply, Request};

use super::{build, refused, run};
use crate::support::Place;

/// Basic authentication of `ann:s3cret`.
const ANN: &str = "Basic YW5uOnMzY3JldA==";

/// A place whose `.netrc` knows the login for `host`.
fn place(host: &str) -> Place {
    let place = Place::new();
    let host = host.split(':').next().unwrap();
    place.write(
        "netrc",
        &format!("machine {host} login ann password s3cret\n"),
    );
    place
}

/// The sample catalog below `/c/`, for ann only.
fn private(place: &Place) -> (FaultServer, String) {
    let root = place.path().join("../served");
    build(&root, &testing::samples());
    let server = FaultServer::start(move |request| {
        let path = request.target.strip_prefix("/c/").unwrap_or_default();
        match (request.header("authorization"), fs::read(root.join(path))) {
            (Some(ANN), Ok(bytes)) => Reply::status(200).body(bytes),
            (Some(ANN), Err(_)) => Reply::status(404),
            _ => Reply::status(401),
        }
    });
    let url = format!("http://{}/c", server.host());
    (server, url)
}

fn logins(requests: &[Request]) -> Vec<Option<&str>> {
    requests
        .iter()
        .map(|request| request.header("authorization"))
        .collect()
}

#[test]
fn a_private_catalog_takes_the_login_of_netrc_and_nothing_written_holds_it() {
    let place = place("127.0.0.1");
    let (_server, url) = private(&place);
    let (code, out, err) = run(&place, &["add", "predict", "--catalog", &url]);
    assert_eq!(code, 0, "{err}");
    for text in [place.tree(), out, err] {
        assert!(!text.contains("s3cret") && !text.contains("YW5u"), "{text}");
    }
    fs::remove_dir_all(place.path().join("kfp-components")).unwrap();
    assert_eq!(run(&place, &["add"]).0, 0, "and again from the lock file");
}

#[test]
fn without_a_login_it_says_where_one_belongs() {
    let place = place("elsewhere.example");
    let (server, url) = private(&place);
    refused(
        &place,
        &["add", "predict", "--catalog", &url],
        &[
            "the server answered 401",
            "hint: if it wants a login, write one into ~/.netrc: machine 127.0.0.1 login USER password TOKEN",
        ],
    );
    assert!(logins(&server.requests()).iter().all(Option::is_none));
}

#[test]
fn a_login_does_not_follow_to_another_host() {
    let other = FaultServer::start(|_| Reply::status(404));
    let to = format!(
        "http://localhost:{}/x",
        other.host().rsplit(':').next().unwrap()
    );
    let first = FaultServer::start(move |_| Reply::status(302).header("location", &*to));
    let place = place("127.0.0.1");
    let url = format!("http://{}/c", first.host());
    refused(
        &place,
        &["search", "x", "--catalog", &url],
        &["no catalog at"],
    );
    assert_eq!(logins(&first.requests()), [Some(ANN)]);
    assert_eq!(logins(&other.requests()), [None]);
}

#[test]
fn a_login_is_not_sent_in_the_clear() {
    let place = place("catalog.example");
    // A proxy is how a test gets at what is meant for another machine.
    let server = FaultServer::start(|request| {
        Reply::status(if request.method == "CONNECT" {
            200
        } else {
            401
        })
    });
    let proxied = place
        .kfp_comp(&["search", "x", "--catalog", "http://catalog.example/c"])
        .env("NETRC", place.path().join("../netrc"))
        .env("http_proxy", format!("http://{}", server.host()))
        .output()
        .unwrap();
    let err = String::from_utf8(proxied.stderr).unwrap();
    assert!(
        err.contains("the login for catalog.example in ~/.netrc is sent over https only"),
        "{err}"
    );
    assert!(logins(&server.requests()).iter().all(Option::is_none));
}

#[test]
fn an_address_that_carries_a_login_is_refused_without_repeating_it() {
    let place = Place::new();
    for arguments in [
        &[
            "add",
            "predict",
            "--catalog",
            "http://ann:s3cret@127.0.0.1:1/c",
        ][..],
        &["lint", "http://ann:s3cret@127.0.0.1:1/component.yaml"],
    ] {
        let (code, _, err) = run(&place, arguments);
        assert!(code != 0 && err.contains("carries a login"), "{err}");
        assert!(!err.contains("s3cret"), "{err}");
    }
}
