use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use kfp_kube::{Client, Cluster, Error, Resource};
use serde_json::{Value, json};
use tempfile::tempdir;

use kfp_test_support::kube::Server;

use crate::support::{chain, kubeconfig, pem};

/// Who the server says that we are.
fn user(client: &Client) -> kfp_kube::Result<String> {
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let review = json!({ "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview" });
    let answer = client.post(path, &review)?;
    Ok(answer["status"]["userInfo"]["username"]
        .as_str()
        .unwrap()
        .to_owned())
}

fn client(file: &Path) -> kfp_kube::Result<Client> {
    Client::new(Cluster::from_kubeconfig(&[file.to_owned()], None)?)
}

fn trusted(server: &Server) -> Value {
    use base64::Engine as _;
    let ca =
        base64::engine::general_purpose::STANDARD.encode(pem(server, "certificate-authority-data"));
    json!({ "server": server.address(), "certificate-authority-data": ca })
}

/// A program that counts how often it ran in `runs` and prints this.
fn plugin(folder: &Path, prints: &Value) -> PathBuf {
    let file = folder.join("plugin");
    fs::write(folder.join("printed"), prints.to_string()).unwrap();
    let script = "#!/bin/sh\ncd \"$(dirname \"$0\")\"\necho \"$KUBERNETES_EXEC_INFO\" >> runs\ncat printed\n";
    fs::write(&file, script).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    file
}

fn issued(status: &Value) -> Value {
    json!({ "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status })
}

fn exec(folder: &Path) -> Value {
    let version = "client.authentication.k8s.io/v1";
    assert!(folder.join("plugin").is_file());
    json!({ "exec": { "apiVersion": version, "command": "./plugin", "provideClusterInfo": true } })
}

fn runs(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("runs")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn certificates_are_taken_from_data_and_from_files_beside_the_kubeconfig() {
    let Some(server) = Server::start("certificates") else {
        return;
    };
    assert_eq!(user(&server.admin).unwrap(), "admin");
    let folder = tempdir().unwrap();
    for (key, file) in [
        ("certificate-authority-data", "ca.crt"),
        ("client-certificate-data", "me.crt"),
        ("client-key-data", "me.key"),
    ] {
        fs::write(folder.path().join(file), pem(&server, key)).unwrap();
    }
    let file = kubeconfig(
        folder.path(),
        &json!({ "server": server.address(), "certificate-authority": "ca.crt" }),
        &json!({ "client-certificate": "me.crt", "client-key": "me.key" }),
    );
    assert_eq!(user(&client(&file).unwrap()).unwrap(), "admin");
    fs::write(
        folder.path().join("me.key"),
        pem(&server, "client-certificate-data"),
    )
    .unwrap();
    let error = client(&file).unwrap_err();
    assert!(
        chain(&error).contains("me.key holds no private key"),
        "{}",
        chain(&error)
    );
}

#[test]
fn a_token_file_is_read_again_for_each_request() {
    let Some(server) = Server::start("token-file") else {
        return;
    };
    let folder = tempdir().unwrap();
    let token = folder.path().join("token");
    fs::write(&token, server.account("first")).unwrap();
    let file = kubeconfig(
        folder.path(),
        &trusted(&server),
        &json!({ "tokenFile": "token" }),
    );
    let client = client(&file).unwrap();
    let name = |account| format!("system:serviceaccount:{}:{account}", server.namespace);
    assert_eq!(user(&client).unwrap(), name("first"));
    fs::write(&token, server.account("second") + "\n").unwrap();
    assert_eq!(user(&client).unwrap(), name("second"));
    fs::remove_file(&token).unwrap();
    let error = user(&client).unwrap_err();
    assert!(matches!(error, Error::Credentials { .. }), "{error:?}");
}

#[test]
fn a_plugin_runs_once_until_its_token_expires() {
    let Some(server) = Server::start("plugin") else {
        return;
    };
    let folder = tempdir().unwrap();
    let token = server.account("plugged");
    let config = |expires: Option<&str>| {
        let mut status = json!({ "token": token });
        if let Some(expires) = expires {
            status["expirationTimestamp"] = expires.into();
        }
        let _gone = fs::remove_file(folder.path().join("runs"));
        plugin(folder.path(), &issued(&status));
        kubeconfig(folder.path(), &trusted(&server), &exec(folder.path()))
    };
    for (expires, count) in [(None, 1), (Some("2099-01-01T00:00:00Z"), 1)] {
        let client = client(&config(expires)).unwrap();
        for _ in 0..3 {
            assert!(user(&client).unwrap().ends_with(":plugged"));
        }
        assert_eq!(runs(folder.path()).len(), count, "{expires:?}");
    }
    // What has expired is asked for anew.
    let client = client(&config(Some("2020-01-01T00:00:00Z"))).unwrap();
    let before = runs(folder.path()).len();
    user(&client).unwrap();
    user(&client).unwrap();
    assert!(runs(folder.path()).len() >= before + 2);
    let told: Value = serde_json::from_str(&runs(folder.path())[0]).unwrap();
    assert_eq!(told["spec"]["cluster"]["server"], server.address());
    assert_eq!(told["apiVersion"], "client.authentication.k8s.io/v1");
}

#[test]
fn a_token_that_the_server_refuses_is_asked_for_once_more() {
    let Some(server) = Server::start("refused") else {
        return;
    };
    let folder = tempdir().unwrap();
    plugin(folder.path(), &issued(&json!({ "token": "stale" })));
    let file = kubeconfig(folder.path(), &trusted(&server), &exec(folder.path()));
    let client = client(&file).unwrap();
    let error = user(&client).unwrap_err();
    assert_eq!(error.status().unwrap().code, 401, "{error}");
    assert_eq!(runs(folder.path()).len(), 2);
    assert!(error.hint().unwrap().contains("log in again"));
    assert!(!format!("{error:?} {client:?}").contains("stale"));
    let token = server.account("fresh");
    plugin(folder.path(), &issued(&json!({ "token": token })));
    assert!(user(&client).unwrap().ends_with(":fresh"));
}

#[test]
fn a_plugin_may_print_a_client_certificate() {
    let Some(server) = Server::start("plugin-certificate") else {
        return;
    };
    let folder = tempdir().unwrap();
    let text = |key| String::from_utf8(pem(&server, key)).unwrap();
    let status = json!({
        "clientCertificateData": text("client-certificate-data"),
        "clientKeyData": text("client-key-data"),
    });
    plugin(folder.path(), &issued(&status));
    let file = kubeconfig(folder.path(), &trusted(&server), &exec(folder.path()));
    assert_eq!(user(&client(&file).unwrap()).unwrap(), "admin");
}

#[test]
fn a_server_of_another_ca_is_not_trusted_unless_that_is_asked_for() {
    let Some(server) = Server::start("trust") else {
        return;
    };
    let folder = tempdir().unwrap();
    let token = server.account("reader");
    let address = server.address();
    let file = kubeconfig(
        folder.path(),
        &json!({ "server": address }),
        &json!({ "token": token }),
    );
    let error = user(&client(&file).unwrap()).unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    assert!(error.hint().unwrap().contains("CA"), "{:?}", error.hint());
    let ca = folder.path().join("ca.pem");
    fs::write(&ca, pem(&server, "certificate-authority-data")).unwrap();
    let cluster = Cluster::from_kubeconfig(std::slice::from_ref(&file), None).unwrap();
    let trusting = Client::new(cluster.with_ca_file(ca)).unwrap();
    assert!(user(&trusting).unwrap().ends_with(":reader"));
    let unverified = json!({ "server": address, "insecure-skip-tls-verify": true });
    let file = kubeconfig(folder.path(), &unverified, &json!({ "token": token }));
    let client = client(&file).unwrap();
    assert!(client.cluster().is_insecure());
    assert!(user(&client).unwrap().ends_with(":reader"));
}

#[test]
fn of_several_files_the_first_that_names_something_counts() {
    let Some(server) = Server::start("merged") else {
        return;
    };
    let folder = tempdir().unwrap();
    let contexts = folder.path().join("contexts");
    fs::write(
        &contexts,
        "current-context: other\nclusters: null\ncontexts:\n- name: other\n  context: {cluster: test, user: admin, namespace: team-a}\n",
    )
    .unwrap();
    let missing = folder.path().join("missing");
    let files = [missing, contexts, server.kubeconfig.clone()];
    let cluster = Cluster::from_kubeconfig(&files, None).unwrap();
    assert_eq!(cluster.namespace(), "team-a");
    assert_eq!(user(&Client::new(cluster).unwrap()).unwrap(), "admin");
    let cluster = Cluster::from_kubeconfig(&files, Some("test")).unwrap();
    assert_eq!(cluster.namespace(), "default");
}

#[test]
fn what_is_wrong_with_a_kubeconfig_is_said_with_its_name() {
    let folder = tempdir().unwrap();
    let here = json!({ "server": "https://127.0.0.1:1" });
    let plugged = |version: &str, command: &str| json!({ "exec": { "apiVersion": version, "command": command, "installHint": "get it at the desk" } });
    let v1 = "client.authentication.k8s.io/v1";
    for (server, user, said) in [
        (
            json!({ "server": "kube.test" }),
            json!({}),
            "which is not a URL",
        ),
        (
            json!({ "server": "https://x", "certificate-authority-data": "é" }),
            json!({}),
            "certificate-authority-data is not base64",
        ),
        (
            json!({ "server": "https://x", "tls-server-name": "y" }),
            json!({}),
            "tls-server-name",
        ),
        (
            here.clone(),
            json!({ "client-key": "k" }),
            "a client key without its certificate",
        ),
        (
            here.clone(),
            json!({ "client-certificate": "c", "client-key": "k" }),
            "cannot read",
        ),
        (
            here.clone(),
            json!({ "auth-provider": { "name": "gcp" } }),
            "use an exec plugin",
        ),
        (
            here.clone(),
            json!({ "username": "ann", "password": "s3cret" }),
            "use a token",
        ),
        (
            here.clone(),
            plugged(v1, "a-program-that-nobody-has"),
            "get it at the desk",
        ),
        (
            here.clone(),
            plugged(v1, "false"),
            "it ended with exit status: 1",
        ),
        (
            here.clone(),
            plugged(v1, "true"),
            "did not print an ExecCredential",
        ),
        (
            here.clone(),
            plugged("client.authentication.k8s.io/v1alpha1", "true"),
            "v1alpha1",
        ),
    ] {
        let file = kubeconfig(folder.path(), &server, &user);
        let error = client(&file).unwrap_err();
        let told = format!("{} {error:?}", chain(&error));
        assert!(told.contains(said), "{said}: {told}");
        assert!(!told.contains("s3cret"), "{told}");
    }
    let file = folder.path().join("kubeconfig");
    for (text, context, said) in [
        ("clusters: [", None, "kubeconfig: "),
        ("clusters: 3", None, "kubeconfig: "),
        ("", None, "no current context"),
        (
            "contexts: [{name: a, context: {}}]",
            Some("b"),
            "no context `b`",
        ),
        (
            "contexts: [{name: a, context: {cluster: c}}]",
            Some("a"),
            "no cluster `c`",
        ),
    ] {
        fs::write(&file, text).unwrap();
        let error = Cluster::from_kubeconfig(std::slice::from_ref(&file), context).unwrap_err();
        assert!(error.to_string().contains(said), "{said}: {error}");
    }
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let folder = tempdir().unwrap();
    let file = kubeconfig(
        folder.path(),
        &json!({ "server": "http://127.0.0.1:1" }),
        &json!({}),
    );
    let pods = Resource::core("pods").namespaced("default");
    let error = client(&file).unwrap().list(&pods, &[]).unwrap_err();
    assert!(error.is_about_access());
    let said = error.to_string();
    assert!(
        said.starts_with("GET http://127.0.0.1:1/api/v1/namespaces/default/pods"),
        "{said}"
    );
}
