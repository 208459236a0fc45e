//! A Docker engine for tests: the one `DOCKER_HOST` names, or one of our own that leaves nothing behind.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kfp_test_support::skip;

use super::run;

const READY_WITHIN: Duration = Duration::from_secs(60);

/// A running engine; one of our own ends when this is dropped.
pub(crate) struct Docker {
    host: String,
    own: Option<(Child, tempfile::TempDir)>,
}

impl Docker {
    /// An engine that answers, or nothing, said loudly.
    pub(crate) fn start() -> Option<Self> {
        if let Ok(host) = std::env::var("DOCKER_HOST") {
            let named = Self { host, own: None };
            if named.answers() {
                return Some(named);
            }
        }
        let folder = tempfile::Builder::new().prefix("kfp").tempdir().unwrap();
        let path = |name: &str| format!("{}/{name}", folder.path().display());
        let host = format!("unix://{}", path("docker.sock"));
        let log = std::fs::File::create(path("log")).unwrap();
        let daemon = Command::new("dockerd")
            .args([
                "--host",
                &host,
                "--data-root",
                &path("data"),
                "--exec-root",
                &path("exec"),
            ])
            .args([
                "--pidfile",
                &path("pid"),
                "--bridge=none",
                "--iptables=false",
            ])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        let Ok(daemon) = daemon else {
            skip("dockerd is not installed");
            return None;
        };
        let mut docker = Self {
            host,
            own: Some((daemon, folder)),
        };
        let started = Instant::now();
        while !docker.answers() {
            let ended = docker
                .own
                .as_mut()
                .is_some_and(|(daemon, _)| !matches!(daemon.try_wait(), Ok(None)));
            if ended || started.elapsed() > READY_WITHIN {
                skip("dockerd does not start");
                return None;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(docker)
    }

    fn answers(&self) -> bool {
        self.command(&["version"])
            .output()
            .is_ok_and(|output| output.status.success())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut docker = Command::new("docker");
        docker.env("DOCKER_HOST", &self.host).args(arguments);
        docker
    }

    /// Runs `docker` with `arguments`, which must succeed.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        run(&mut self.command(arguments))
    }

    /// Loads an archive.
    pub(crate) fn load(&self, file: &Path) -> String {
        self.run(&["load", "--input", super::text(file)])
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        let Some((daemon, _)) = &mut self.own else {
            return;
        };
        // A signal it handles, so that it unmounts what it mounted.
        let _gone = Command::new("kill").arg(daemon.id().to_string()).status();
        let _gone = daemon.wait();
    }
}
