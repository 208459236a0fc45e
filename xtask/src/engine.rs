//! A Docker engine: the machine's, or one started for the tests and stopped with them.

use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::process::{command, find, find_all, read, succeeds};
use crate::{report, workspace};

/// How long a new engine may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// An engine that answers, and a client that builds with BuildKit.
pub(crate) struct Engine {
    client: PathBuf,
    started: Option<Started>,
}

/// An engine of our own.
struct Started {
    daemon: Child,
    /// Its sockets, whose paths must be short.
    sockets: PathBuf,
}

impl Engine {
    /// The machine's engine if it answers, else a new one; the error says what keeps it from starting.
    pub(crate) fn start() -> Result<Self> {
        let client = client()?;
        let machines = Self {
            client,
            started: None,
        };
        if machines.answers() {
            return Ok(machines);
        }
        if find("dockerd").is_none() {
            bail!("no Docker engine answers, and dockerd is not installed (.ci/setup installs it)");
        }
        if !succeeds(command("sh").args(["-c", "test $(id -u) = 0"])) {
            bail!("no Docker engine answers, and starting one needs root");
        }
        Self::start_own(machines.client.clone())
    }

    fn start_own(client: PathBuf) -> Result<Self> {
        let state = directory();
        let sockets = std::env::temp_dir().join(format!("kfp-engine-{}", std::process::id()));
        fs::create_dir_all(&state)?;
        fs::create_dir_all(&sockets)?;
        let mut log = fs::OpenOptions::new()
            .create(true)
            .truncate(true)
            .read(true)
            .write(true)
            .open(state.join("log"))?;
        report::status(
            "Starting",
            &format!("a Docker engine in {}", state.display()),
        );
        let daemon = daemon(&state, &sockets)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log.try_clone()?)
            .spawn()
            .context("dockerd")?;
        let mut engine = Self {
            client,
            started: Some(Started { daemon, sockets }),
        };
        let start = Instant::now();
        while !engine.answers() {
            let ended = engine.started.as_mut().map(|own| own.daemon.try_wait());
            if start.elapsed() > PATIENCE || !matches!(ended, Some(Ok(None))) {
                let mut said = String::new();
                log.seek(SeekFrom::Start(0))?;
                log.read_to_string(&mut said)?;
                let last = said.trim().lines().last().unwrap_or_default();
                bail!("dockerd does not start: {last}");
            }
            sleep(Duration::from_millis(100));
        }
        Ok(engine)
    }

    fn answers(&self) -> bool {
        succeeds(self.docker("info").args(["--format", "{{.ServerVersion}}"]))
    }

    /// The client, speaking to this engine.
    pub(crate) fn docker(&self, verb: &str) -> Command {
        let mut docker = command(&self.client.to_string_lossy());
        if let Some(host) = self.host() {
            docker.env("DOCKER_HOST", host);
        }
        docker.arg(verb);
        docker
    }

    /// What `DOCKER_HOST` must be, where it is not the environment's.
    pub(crate) fn host(&self) -> Option<String> {
        let started = self.started.as_ref()?;
        Some(format!("unix://{}/docker.sock", started.sockets.display()))
    }

    /// Whether it was started here and holds nothing of anybody else's.
    pub(crate) fn is_ours(&self) -> bool {
        self.started.is_some()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let Some(started) = &mut self.started else {
            return;
        };
        // SIGTERM: the daemon takes its containers and mounts down with it.
        let _gone = command("kill")
            .arg(started.daemon.id().to_string())
            .status();
        let _gone = started.daemon.wait();
        let _gone = fs::remove_dir_all(&started.sockets);
    }
}

/// The first docker on the search path that builds with BuildKit: one with the plugin buildx, or one older than that.
fn client() -> Result<PathBuf> {
    let clients: Vec<_> = find_all("docker").collect();
    if clients.is_empty() {
        bail!("docker is not installed (.ci/setup installs it)");
    }
    let builds = |client: &PathBuf| {
        let client = client.to_string_lossy();
        let version = read(command(&client).arg("--version")).unwrap_or_default();
        let major = version
            .trim_start_matches(|c: char| !c.is_ascii_digit())
            .split('.')
            .next();
        let has_it_inside = major
            .and_then(|major| major.parse().ok())
            .is_some_and(|major: u32| major < 23);
        has_it_inside || succeeds(command(&client).args(["buildx", "version"]))
    };
    clients
        .into_iter()
        .find(builds)
        .context("no docker here builds with BuildKit: the plugin buildx is not installed")
}

/// Where everything of the engine's is that outlives it: images, and what they are built with.
pub(crate) fn directory() -> PathBuf {
    workspace::target().join("engine")
}

fn daemon(state: &Path, sockets: &Path) -> Command {
    let mut daemon = command("dockerd");
    daemon
        .arg(format!("--host=unix://{}/docker.sock", sockets.display()))
        .arg(format!("--data-root={}", state.join("data").display()))
        .arg(format!("--exec-root={}", sockets.join("exec").display()))
        .arg(format!("--pidfile={}", state.join("docker.pid").display()));
    daemon
}
