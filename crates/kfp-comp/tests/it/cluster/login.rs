//! Logins, profiles, and the secrets in them.

use std::{fs, io::Write as _, os::unix::fs::PermissionsExt as _, process::Stdio};

use kfp_test_cluster::{Access, Options};
use kfp_test_support::{FaultServer, Reply};
use serde_json::json;

use super::{FINE, Ran, SUBMIT, Site, ended, tls::Authority};

const SECRET: &str = "s3cret-w0rd";

fn site(access: Access) -> Site {
    Site::with(
        FINE,
        Options {
            access,
            ..Options::default()
        },
    )
}

/// Stores a profile for the cluster, with a secret on standard input.
fn profile(site: &Site, login: &[&str], secret: &str) -> Ran {
    let url = site.cluster.url();
    let arguments = [&["profile", "set", "it", "--endpoint", &url], login].concat();
    let mut child = site
        .command(&arguments)
        .env_remove("KF_PIPELINES_ENDPOINT")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(secret.as_bytes())
        .unwrap();
    ended(child)
}

/// Runs a verb as the profile says, without the cluster in the environment.
fn run(site: &Site, arguments: &[&str]) -> Ran {
    let mut command = site.command(arguments);
    command
        .env_remove("KF_PIPELINES_ENDPOINT")
        .output()
        .unwrap()
        .into()
}

#[test]
fn every_way_to_log_in_lets_a_run_through() {
    let token = Access::Token(SECRET.to_owned());
    let header = Access::Header("kubeflow-userid".to_owned(), SECRET.to_owned());
    let dex = Access::Dex("ann@acme.example".to_owned(), SECRET.to_owned());
    let command = format!("echo {SECRET}");
    let named = format!("kubeflow-userid: {SECRET}");
    let cookie = format!("oauth2_proxy_kubeflow={SECRET}");
    let session = Access::Header("cookie".to_owned(), cookie.clone());
    let ways: [(Access, &[&str], &str); 6] = [
        (session, &["--cookie", "-"], &cookie),
        (token.clone(), &["--token", "-"], SECRET),
        (token.clone(), &["--token-command", &command], ""),
        (token, &["--token-file", "token"], ""),
        (header, &["--header", "-"], &named),
        (
            dex,
            &["--user", "ann@acme.example", "--password", "-"],
            SECRET,
        ),
    ];
    for (access, login, secret) in ways {
        let site = site(access);
        site.write("token", SECRET);
        let ran = profile(&site, login, secret);
        assert_eq!(ran.code, Some(0), "{login:?}: {}", ran.stderr);
        let ran = run(&site, &[&SUBMIT[..], &["-v"]].concat());
        assert_eq!(ran.code, Some(0), "{login:?}: {}", ran.stderr);
    }
}

#[test]
fn a_client_certificate_lets_a_run_through() {
    let site = site(Access::Open);
    let authority = Authority::new();
    authority.client(&site.path("client"));
    let url = authority.serve(&site.cluster.url());
    site.write("ca.pem", &authority.pem());
    let set = [
        "profile",
        "set",
        "it",
        "--endpoint",
        &url,
        "--trust",
        "ca.pem",
    ];
    assert_eq!(run(&site, &set).code, Some(0));
    let ran = run(&site, &["doctor", "--cluster"]);
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("the server wants a client certificate"),
        "{}",
        ran.stderr
    );
    let certificate = [
        "--client-certificate",
        "client.cert",
        "--client-key",
        "client.key",
    ];
    let ran = run(&site, &[&set[..], &certificate].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let ran = run(&site, &SUBMIT);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("accuracy"), "{}", ran.stdout);
}

#[test]
fn the_web_interface_of_another_server_is_sent_no_login() {
    let site = site(Access::Token(SECRET.to_owned()));
    let other = FaultServer::start(|_| Reply::status(404));
    profile(&site, &["--token", "-"], SECRET);
    let id = run(&site, &["submit", "p.yaml", "--no-image-check"]).run_id();
    let mut command = site.command(&["artifacts", &id]);
    let ran: Ran = command
        .env_remove("KF_PIPELINES_ENDPOINT")
        .env(
            "KF_PIPELINES_UI_ENDPOINT",
            format!("http://{}", other.host()),
        )
        .output()
        .unwrap()
        .into();
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(other.lines(), Vec::<String>::new());
    // It belongs to the server that the environment names.
    let mut command = site.command(&["artifacts", &id, "--existing-token", SECRET]);
    let ran: Ran = command
        .env(
            "KF_PIPELINES_UI_ENDPOINT",
            format!("http://{}", other.host()),
        )
        .output()
        .unwrap()
        .into();
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("does not lead to KFP's metadata store"),
        "{}",
        ran.stderr
    );
    assert!(!other.lines().is_empty());
}

#[test]
fn no_verb_prints_a_secret() {
    let wrong = "an0ther-s3cret";
    let verbs: [&[&str]; 12] = [
        &["profile", "list"],
        &["profile", "list", "--json"],
        &["profile", "show"],
        &["doctor", "--cluster"],
        &["doctor", "--cluster", "--json"],
        &["submit", "p.yaml", "--no-image-check"],
        &["submit", "p.yaml", "--dry-run"],
        &["runs", "list", "--cluster"],
        &["schedule", "list"],
        &["experiments", "list", "--json"],
        &["up", "p.yaml"],
        &["watch", "4194e839-20a4-44f5-b474-1eb98d8fbde8"],
    ];
    let cookie = format!("session={wrong}");
    let header = format!("x-who: {wrong}");
    let command = format!("echo {wrong}");
    let logins: [(&[&str], &str); 5] = [
        (&["--token", "-"], wrong),
        (&["--token-command", &command], ""),
        (&["--cookie", "-"], &cookie),
        (&["--header", "-"], &header),
        (&["--user", "ann", "--password", "-"], wrong),
    ];
    for (login, secret) in logins {
        let access = if login[0] == "--user" {
            Access::Dex("ann".to_owned(), SECRET.to_owned())
        } else {
            Access::Token(SECRET.to_owned())
        };
        let site = site(access);
        assert_eq!(profile(&site, login, secret).code, Some(0));
        for verb in verbs {
            let ran = run(&site, &[verb, &["-vv"]].concat());
            let all = ran.stdout + &ran.stderr;
            assert!(!all.is_empty(), "{verb:?} says nothing");
            assert!(!all.contains(wrong), "{login:?} {verb:?}: {all}");
        }
    }
}

#[test]
fn a_wrong_password_is_told_from_a_missing_login() {
    let site = site(Access::Dex("ann".to_owned(), SECRET.to_owned()));
    let ran = site.submit(&[]);
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("the server wants a login"),
        "{}",
        ran.stderr
    );
    profile(&site, &["--user", "ann", "--password", "-"], "wrong");
    let posts = site.writes().len();
    let ran = run(&site, &["submit", "p.yaml", "--no-image-check"]);
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("Dex refuses the user or the password"),
        "{}",
        ran.stderr
    );
    assert_eq!(
        site.writes().len(),
        posts + 1,
        "one attempt: {:?}",
        site.writes()
    );
}

#[test]
fn a_session_that_ends_is_begun_again() {
    let site = site(Access::Dex("ann".to_owned(), SECRET.to_owned()));
    profile(&site, &["--user", "ann", "--password", "-"], SECRET);
    let mut command = site.command(&SUBMIT);
    site.write(
        "p.yaml",
        &super::PIPELINE.replace("SCRIPT", "sleep 0.5; printf 1 > $out"),
    );
    let child = command
        .env_remove("KF_PIPELINES_ENDPOINT")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let is_running = |site: &Site| {
        site.cluster
            .requests()
            .iter()
            .any(|one| one.line().contains("/v2beta1/runs/"))
    };
    while !is_running(&site) {
        std::thread::yield_now();
    }
    site.cluster.end_sessions();
    let ran = ended(child);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

#[test]
fn a_replaced_token_file_counts_for_the_next_request() {
    let site = site(Access::Token(SECRET.to_owned()));
    site.write("token", "old");
    let list = ["runs", "list", "--cluster", "--token-file", "token"];
    let ran = site.run(&list);
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    site.write("token", SECRET);
    assert_eq!(site.run(&list).code, Some(0));
}

#[test]
fn a_profile_is_its_owners_alone() {
    let site = site(Access::Open);
    assert_eq!(profile(&site, &["--token", "-"], SECRET).code, Some(0));
    let path = site.path("home/.config/kfp-comp/profiles.toml");
    let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let ran = run(&site, &["runs", "list", "--cluster"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("chmod 600"), "{}", ran.stderr);
}

#[test]
fn what_the_official_sdk_has_stored_is_read() {
    let site = site(Access::Header(
        "kubeflow-userid".to_owned(),
        "ann".to_owned(),
    ));
    fs::create_dir_all(site.path("home/.config/kfp")).unwrap();
    let context = r#"{"namespace": "ann", "client_authentication_header_name": "kubeflow-userid",
        "client_authentication_header_value": "ann"}"#;
    site.write("home/.config/kfp/context.json", context);
    let ran = site.run(&["runs", "list", "--cluster"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let requests = site.cluster.requests();
    assert!(
        requests
            .iter()
            .any(|one| one.target.contains("namespace=ann"))
    );
    let mut command = site.command(&["submit", "p.yaml", "--dry-run"]);
    let ran: Ran = command
        .env("KF_PIPELINES_DEFAULT_EXPERIMENT_NAME", "mine")
        .output()
        .unwrap()
        .into();
    assert!(
        ran.stdout.contains("\"experiment\": \"mine\""),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_kubeconfig_leads_through_the_kubernetes_api_with_its_credential_plugin() {
    let site = Site::with(
        FINE,
        Options {
            access: Access::Token(SECRET.to_owned()),
            prefix: "/api/v1/namespaces/kubeflow/services/ml-pipeline:http/proxy".to_owned(),
            ..Options::default()
        },
    );
    let url = site.cluster.url();
    let api = url.split("/api/").next().unwrap();
    let credential = json!({
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": SECRET, "expirationTimestamp": "2999-01-01T00:00:00Z"},
    });
    site.write("credential.json", &credential.to_string());
    let plugin = "test -n \"$KUBERNETES_EXEC_INFO\" && echo x >> \"$CALLS\" && cat \"$CREDENTIAL\"";
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "lab",
        "clusters": [{"name": "c", "cluster": {"server": api}}],
        "contexts": [{"name": "lab", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": {"exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": "sh",
            "args": ["-c", plugin],
            "env": [
                {"name": "CALLS", "value": site.path("calls")},
                {"name": "CREDENTIAL", "value": site.path("credential.json")},
            ],
        }}}],
    });
    site.write("config", &config.to_string());
    let ran = run(
        &site,
        &[
            "profile",
            "set",
            "lab",
            "--kubeconfig",
            "config",
            "--ui",
            &url,
        ],
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let ran = run(&site, &[&SUBMIT[..], &["-vv"]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("accuracy"), "{}", ran.stdout);
    assert!(!ran.stderr.contains(SECRET), "{}", ran.stderr);
    assert_eq!(
        fs::read_to_string(site.path("calls")).unwrap(),
        "x\n",
        "the plugin runs once"
    );
    let ran = run(&site, &["profile", "set", "usual", "--kubeconfig"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let mut list = site.command(&["runs", "list", "--cluster"]);
    list.env_remove("KF_PIPELINES_ENDPOINT")
        .env("KUBECONFIG", site.path("config"));
    let ran: Ran = list.output().unwrap().into();
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let ran = run(
        &site,
        &[
            "profile",
            "set",
            "other",
            "--kubeconfig",
            "config",
            "--context",
            "nobody",
        ],
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let ran = run(&site, &["runs", "list", "--cluster"]);
    assert!(
        ran.stderr
            .contains("the kubeconfig has no context `nobody`"),
        "{}",
        ran.stderr
    );
}
