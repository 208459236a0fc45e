//! `doctor --cluster`: each way in which a server can be out of reach has a sentence of its own.

use std::net::TcpListener;

use kfp_test_cluster::{Access, Options, Reply};
use kfp_test_registry::{DockerRegistry, Setup};
use serde_json::{Value, json};

use super::{FINE, Ran, Site};

/// What the doctor says about an endpoint: the cause, and what it prints.
fn cause(site: &Site, arguments: &[&str]) -> (String, Ran) {
    let ran = site.run(&[&["doctor", "--cluster"], arguments].concat());
    let json = site.run(&[&["doctor", "--cluster", "--json"], arguments].concat());
    let report: Value = serde_json::from_str(&json.stdout).unwrap();
    let checks = report["checks"].as_array().unwrap().iter();
    let causes: Vec<&str> = checks.filter_map(|check| check["cause"].as_str()).collect();
    assert!(causes.len() <= 1, "{causes:?}");
    let cause = causes.first().copied().unwrap_or("healthy").to_owned();
    let code = if cause == "healthy" { 0 } else { 4 };
    assert_eq!(ran.code, Some(code), "{}", ran.stderr);
    if code == 4 {
        assert!(ran.stderr.contains("hint: "), "{}", ran.stderr);
    }
    (cause, ran)
}

fn answering(
    fault: impl Fn(&kfp_test_cluster::Request) -> Option<Reply> + Send + Sync + 'static,
) -> Site {
    Site::with(
        FINE,
        Options {
            fault: Some(Box::new(fault)),
            ..Options::default()
        },
    )
}

fn json_reply(status: u16, body: &Value) -> Reply {
    Reply::status(status)
        .header("content-type", "application/json")
        .body(body.to_string())
}

#[test]
fn a_healthy_server_is_healthy() {
    let site = Site::new(FINE);
    assert_eq!(cause(&site, &[]).0, "healthy");
    site.finished(&[]);
    let (found, ran) = cause(&site, &[]);
    assert_eq!(found, "healthy");
    assert!(
        ran.stdout.contains("ok     outputs: 2 tasks are known"),
        "{}",
        ran.stdout
    );
}

#[test]
fn what_cannot_be_connected_to_is_told_apart() {
    let site = Site::new(FINE);
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for (endpoint, expected) in [
        ("http://no-such-host.invalid", "unknown-host"),
        (&format!("http://{closed}"), "refused"),
    ] {
        assert_eq!(
            cause(&site, &["--endpoint", endpoint]).0,
            expected,
            "{endpoint}"
        );
    }
}

#[test]
fn the_wrong_scheme_is_told_with_the_right_one() {
    for (setup, scheme, hint) in [
        (Setup::Open, "https", "write http:// in place of https://"),
        (Setup::Tls, "http", "write https:// in place of http://"),
    ] {
        let Some(server) = DockerRegistry::start(setup) else {
            return;
        };
        let site = Site::new(FINE);
        let (found, ran) = cause(
            &site,
            &["--endpoint", &format!("{scheme}://{}", server.host())],
        );
        assert_eq!(found, "tls");
        assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    }
}

#[test]
fn a_certificate_of_an_unknown_ca_is_named() {
    let Some(server) = DockerRegistry::start(Setup::Tls) else {
        return;
    };
    let site = Site::new(FINE);
    let url = format!("https://{}", server.host());
    let (found, ran) = cause(&site, &["--endpoint", &url]);
    assert_eq!(found, "untrusted-certificate");
    assert!(ran.stderr.contains("--ca-file FILE"), "{}", ran.stderr);
    let ca = server.ca_file().to_str().unwrap().to_owned();
    // It is a registry.
    let (found, _) = cause(&site, &["--endpoint", &url, "--ca-file", &ca]);
    assert_eq!(found, "wrong-address");
}

#[test]
fn a_wrong_path_is_told_with_the_right_one() {
    let site = Site::with(
        FINE,
        Options {
            prefix: "/pipeline".to_owned(),
            ..Options::default()
        },
    );
    let root = site.cluster.url().replace("/pipeline", "");
    let (found, ran) = cause(&site, &["--endpoint", &root]);
    assert_eq!(found, "wrong-address");
    assert!(
        ran.stderr.contains(&format!("--endpoint {root}/pipeline")),
        "{}",
        ran.stderr
    );
}

#[test]
fn another_program_at_the_address_is_not_taken_for_kfp() {
    for body in [json!(["hello"]), json!({"hello": 1}), json!({})] {
        let said = body.clone();
        let site = answering(move |_| Some(json_reply(200, &said)));
        assert_eq!(cause(&site, &[]).0, "wrong-address", "{body}");
    }
}

#[test]
fn a_server_of_kfp_1_is_named() {
    let site = answering(|request| {
        let is_v1 = request.line().contains("/apis/v1beta1/healthz");
        Some(if is_v1 {
            json_reply(200, &json!({"multi_user": false}))
        } else {
            json_reply(404, &json!({"code": 5, "message": "Not Found"}))
        })
    });
    assert_eq!(cause(&site, &[]).0, "kfp1");
}

#[test]
fn logins_that_are_missing_or_refused_are_told_apart() {
    let with = |access| {
        Site::with(
            FINE,
            Options {
                access,
                ..Options::default()
            },
        )
    };
    assert_eq!(cause(&with(Access::LoginPage), &[]).0, "not-logged-in");
    let dex = Access::Dex("ann".to_owned(), "pw".to_owned());
    assert_eq!(cause(&with(dex), &[]).0, "not-logged-in");
    let token = Access::Token("right".to_owned());
    assert_eq!(
        cause(&with(token), &["--existing-token", "wrong"]).0,
        "login-refused"
    );
    let site = Site::new(FINE);
    assert_eq!(
        cause(&site, &["--token-file", "not-there"]).0,
        "credentials"
    );
}

#[test]
fn a_namespace_that_is_missing_or_forbidden_is_named() {
    let site = Site::with(
        FINE,
        Options {
            is_multi_user: true,
            ..Options::default()
        },
    );
    assert_eq!(cause(&site, &[]).0, "namespace");
    let forbidden = || {
        answering(|request| {
            let message = "User 'ann' is not authorized";
            let body = json!({"code": 7, "message": message, "details": [{"message": message}]});
            request
                .line()
                .ends_with("/runs")
                .then(|| json_reply(403, &body))
        })
    };
    assert_eq!(cause(&forbidden(), &["--namespace", "bob"]).0, "namespace");
    assert_eq!(cause(&forbidden(), &[]).0, "forbidden");
}

#[test]
fn a_server_that_fails_by_itself_is_named() {
    let site = answering(|_| Some(Reply::status(503).body("upstream connect error")));
    assert_eq!(cause(&site, &[]).0, "server-fails");
}

#[test]
fn a_metadata_store_that_fails_is_not_said_to_be_elsewhere() {
    let site = answering(|request| {
        let is_store = request.line().contains("ml_metadata");
        is_store.then(|| Reply::status(500).body("mysql server has gone away"))
    });
    site.finished(&[]);
    let (found, ran) = cause(&site, &[]);
    assert_eq!(found, "server-fails");
    assert!(
        ran.stderr.contains("mysql server has gone away"),
        "{}",
        ran.stderr
    );
}

#[test]
fn an_address_without_the_metadata_store_is_named() {
    let site = answering(|request| {
        let is_store = request.line().contains("ml_metadata");
        is_store.then(|| json_reply(404, &json!({"code": 5, "message": "Not Found"})))
    });
    let (_, ran) = site.finished(&[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("no outputs or metrics"),
        "{}",
        ran.stderr
    );
    let (found, ran) = cause(&site, &[]);
    assert_eq!(found, "no-metadata");
    assert!(ran.stderr.contains("--ui URL"), "{}", ran.stderr);
}
