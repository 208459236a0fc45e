//! One attempt at one task: from resolved inputs to outputs, in a directory of its own.

pub mod digest;
mod mask;
mod mounted;
mod outputs;
pub mod process;
mod volumes;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use kfp_pipeline::{
    ContainerSpec, OutputDefinitions,
    command::{self, MAX_ARGUMENT_BYTES, Names, Placeholders},
    executor::{ArtifactList, ExecutorInput, Inputs, OutputFile, OutputPlaces, RuntimeArtifact},
};

use crate::{
    program::{Container, Limits, Program},
    record::{Outputs, State},
};
use mounted::Files;
pub use mounted::Mounted;
use process::Stopper;

/// What a program prints goes to this file of the attempt's directory.
pub const LOG: &str = "output.log";
const INPUT: &str = "executor_input.json";
const OUTPUT: &str = "executor_output.json";
const PARAMETERS: &str = "parameters";
const ARTIFACTS: &str = "outputs";
/// The exit code that engines give a container that was killed.
const KILLED: i32 = 137;

/// Environment variables tasks see of those this program has: what programs need to be found and to reach the
/// network, and nothing that would make a run depend on the shell it is started from.
const PASSED_ON: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "TMPDIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "all_proxy",
];

/// An attempt to be made.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Where everything of it goes; absolute, and not there yet.
    pub directory: PathBuf,
    /// The command line and environment, with placeholders.
    pub container: ContainerSpec,
    /// What runs it here.
    pub program: Program,
    /// What it is given, with defaults.
    pub inputs: Inputs,
    /// What it has to produce.
    pub outputs: OutputDefinitions,
    /// The run and the task.
    pub names: Names,
    /// Variables added to the container's own, such as those of secrets, which nobody may see.
    pub environment: BTreeMap<String, String>,
    /// Directories that stand for volumes, by the path the container sees them at.
    pub volumes: BTreeMap<String, PathBuf>,
    /// Secrets and config maps as files.
    pub mounted: Vec<Mounted>,
    /// What a container may use.
    pub limits: Limits,
}

/// A program ready to be started.
#[derive(Debug)]
pub struct Prepared {
    /// The command line.
    pub argv: Vec<String>,
    program: Program,
    directory: PathBuf,
    environment: BTreeMap<String, String>,
    secrets: Vec<Vec<u8>>,
    /// There until the program has ended.
    _files: Files,
    limits: Limits,
    input: ExecutorInput,
    outputs: OutputDefinitions,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Succeeded or failed.
    pub state: State,
    /// The exit code, if there is one.
    pub exit: Option<i32>,
    /// Why it failed.
    pub error: Option<String>,
    /// CPU time, in seconds.
    pub cpu_s: Option<f64>,
    /// What it produced.
    pub outputs: Outputs,
    /// What is odd about it, though it counts.
    pub notes: Vec<String>,
}

impl Outcome {
    /// A failure of something that was not even started.
    pub fn failed(error: impl Into<String>) -> Self {
        Self {
            state: State::Failed,
            exit: None,
            error: Some(error.into()),
            cpu_s: None,
            outputs: Outputs::default(),
            notes: Vec::new(),
        }
    }
}

impl Attempt {
    /// What the component is told.
    pub fn executor_input(&self) -> ExecutorInput {
        let path = |parts: [&str; 2]| {
            let path = self.directory.join(parts[0]).join(parts[1]);
            path.to_string_lossy().into_owned()
        };
        let parameters = self.outputs.parameters.keys().map(|name| {
            let output_file = path([PARAMETERS, name]);
            (name.clone(), OutputFile { output_file })
        });
        let artifacts = self.outputs.artifacts.iter().map(|(name, port)| {
            let artifact = RuntimeArtifact {
                name: name.clone(),
                ty: port.artifact_type.clone(),
                uri: path([ARTIFACTS, name]),
                metadata: port.metadata.clone(),
                custom_path: String::new(),
            };
            let artifacts = vec![artifact];
            (name.clone(), ArtifactList { artifacts })
        });
        ExecutorInput {
            inputs: self.inputs.clone(),
            outputs: OutputPlaces {
                parameters: parameters.collect(),
                artifacts: artifacts.collect(),
                output_file: self.directory.join(OUTPUT).to_string_lossy().into_owned(),
            },
        }
    }

    /// Resolves the command line and makes the directory.
    ///
    /// # Errors
    /// If a placeholder has no value, or the directory cannot be made.
    pub fn prepare(&self) -> Result<Prepared, String> {
        let mut input = self.executor_input();
        let mut spec = self.container.clone();
        let is_container = matches!(self.program, Program::Container { .. });
        let files = Files::write(&self.mounted)?;
        if !is_container {
            let mut directories = self.volumes.clone();
            directories.extend(files.directories.clone());
            input.inputs = volumes::in_inputs(input.inputs, &directories);
            spec = volumes::in_command(spec, &directories);
        }
        let input_json = serde_json::to_string(&input).map_err(|error| error.to_string())?;
        let placeholders = Placeholders {
            input: &input,
            input_json: &input_json,
            names: &self.names,
        };
        let line = command::command_line(&spec, &placeholders)?;
        self.make_directory(&input_json)
            .map_err(|error| format!("could not make `{}`: {error}", self.directory.display()))?;
        let mut own = Vec::new();
        for variable in &self.container.env {
            own.push((variable.name.clone(), placeholders.text(&variable.value)?));
        }
        let container = Container {
            tasks: &self.names.pipeline_root,
            directory: &self.directory,
            inputs: if is_container {
                input_paths(&input)
            } else {
                BTreeSet::new()
            },
            volumes: &self.volumes,
            files: &files.directories,
            environment: own.clone(),
            secrets: self.environment.keys().map(String::as_str).collect(),
            limits: self.limits,
        };
        let argv = self
            .program
            .command_line(line, &self.directory, &container)?;
        let mut environment = BTreeMap::new();
        if !is_container {
            let passed_on = PASSED_ON.iter();
            environment.extend(
                passed_on.filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?))),
            );
            environment.insert("LANG".into(), "C.UTF-8".into());
            environment.insert("TZ".into(), "UTC".into());
            environment.extend(own);
            environment.insert(process::TASKS.into(), self.names.pipeline_root.clone());
        }
        if let Program::Python { .. } = self.program {
            // kfp then imports only what its executor needs, as the command it compiles has it.
            environment.insert("_KFP_RUNTIME".into(), "true".into());
        }
        environment.extend(self.environment.clone());
        let in_files = self.mounted.iter().filter(|mounted| mounted.is_secret);
        let in_files = in_files.flat_map(|mounted| mounted.values.values());
        Ok(Prepared {
            argv,
            program: self.program.clone(),
            directory: self.directory.clone(),
            environment,
            secrets: mask::secrets(self.environment.values().chain(in_files)),
            _files: files,
            limits: if is_container {
                self.limits
            } else {
                Limits::default()
            },
            input,
            outputs: self.outputs.clone(),
        })
    }

    fn make_directory(&self, input_json: &str) -> io::Result<()> {
        // KFP's launcher makes the directories of all outputs, so this does.
        fs::create_dir_all(self.directory.join(PARAMETERS))?;
        fs::create_dir_all(self.directory.join(ARTIFACTS))?;
        for volume in self.volumes.values() {
            fs::create_dir_all(volume)?;
        }
        fs::write(self.directory.join(INPUT), input_json)
    }
}

impl Prepared {
    /// Runs the program and takes in what it produced.
    pub fn run(&self, stopper: &Stopper) -> Outcome {
        let Some((program, arguments)) = self.argv.split_first() else {
            return Outcome::failed("the command line is empty");
        };
        let mut command = Command::new(program);
        command.args(arguments);
        let engine = match &self.program {
            Program::Container { engine, .. } => Some(engine),
            _ => None,
        };
        if engine.is_none() {
            command.env_clear();
        }
        command.envs(&self.environment).current_dir(&self.directory);
        let log = self.directory.join(LOG);
        let ended = process::run(&mut command, &log, &self.secrets, stopper);
        if let Some(engine) = engine {
            engine.remove(&self.directory);
        }
        let ended = match ended {
            Ok(ended) => ended,
            Err(error) => return Outcome::failed(self.not_started(&error)),
        };
        let result = if ended.status.success() {
            outputs::collect(&self.input, &self.outputs)
        } else if self.limits.memory.is_some() && ended.status.code() == Some(KILLED) {
            let limited = "was killed: perhaps it needs more than its memory limit";
            Err(limited.to_owned())
        } else {
            Err(ended.describe())
        };
        let (state, error, (outputs, notes)) = match result {
            Ok(produced) => (State::Succeeded, None, produced),
            Err(error) => (State::Failed, Some(error), Default::default()),
        };
        Outcome {
            state,
            exit: ended.status.code(),
            error,
            // That of an engine's client says nothing.
            cpu_s: ended.cpu_s.filter(|_| engine.is_none()),
            outputs,
            notes,
        }
    }
}

impl Prepared {
    /// Why the program was not started.
    fn not_started(&self, error: &io::Error) -> String {
        let longest = self.argv.iter().map(String::len).max().unwrap_or_default();
        if error.kind() == io::ErrorKind::ArgumentListTooLong && longest > MAX_ARGUMENT_BYTES {
            return format!(
                "an argument has {longest} bytes, and Linux takes {MAX_ARGUMENT_BYTES} in one: pass the value as an artifact"
            );
        }
        format!("could not run `{}`: {error}", self.argv[0])
    }
}

/// The files and directories of this machine that a task is given. An engine refuses to mount one twice.
fn input_paths(input: &ExecutorInput) -> BTreeSet<&Path> {
    let lists = input.inputs.artifacts.values();
    let artifacts = lists.flat_map(|list| &list.artifacts);
    artifacts
        .filter_map(|artifact| artifact.path().map(Path::new))
        .filter(|path| path.exists())
        .collect()
}

/// The last lines of what a program printed.
pub fn log_tail(directory: &Path, lines: usize) -> Vec<String> {
    use std::io::{Read as _, Seek as _, SeekFrom};
    const BYTES: u64 = 64 << 10;
    let read = || -> io::Result<String> {
        let mut file = fs::File::open(directory.join(LOG))?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(BYTES)))?;
        let mut bytes = Vec::new();
        file.take(BYTES).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let text = read().unwrap_or_default();
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..]
        .iter()
        .map(|line| (*line).to_owned())
        .collect()
}
