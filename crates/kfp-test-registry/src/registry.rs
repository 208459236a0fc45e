//! Debian's `docker-registry`, with its own directory and port.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use kfp_registry::{Credentials, Login, Secret};
use serde_json::json;
use tempfile::TempDir;

use super::{PASSWORD, TokenIssuer, USER};

/// bcrypt of [`PASSWORD`], the only form the registry reads.
const HTPASSWD: &str = "ann:$2y$04$iHynWQcZjZmuDjoIYR6Y1u9TolEiCEybyc5h2kJ6YK2y2EkDnIFSu\n";
const READY_WITHIN: Duration = Duration::from_secs(60);

/// How a [`DockerRegistry`] is set up.
#[derive(Clone, Copy, Default)]
pub enum Setup<'a> {
    /// Open to everyone.
    #[default]
    Open,
    /// Basic authentication as [`USER`].
    Basic,
    /// Tokens of that issuer.
    Tokens(&'a TokenIssuer),
    /// Open, HTTPS with its own certificate, see [`DockerRegistry::ca_file`].
    Tls,
    /// Like `Tls`, but every `Location` it gives is an http URL.
    TlsThenHttp,
}

/// A running registry; it ends, and its data goes, when this is dropped.
pub struct DockerRegistry {
    process: Child,
    folder: TempDir,
    host: String,
}

impl DockerRegistry {
    /// Starts a registry, or skips the calling test if there is none to start.
    ///
    /// # Panics
    /// When it is there and does not start.
    pub fn start(setup: Setup) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = folder.path().join("config.yml");
        fs::write(folder.path().join("htpasswd"), HTPASSWD).expect("htpasswd");
        fs::write(&config, configuration(setup, &folder)).expect("config.yml");
        let log = |name| File::create(folder.path().join(name)).expect("a log");
        let mut command = Command::new("docker-registry");
        command
            .arg("serve")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(log("access.log"))
            .stderr(log("error.log"));
        let process = match command.spawn() {
            Ok(process) => process,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                kfp_test_support::skip("docker-registry is not installed");
                return None;
            }
            Err(error) => panic!("docker-registry: {error}"),
        };
        let mut registry = Self {
            process,
            folder,
            host: String::new(),
        };
        registry.host = registry.listening();
        Some(registry)
    }

    /// The address it chose, once it says so.
    fn listening(&mut self) -> String {
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            let log = self.log("error.log");
            let address = log
                .split_once("listening on ")
                .and_then(|(_, rest)| rest.split_once(['"', ',']));
            if let Some((address, _)) = address {
                return address.to_owned();
            }
            let ended = self.process.try_wait().expect("its status");
            assert!(
                ended.is_none() && Instant::now() < deadline,
                "docker-registry does not start:\n{log}"
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Host and port, as in a reference.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The certificate that `Setup::Tls` serves.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    /// The login of [`USER`] at this registry.
    pub fn credentials(&self) -> Credentials {
        Credentials::none().with(
            &self.host,
            Login::Password {
                user: USER.to_owned(),
                password: Secret::new(PASSWORD),
            },
        )
    }

    /// Every request so far, as `METHOD path`. A line is written before its answer is sent, so none is missing.
    pub fn requests(&self) -> Vec<String> {
        let request = |line: &str| {
            Some(
                line.split('"')
                    .nth(1)?
                    .trim_end_matches(" HTTP/1.1")
                    .to_owned(),
            )
        };
        self.log("access.log").lines().filter_map(request).collect()
    }

    fn log(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }
}

impl Drop for DockerRegistry {
    fn drop(&mut self) {
        let _already_ended = self.process.kill();
        let _already_ended = self.process.wait();
    }
}

/// The configuration, in JSON, which is YAML too.
fn configuration(setup: Setup, folder: &TempDir) -> String {
    let path = |name| folder.path().join(name).display().to_string();
    let mut config = json!({
        "version": 0.1,
        "log": { "accesslog": { "disabled": false } },
        "storage": {
            "filesystem": { "rootdirectory": path("data") },
            "delete": { "enabled": true },
            "maintenance": { "uploadpurging": { "enabled": false } },
        },
        "http": { "addr": "127.0.0.1:0" },
    });
    match setup {
        Setup::Open => {}
        Setup::Basic => {
            config["auth"] = json!({ "htpasswd": { "realm": "tests", "path": path("htpasswd") } });
        }
        Setup::Tokens(issuer) => {
            fs::write(path("cert.pem"), issuer.certificate()).expect("cert.pem");
            let (realm, bundle) = (issuer.realm(), path("cert.pem"));
            config["auth"] = json!({
                "token": { "realm": realm, "service": "tests", "issuer": "tests", "rootcertbundle": bundle },
            });
        }
        Setup::Tls | Setup::TlsThenHttp => {
            let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
            let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
            fs::write(path("cert.pem"), made.cert.pem()).expect("cert.pem");
            fs::write(path("key.pem"), made.signing_key.serialize_pem()).expect("key.pem");
            config["http"]["tls"] =
                json!({ "certificate": path("cert.pem"), "key": path("key.pem") });
            if matches!(setup, Setup::TlsThenHttp) {
                config["http"]["host"] = json!("http://localhost:9");
            }
        }
    }
    config.to_string()
}
