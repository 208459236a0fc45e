//! Kubeconfigs and the requests made with them.

use std::{fs, path::Path};

use kfp_kube::{Access, Client, Error};
use kfp_test_support::{FaultServer, Reply, Request};
use serde_json::{Value, json};

/// A kubeconfig for a server, with a user.
fn access(folder: &Path, host: &str, user: &Value) -> kfp_kube::Result<Access> {
    let config = json!({
        "current-context": "a",
        "clusters": [{"name": "c", "cluster": {"server": format!("http://{host}/")}}],
        "contexts": [{"name": "a", "context": {"cluster": "c", "user": "u", "namespace": "ann"}}],
        "users": [{"name": "u", "user": user}],
    });
    let path = folder.join("config");
    fs::write(&path, config.to_string()).unwrap();
    Access::from_kubeconfig(Some(&path), None)
}

fn bearers(requests: &[Request]) -> Vec<&str> {
    let bearers = requests
        .iter()
        .filter_map(|one| one.header("authorization"));
    bearers.collect()
}

#[test]
fn a_token_file_is_read_for_each_request() {
    let server = FaultServer::start(|_| Reply::status(200).body("{}"));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("token"), "one\n").unwrap();
    let access = access(folder.path(), server.host(), &json!({"tokenFile": "token"})).unwrap();
    assert_eq!(access.namespace, "ann");
    let client = Client::new(&access).unwrap();
    client.get("/version").unwrap();
    fs::write(folder.path().join("token"), "two\n").unwrap();
    client.get("/version").unwrap();
    assert_eq!(bearers(&server.requests()), ["Bearer one", "Bearer two"]);
}

#[test]
fn a_credential_plugin_runs_again_when_its_token_expires() {
    let server = FaultServer::start(|_| Reply::status(200).body("{}"));
    let folder = tempfile::tempdir().unwrap();
    let calls = folder.path().join("calls");
    let script = r#"echo x >> "$0"
n=$(wc -l < "$0")
if [ "$n" = 1 ]; then at=2000-01-01T00:00:00Z; else at=2999-01-01T00:00:00Z; fi
printf '{"status": {"token": "t%s", "expirationTimestamp": "%s"}}' $n $at"#;
    let exec = json!({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1beta1", "command": "sh", "args": ["-c", script, calls],
    }});
    let access = access(folder.path(), server.host(), &exec).unwrap();
    let client = Client::new(&access).unwrap();
    for _ in 0..3 {
        client.get("/version").unwrap();
    }
    // The first one had expired before the first request.
    assert_eq!(bearers(&server.requests()), ["Bearer t2"; 3]);
}

#[test]
fn a_credential_plugin_that_is_not_there_is_told_with_how_to_install_it() {
    let folder = tempfile::tempdir().unwrap();
    let exec = json!({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-plugin", "installHint": "install it so\n",
    }});
    let error = access(folder.path(), "localhost:1", &exec).unwrap_err();
    let Error::Credentials(cause) = &error else {
        panic!("{error}")
    };
    let cause = cause.to_string();
    assert!(
        cause.contains("`no-such-plugin`") && cause.ends_with("; install it so"),
        "{cause}"
    );
}

#[test]
fn what_a_plugin_prints_in_place_of_a_credential_is_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let exec = json!({"exec": {"apiVersion": "v1", "command": "echo", "args": ["s3cret"]}});
    let error = access(folder.path(), "localhost:1", &exec).unwrap_err();
    assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
}

#[test]
fn refusals_keep_the_words_of_the_server() {
    let status = json!({"kind": "Status", "message": "pods is forbidden: User ann cannot list it", "code": 403});
    let server = FaultServer::start(move |request| match request.line().as_str() {
        "GET /missing" => Reply::status(404).body("{}"),
        _ => Reply::status(403).body(status.to_string()),
    });
    let folder = tempfile::tempdir().unwrap();
    let access = access(folder.path(), server.host(), &json!({"token": "t"})).unwrap();
    let client = Client::new(&access).unwrap();
    assert!(client.get("/missing").unwrap().is_none());
    let error = client.get("/api/v1/pods").unwrap_err().to_string();
    assert!(
        error.ends_with("pods is forbidden: User ann cannot list it (status 403)"),
        "{error}"
    );
}

#[test]
fn a_certificate_that_is_not_base64_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let user = json!({"client-certificate-data": "%", "client-key-data": "%"});
    let error = access(folder.path(), "localhost:1", &user)
        .unwrap_err()
        .to_string();
    assert!(error.contains("client-certificate-data"), "{error}");
}
