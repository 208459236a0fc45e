//! Logins as docker and podman leave them behind.

use std::ffi::OsString;
use std::fs;

use kfp_registry::{Credentials, Error, Login, Reference, Result, Secret};
use tempfile::TempDir;

pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(folder)
    }

    pub(crate) fn path(&self, name: &str) -> OsString {
        self.0.path().join(name).into()
    }

    pub(crate) fn login_with(
        &self,
        variables: &[(&str, &str)],
        image: &str,
    ) -> Result<Option<Login>> {
        let credentials = Credentials::from_vars(|name| match name {
            "HOME" => Some(self.path("")),
            "PATH" => Some(format!("{}:/bin:/usr/bin", self.0.path().join("bin").display()).into()),
            _ => variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, file)| self.path(file)),
        });
        credentials.login(&image.parse::<Reference>().unwrap())
    }

    pub(crate) fn login(&self, image: &str) -> Result<Option<Login>> {
        self.login_with(&[], image)
    }

    /// Installs `docker-credential-<name>`.
    #[cfg(unix)]
    fn helper(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = self
            .0
            .path()
            .join("bin")
            .join(format!("docker-credential-{name}"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

pub(crate) fn docker(config: &str) -> Home {
    Home::with(&[(".docker/config.json", config)])
}

pub(crate) fn password(user: &str, password: &str) -> Login {
    Login::Password {
        user: user.to_owned(),
        password: Secret::new(password),
    }
}

#[test]
fn without_any_file_there_is_no_login() {
    assert_eq!(Home::with(&[]).login("ghcr.io/acme/app").unwrap(), None);
}

#[test]
fn an_auth_is_split_at_its_first_colon_padded_or_not() {
    // ann:wonder:land, ann:wonder:lan
    for (auth, secret) in [
        ("YW5uOndvbmRlcjpsYW5k", "wonder:land"),
        ("YW5uOndvbmRlcjpsYW4=", "wonder:lan"),
        ("YW5uOndvbmRlcjpsYW4", "wonder:lan"),
    ] {
        let home = docker(&format!(r#"{{"auths":{{"ghcr.io":{{"auth":"{auth}"}}}}}}"#));
        assert_eq!(
            home.login("ghcr.io/acme/app").unwrap(),
            Some(password("ann", secret)),
            "{auth}"
        );
    }
}

#[test]
fn user_name_and_password_may_stand_apart() {
    let home = docker(r#"{"auths":{"ghcr.io":{"username":"ann","password":"x"}}}"#);
    assert_eq!(
        home.login("ghcr.io/acme/app").unwrap(),
        Some(password("ann", "x"))
    );
    assert_eq!(home.login("quay.io/acme/app").unwrap(), None);
}

#[test]
fn tokens_come_before_passwords() {
    let home = docker(
        r#"{"auths":{
        "one.io":{"auth":"PHRva2VuPjo=","identitytoken":"idt"},
        "two.io":{"registrytoken":"rgt"},
        "three.io":{"username":"<token>","password":"idt"}}}"#,
    );
    let identity = Login::IdentityToken {
        user: "<token>".to_owned(),
        token: Secret::new("idt"),
    };
    assert_eq!(home.login("one.io/a").unwrap(), Some(identity.clone()));
    assert_eq!(
        home.login("two.io/a").unwrap(),
        Some(Login::RegistryToken(Secret::new("rgt")))
    );
    assert_eq!(home.login("three.io/a").unwrap(), Some(identity));
}

#[test]
fn docker_hub_is_one_registry_under_all_its_names() {
    for key in [
        "https://index.docker.io/v1/",
        "docker.io",
        "index.docker.io",
        "https://registry-1.docker.io/v2/",
    ] {
        let home = docker(&format!(
            r#"{{"auths":{{"{key}":{{"username":"ann","password":"x"}}}}}}"#
        ));
        assert_eq!(
            home.login("acme/app").unwrap(),
            Some(password("ann", "x")),
            "{key}"
        );
    }
}

#[test]
fn the_longest_path_of_podman_decides() {
    let home = Home::with(&[(
        "run/containers/auth.json",
        r#"{"auths":{
            "quay.io":{"username":"host","password":"x"},
            "quay.io/acme":{"username":"acme","password":"x"},
            "quay.io/acme/app":{"username":"app","password":"x"}}}"#,
    )]);
    for (image, user) in [
        ("quay.io/acme/app", "app"),
        ("quay.io/acme/apple", "acme"),
        ("quay.io/other/app", "host"),
    ] {
        let login = home
            .login_with(&[("XDG_RUNTIME_DIR", "run")], image)
            .unwrap();
        assert_eq!(login, Some(password(user, "x")), "{image}");
    }
}

#[test]
fn files_are_asked_in_order() {
    let file =
        |user: &str| format!(r#"{{"auths":{{"ghcr.io":{{"username":"{user}","password":"x"}}}}}}"#);
    let texts = ["explicit", "runtime", "config", "docker", "home"].map(file);
    let home = Home::with(&[
        ("auth.json", &texts[0]),
        ("run/containers/auth.json", &texts[1]),
        ("config/containers/auth.json", &texts[2]),
        ("docker/config.json", &texts[3]),
        (".docker/config.json", &texts[4]),
    ]);
    let variables = [
        ("REGISTRY_AUTH_FILE", "auth.json"),
        ("XDG_RUNTIME_DIR", "run"),
        ("XDG_CONFIG_HOME", "config"),
        ("DOCKER_CONFIG", "docker"),
    ];
    for (skip, user) in ["explicit", "runtime", "config", "docker", "home"]
        .iter()
        .enumerate()
    {
        let login = home
            .login_with(&variables[skip..], "ghcr.io/acme/app")
            .unwrap();
        assert_eq!(login, Some(password(user, "x")));
    }
}

#[test]
fn a_given_login_comes_before_every_file() {
    let given = Login::Password {
        user: "flag".to_owned(),
        password: Secret::new("y"),
    };
    let credentials = Credentials::none().with("index.docker.io", given.clone());
    assert_eq!(
        credentials.login(&"acme/app".parse().unwrap()).unwrap(),
        Some(given)
    );
    assert_eq!(
        credentials
            .login(&"ghcr.io/acme/app".parse().unwrap())
            .unwrap(),
        None
    );
}

#[cfg(unix)]
#[test]
fn a_helper_is_asked_by_host_before_the_entries_and_the_store_after_them() {
    let home = docker(
        r#"{
        "credHelpers":{"one.io":"own"},
        "auths":{"one.io":{"username":"entry","password":"x"},"two.io":{"username":"entry","password":"x"},"three.io":{}},
        "credsStore":"store"}"#,
    );
    home.helper("own", r#"[ "$1 $(cat)" = "get one.io" ] && echo '{"ServerURL":"one.io","Username":"own","Secret":"s"}'"#);
    home.helper(
        "store",
        r#"[ "$1 $(cat)" = "get three.io" ] && echo '{"Username":"<token>","Secret":"idt"}'"#,
    );
    assert_eq!(home.login("one.io/a").unwrap(), Some(password("own", "s")));
    assert_eq!(
        home.login("two.io/a").unwrap(),
        Some(password("entry", "x"))
    );
    let identity = Login::IdentityToken {
        user: "<token>".to_owned(),
        token: Secret::new("idt"),
    };
    assert_eq!(home.login("three.io/a").unwrap(), Some(identity));
}

#[cfg(unix)]
#[test]
fn helpers_know_docker_hub_by_its_old_url() {
    let home = docker(r#"{"credsStore":"store"}"#);
    home.helper(
        "store",
        r#"[ "$(cat)" = "https://index.docker.io/v1/" ] && echo '{"Username":"hub","Secret":"s"}'"#,
    );
    assert_eq!(home.login("acme/app").unwrap(), Some(password("hub", "s")));
}

#[cfg(unix)]
#[test]
fn a_helper_that_has_nothing_is_a_miss_and_one_that_fails_an_error() {
    let home = docker(r#"{"credsStore":"store"}"#);
    home.helper(
        "store",
        "echo 'credentials not found in native keychain'; exit 1",
    );
    assert_eq!(home.login("ghcr.io/acme/app").unwrap(), None);
    for script in ["echo s3cret >&2; exit 2", "echo s3cret"] {
        home.helper("store", script);
        let error = home.login("ghcr.io/acme/app").unwrap_err();
        assert!(matches!(error, Error::CredentialHelper { .. }), "{error}");
        assert!(!format!("{error} {error:?}").contains("s3cret"));
        assert_eq!(
            error.hint().as_deref(),
            Some("echo ghcr.io | docker-credential-store get")
        );
    }
}

#[test]
fn a_helper_that_is_not_installed_is_named() {
    let error = docker(r#"{"credsStore":"gone"}"#)
        .login("ghcr.io/acme/app")
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("`docker-credential-gone` cannot be started"),
        "{error}"
    );
}

#[test]
fn a_broken_file_is_named_without_quoting_it() {
    for text in [
        "{",
        r#"{"auths":{"ghcr.io":"s3cret"}}"#,
        r#"{"auths":{"ghcr.io":{"auth":"%s3cret"}}}"#,
    ] {
        let home = docker(text);
        let error = home.login("ghcr.io/acme/app").unwrap_err();
        assert!(
            matches!(&error, Error::CredentialFile { place, .. } if place.starts_with(home.0.path().to_str().unwrap())),
            "{error}"
        );
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }
}

#[test]
fn a_secret_does_not_show() {
    assert_eq!(format!("{:?}", Secret::new("s3cret")), "[redacted]");
}
