//! Images run by podman or docker, through their command line.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use rustix::process::{getgid, getuid};

use crate::task::digest;

/// What tells the containers of a run.
const LABEL: &str = "kfp.tasks";

/// A container engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Engine {
    /// The client's program.
    program: PathBuf,
}

/// What a container sees of this machine.
#[derive(Debug)]
pub(crate) struct Container<'a> {
    /// The directory of the run's tasks.
    pub(crate) tasks: &'a str,
    /// The directory of the attempt, which it writes to.
    pub(crate) directory: &'a Path,
    /// Files and directories it reads.
    pub(crate) inputs: BTreeSet<&'a Path>,
    /// Directories of volumes, by the path it sees them at.
    pub(crate) volumes: &'a BTreeMap<String, PathBuf>,
    /// Directories of secrets and config maps, which it reads, in the same way.
    pub(crate) files: &'a BTreeMap<String, PathBuf>,
    /// Variables whose values may be seen by all.
    pub(crate) environment: Vec<(String, String)>,
    /// Variables whose values are passed on from the client's environment.
    pub(crate) secrets: Vec<&'a str>,
    pub(crate) limits: Limits,
}

/// What a container may use.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    /// CPUs, in parts of one; all if there is no limit.
    pub cpus: Option<f64>,
    /// Bytes of memory.
    pub memory: Option<f64>,
}

impl Limits {
    /// The options of podman and docker. Docker refuses `--cpus` of more than the machine has, but no share of time.
    fn options(self) -> Vec<String> {
        const PERIOD: f64 = 100_000.0;
        let cpus = self.cpus.map(|cpus| {
            let quota = (cpus * PERIOD).round();
            [
                "--cpu-period".into(),
                PERIOD.to_string(),
                "--cpu-quota".into(),
                quota.to_string(),
            ]
        });
        let memory = self
            .memory
            .map(|bytes| ["--memory".into(), bytes.round().to_string()]);
        cpus.into_iter()
            .flatten()
            .chain(memory.into_iter().flatten())
            .collect()
    }
}

impl Engine {
    /// The engine a program is the client of, if it answers.
    ///
    /// # Errors
    /// What keeps it from running containers.
    pub fn at(program: impl Into<PathBuf>) -> Result<Self, String> {
        let engine = Self {
            program: program.into(),
        };
        let output = engine
            .command(["info", "--format", "{{.}}"])
            .stdout(Stdio::null())
            .output()
            .map_err(|error| format!("could not run `{}`: {error}", engine.program.display()))?;
        if output.status.success() {
            return Ok(engine);
        }
        Err(last_line(&output.stderr))
    }

    /// The first of podman and docker that answers.
    ///
    /// # Errors
    /// If there is none, with what keeps those that are installed from running.
    pub fn find() -> Result<Self, String> {
        let mut reasons = Vec::new();
        for name in ["podman", "docker"] {
            if !is_on_path(name) {
                continue;
            }
            match Self::at(name) {
                Ok(engine) => return Ok(engine),
                Err(error) => reasons.push(format!("{name} does not answer: {error}")),
            }
        }
        if reasons.is_empty() {
            return Err("neither podman nor docker is installed".into());
        }
        Err(reasons.join("; "))
    }

    /// What it is called.
    pub fn name(&self) -> String {
        let name = self.program.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    fn is_podman(&self) -> bool {
        self.name().contains("podman")
    }

    fn command<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).stdin(Stdio::null());
        command
    }

    /// The id of an image the engine has.
    pub(crate) fn image_id(&self, image: &str) -> Option<String> {
        let output = self
            .command(["image", "inspect", "--format", "{{.Id}}", image])
            .output()
            .ok()?;
        let id = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        (output.status.success() && !id.is_empty()).then_some(id)
    }

    /// Fetches an image.
    pub(crate) fn pull(&self, image: &str) -> Result<(), String> {
        let output = self
            .command(["pull", "--quiet", image])
            .output()
            .map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!(
            "{} could not pull `{image}`: {}",
            self.name(),
            last_line(&output.stderr)
        ))
    }

    /// The command line that runs an image. It goes on existing after its end until [`Engine::remove`], so that its exit
    /// code is never lost.
    pub(crate) fn command_line(
        &self,
        image: &str,
        line: &[String],
        container: &Container<'_>,
    ) -> Result<Vec<String>, String> {
        let (program, arguments) = line.split_first().ok_or("the command line is empty")?;
        let mut all = vec![self.program.to_string_lossy().into_owned(), "run".into()];
        let mut add = |words: &[&str]| all.extend(words.iter().map(|word| (*word).to_owned()));
        add(&["--name", &name(container.directory)]);
        add(&["--label", &format!("{LABEL}={}", container.tasks)]);
        if self.is_podman() {
            // Files of this machine have no label that a container may read.
            add(&["--security-opt", "label=disable"]);
        }
        // An image's own user could not write into the attempt's directory, not even where this one is root.
        let (user, group) = (getuid(), getgid());
        if !user.is_root() && self.is_podman() {
            add(&["--userns", "keep-id"]);
        }
        add(&["--user", &format!("{}:{}", user.as_raw(), group.as_raw())]);
        let mut mount = |from: &Path, to: &str, mode: &str| -> Result<(), String> {
            let from = from.to_string_lossy();
            if from.contains(':') || to.contains(':') {
                return Err(format!("`{from}` cannot be mounted: its name has a colon"));
            }
            add(&["--volume", &format!("{from}:{to}{mode}")]);
            Ok(())
        };
        mount(
            container.directory,
            &container.directory.to_string_lossy(),
            "",
        )?;
        for input in &container.inputs {
            if !input.starts_with(container.directory) {
                mount(input, &input.to_string_lossy(), ":ro")?;
            }
        }
        for (path, directory) in container.volumes {
            mount(directory, path, "")?;
        }
        for (path, directory) in container.files {
            mount(directory, path, ":ro")?;
        }
        all.extend(container.limits.options());
        let mut add = |words: &[&str]| all.extend(words.iter().map(|word| (*word).to_owned()));
        for (name, value) in &container.environment {
            add(&["--env", &format!("{name}={value}")]);
        }
        for name in &container.secrets {
            add(&["--env", name]);
        }
        // KFP does not use an image's own ENTRYPOINT.
        add(&["--entrypoint", program, image]);
        all.extend(arguments.iter().cloned());
        Ok(all)
    }

    /// Ends what runs in the directory of an attempt, and forgets it.
    pub(crate) fn remove(&self, directory: &Path) {
        self.remove_named(&name(directory));
    }

    /// Ends what a runner that was killed left behind of a run, by the directory of its tasks.
    pub fn remove_left_behind(&self, tasks: &str) {
        let label = format!("label={LABEL}={tasks}");
        let found = self
            .command(["ps", "--all", "--quiet", "--filter", &label])
            .output();
        let found = found.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        for id in found.unwrap_or_default().lines() {
            self.remove_named(id);
        }
    }

    fn remove_named(&self, container: &str) {
        let mut command = self.command(["rm", "--force"]);
        if self.is_podman() {
            // Docker does not wait for the container to end by itself.
            command.args(["--time", "0"]);
        }
        // There may be none any more.
        let _ = command.arg(container).output();
    }
}

/// The name of the container of an attempt.
fn name(directory: &Path) -> String {
    let hash = digest::of_bytes(directory.as_os_str().as_encoded_bytes());
    format!("kfp-{}", &hash[..16])
}

fn last_line(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    text.trim().lines().last().unwrap_or_default().to_owned()
}

/// Whether a program is in a directory of `PATH`.
pub(super) fn is_on_path(name: impl AsRef<OsStr>) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|directory| directory.join(name.as_ref()).is_file())
}
