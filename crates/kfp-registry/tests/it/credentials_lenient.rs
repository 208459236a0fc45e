//! Files that docker reads without complaint, and places that cannot be read among places that can.

use kfp_registry::{Client, Credentials, Error, Lookup, Secret};
use kfp_test_registry::FaultServer;
use kfp_test_registry::Reply;

use crate::common::image;
use crate::credentials::{Home, docker, password};
use crate::script::{eager, normal};

/// base64 of ann:x
const AUTH: &str = "YW5uOng=";

#[test]
fn null_is_absent() {
    for config in [
        r#"{"auths":null}"#,
        r#"{"auths":{},"credHelpers":null,"credsStore":null}"#,
        r#"{"auths":{"ghcr.io":null}}"#,
        r#"{"auths":{"ghcr.io":{"auth":null,"username":null,"identitytoken":null}}}"#,
        r#"{"auths":{"ghcr.io":{}},"credHelpers":{"ghcr.io":null}}"#,
        "null",
        "{}",
        "",
        " \n",
        "\u{feff}{}",
    ] {
        assert_eq!(docker(config).login("ghcr.io/a").unwrap(), None, "{config}");
    }
}

#[test]
fn what_docker_ignores_is_ignored() {
    for rest in [
        r#""email":null"#,
        r#""email":7"#,
        r#""identitytoken":null"#,
        r#""username":"other""#,
        r#""something":{"new":[]}"#,
    ] {
        let config = format!(
            r#"{{"auths":{{"ghcr.io":{{"auth":"{AUTH}",{rest}}},"odd.io":7}},"HttpHeaders":null,"plugins":{{}}}}"#
        );
        let login = docker(&config).login("ghcr.io/a").unwrap();
        assert_eq!(login, Some(password("ann", "x")), "{config}");
    }
    let wrapped = r#"{"auths":{"ghcr.io":{"auth":"YW5u\nOng=\n"}}}"#;
    let login = docker(wrapped).login("ghcr.io/a").unwrap();
    assert_eq!(login, Some(password("ann", "x")));
}

#[test]
fn an_empty_helper_means_the_file() {
    let config = format!(
        r#"{{"auths":{{"one.io":{{"auth":"{AUTH}"}},"two.io":{{"auth":"{AUTH}"}}}},
            "credHelpers":{{"one.io":""}},"credsStore":"gone"}}"#
    );
    let home = docker(&config);
    let ann = Some(password("ann", "x"));
    assert_eq!(home.login("one.io/a").unwrap(), ann);
    assert_eq!(home.login("two.io/a").unwrap(), ann);
    assert!(home.login("three.io/a").is_err(), "its helper is missing");
    let none = r#"{"credHelpers":{"one.io":""},"credsStore":"gone"}"#;
    assert_eq!(docker(none).login("one.io/a").unwrap(), None);
    let empty = r#"{"credsStore":""}"#;
    assert_eq!(docker(empty).login("one.io/a").unwrap(), None);
}

#[test]
fn an_entry_that_cannot_be_used_stops_only_its_own_host() {
    for odd in [r#""s3cret""#, "7", r#"{"auth":"%s3cret"}"#, r#"{"auth":7}"#] {
        let home = docker(&format!(
            r#"{{"auths":{{"odd.io":{odd},"ghcr.io":{{"auth":"{AUTH}"}}}}}}"#
        ));
        assert_eq!(home.login("ghcr.io/a").unwrap(), Some(password("ann", "x")));
        assert_eq!(home.login("other.io/a").unwrap(), None);
        let error = home.login("odd.io/a").unwrap_err();
        assert!(matches!(error, Error::CredentialFile { .. }), "{error}");
        assert!(!format!("{error:?}").contains("s3cret"));
    }
}

#[test]
fn a_place_that_cannot_be_read_does_not_hide_another() {
    let good = format!(r#"{{"auths":{{"ghcr.io":{{"auth":"{AUTH}"}}}}}}"#);
    for broken in [
        "{",
        r#"{"credHelpers":{"ghcr.io":"gone"}}"#,
        r#"{"credHelpers":{"ghcr.io":7}}"#,
    ] {
        let home = Home::with(&[
            ("run/containers/auth.json", broken),
            (".docker/config.json", &good),
        ]);
        let variables = [("XDG_RUNTIME_DIR", "run")];
        let login = home.login_with(&variables, "ghcr.io/a").unwrap();
        assert_eq!(login, Some(password("ann", "x")), "{broken}");
        // Where nothing is found, the reason is told.
        let alone = Home::with(&[(".docker/config.json", broken)]);
        assert!(alone.login("ghcr.io/a").is_err(), "{broken}");
    }
    // A folder in the place of a file.
    let home = Home::with(&[
        ("run/containers/auth.json/x", ""),
        (".docker/config.json", &good),
    ]);
    let login = home.login_with(&[("XDG_RUNTIME_DIR", "run")], "ghcr.io/a");
    assert_eq!(login.unwrap(), Some(password("ann", "x")));
}

#[test]
fn a_helper_that_fails_does_not_hide_an_entry() {
    let config = format!(
        r#"{{"auths":{{"ghcr.io":{{"auth":"{AUTH}"}}}},"credHelpers":{{"ghcr.io":"gone"}}}}"#
    );
    let login = docker(&config).login("ghcr.io/a").unwrap();
    assert_eq!(login, Some(password("ann", "x")));
}

#[test]
fn docker_auth_config_is_read_before_the_files() {
    let file =
        |user: &str| format!(r#"{{"auths":{{"ghcr.io":{{"username":"{user}","password":"x"}}}}}}"#);
    let login = |inline: &str, image: &str| {
        let home = docker(&file("file"));
        let credentials = Credentials::from_vars(|name| match name {
            "HOME" => Some(home.path("")),
            "DOCKER_AUTH_CONFIG" => Some(inline.into()),
            _ => None,
        });
        credentials.login(&image.parse().unwrap())
    };
    let user = |inline: &str| login(inline, "ghcr.io/a").unwrap();
    assert_eq!(user(&file("inline")), Some(password("inline", "x")));
    for other in ["", "{", r#"{"auths":{"other.io":{"auth":"YW5uOng="}}}"#] {
        assert_eq!(user(other), Some(password("file", "x")), "{other}");
    }
    let error = login("{\"s3cret", "quay.io/a").unwrap_err();
    assert!(error.to_string().contains("DOCKER_AUTH_CONFIG"), "{error}");
    let shown = format!("{:?}", Credentials::from_vars(|_| Some("s3cret".into())));
    assert!(!shown.contains("inline"), "{shown}");
}

#[test]
fn a_web_login_to_docker_hub_leaves_its_password_where_it_was() {
    let entry = |secret: &str| format!(r#"{{"username":"ann","password":"{secret}"}}"#);
    let config = format!(
        r#"{{"auths":{{"https://index.docker.io/v1/":{},"https://index.docker.io/v1/access-token":{},"https://index.docker.io/v1/refresh-token":{}}}}}"#,
        entry("good"),
        entry("access"),
        entry("refresh")
    );
    let login = docker(&config).login("acme/app").unwrap();
    assert_eq!(login, Some(password("ann", "good")));
}

#[test]
fn what_needs_no_login_needs_no_readable_place_and_what_does_says_which_is_odd() {
    let home = docker("{");
    let credentials = Credentials::from_vars(|name| (name == "HOME").then(|| home.path("")));
    let (client, _) = eager(Client::builder().credentials(credentials));
    let open = FaultServer::start(normal);
    let found = client.look_up(&image(open.host(), "acme/app:1"));
    assert!(matches!(found, Ok(Lookup::Found(_))), "{found:?}");

    let guarded =
        FaultServer::start(|_| Reply::status(401).header("www-authenticate", "Basic realm=\"x\""));
    let error = client
        .head_manifest(&image(guarded.host(), "acme/app:1"))
        .unwrap_err();
    assert!(matches!(error, Error::LoginNeeded { .. }), "{error}");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        cause.contains("config.json is not a credentials file"),
        "{cause}"
    );
    assert!(
        error.hint().unwrap().starts_with("repair or remove"),
        "{:?}",
        error.hint()
    );
    assert_eq!(format!("{:?}", Secret::new("s3cret")), "[redacted]");
}
