//! A Docker engine: the one `DOCKER_HOST` names, or one that is started for a test and leaves nothing behind.

use std::{
    fs::File,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use kfp_test_support::skip;
use tempfile::TempDir;

const READY_WITHIN: Duration = Duration::from_secs(60);

/// A running engine; one that was started ends when this is dropped.
#[derive(Debug)]
pub struct DockerEngine {
    host: String,
    own: Option<(Child, TempDir)>,
}

impl DockerEngine {
    /// An engine that answers, or nothing, said loudly.
    ///
    /// # Panics
    /// If there is no directory for its files.
    pub fn start() -> Option<Self> {
        if let Ok(host) = std::env::var("DOCKER_HOST") {
            let named = Self { host, own: None };
            if named.answers() {
                return Some(named);
            }
        }
        let folder = tempfile::Builder::new().prefix("kfp").tempdir().unwrap();
        let path = |name: &str| format!("{}/{name}", folder.path().display());
        let host = format!("unix://{}", path("docker.sock"));
        let log = File::create(path("log")).unwrap();
        let daemon = Command::new("dockerd")
            .args(["--host", &host])
            .args(["--data-root", &path("data")])
            .args(["--exec-root", &path("exec")])
            .args(["--pidfile", &path("pid")])
            .args(["--bridge=none", "--iptables=false"])
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
            thread::sleep(Duration::from_millis(50));
        }
        Some(docker)
    }

    /// What `DOCKER_HOST` has to be for a client of it.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The client of it, with arguments.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut docker = Command::new("docker");
        docker.env("DOCKER_HOST", &self.host).args(arguments);
        docker
    }

    fn answers(&self) -> bool {
        self.command(&["version"])
            .output()
            .is_ok_and(|output| output.status.success())
    }
}

impl Drop for DockerEngine {
    fn drop(&mut self) {
        let Some((daemon, _)) = &mut self.own else {
            return;
        };
        // A signal it handles, so that it unmounts what it mounted.
        let _gone = Command::new("kill").arg(daemon.id().to_string()).status();
        let _gone = daemon.wait();
    }
}
