//! Verbs for clusters, against a server in memory that runs what it is given.

mod doctor;
mod kube;
mod login;
mod pod;
mod preflight;
mod submit;
mod tls;
mod verbs;

use std::{
    collections::BTreeMap,
    env, fs,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
};

use kfp_runner::program::{Choice, Sources};
use kfp_test_cluster::{Cluster, Options};
use snapbox::cmd::cargo_bin;
use tempfile::TempDir;

/// A task that runs a script with `$n` and `$out`, and one that measures what the first one produced.
const PIPELINE: &str = r#"
pipelineInfo: {name: two, description: Doubles a number.}
schemaVersion: 2.1.0
sdkVersion: kfp-2.17.0
components:
  comp-make:
    executorLabel: exec-make
    inputDefinitions: {parameters: {n: {parameterType: NUMBER_INTEGER}, label: {parameterType: STRING}}}
    outputDefinitions: {parameters: {out: {parameterType: NUMBER_INTEGER}}}
  comp-measure:
    executorLabel: exec-measure
    inputDefinitions: {parameters: {n: {parameterType: NUMBER_INTEGER}}}
    outputDefinitions: {artifacts: {metrics: {artifactType: {schemaTitle: system.Metrics, schemaVersion: 0.0.1}}}}
deploymentSpec:
  executors:
    exec-make:
      container:
        image: ghcr.io/acme/sh:1
        command: [sh, -ec, 'n=$1; out=$2; SCRIPT', sh]
        args: ["{{$.inputs.parameters['n']}}", "{{$.outputs.parameters['out'].output_file}}"]
    exec-measure:
      container:
        image: ghcr.io/acme/sh:1
        command: [sh, -ec, 'printf "{\"artifacts\":{\"metrics\":{\"artifacts\":[{\"metadata\":{\"accuracy\":0.$1}}]}}}" > executor_output.json', sh]
        args: ["{{$.inputs.parameters['n']}}"]
root:
  inputDefinitions:
    parameters:
      count: {parameterType: NUMBER_INTEGER, defaultValue: 3, isOptional: true, description: "How many."}
      label: {parameterType: STRING, defaultValue: x, isOptional: true}
  outputDefinitions: {artifacts: {metrics: {artifactType: {schemaTitle: system.Metrics, schemaVersion: 0.0.1}}}}
  dag:
    outputs: {artifacts: {metrics: {artifactSelectors: [{producerSubtask: measure, outputArtifactKey: metrics}]}}}
    tasks:
      make:
        taskInfo: {name: make}
        componentRef: {name: comp-make}
        cachingOptions: {enableCache: true}
        inputs: {parameters: {n: {componentInputParameter: count}, label: {componentInputParameter: label}}}
      measure:
        taskInfo: {name: measure}
        componentRef: {name: comp-measure}
        cachingOptions: {enableCache: true}
        dependentTasks: [make]
        inputs: {parameters: {n: {taskOutputParameter: {producerTask: make, outputParameterKey: out}}}}
"#;

/// A script that succeeds.
const FINE: &str = "printf %s $n > $out";
/// One that says why it fails.
const FAILING: &str = "echo error: there is no such column >&2; exit 3";

/// A run of the pipeline, watched to its end.
const SUBMIT: [&str; 6] = [
    "submit",
    "p.yaml",
    "--no-image-check",
    "--watch",
    "--poll",
    "0.05",
];

/// A directory to work in, and a cluster.
pub(super) struct Site {
    pub(super) cluster: Cluster,
    place: TempDir,
}

/// What a command did.
pub(super) struct Ran {
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Site {
    /// With a pipeline whose first task runs this script.
    fn new(script: &str) -> Self {
        Self::with(script, Options::default())
    }

    fn with(script: &str, options: Options) -> Self {
        let choices = [("sh".to_owned(), Choice::Host)];
        let sources = Sources {
            choices: BTreeMap::from(choices),
            ..Sources::default()
        };
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("home")).unwrap();
        let script = script.replace('\'', "''");
        fs::write(
            place.path().join("p.yaml"),
            PIPELINE.replace("SCRIPT", &script),
        )
        .unwrap();
        Self {
            cluster: Cluster::start(Options { sources, ..options }),
            place,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// The program, with nothing of what this machine's user has set, and with this cluster in the environment.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(cargo_bin!("kfp-comp"));
        command
            .args(arguments)
            .current_dir(self.place.path())
            .env_clear()
            .envs(
                ["PATH", "TMPDIR"]
                    .into_iter()
                    .filter_map(|name| Some((name, env::var_os(name)?))),
            )
            .env("HOME", self.path("home"))
            .env("NO_COLOR", "1")
            .env("KF_PIPELINES_ENDPOINT", self.cluster.url())
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.command(arguments).output().unwrap().into()
    }

    /// Submits the pipeline without asking registries.
    fn submit(&self, arguments: &[&str]) -> Ran {
        self.run(&[&["submit", "p.yaml", "--no-image-check"], arguments].concat())
    }

    /// The same, until the run ends; gives the run's identifier too.
    fn finished(&self, arguments: &[&str]) -> (String, Ran) {
        let watch: &[&str] = &["--watch", "--poll", "0.05"];
        let ran = self.submit(&[watch, arguments].concat());
        (ran.run_id(), ran)
    }

    /// The requests so far that change something, as `METHOD path`.
    fn writes(&self) -> Vec<String> {
        let requests = self.cluster.requests().into_iter();
        requests
            .map(|request| request.line())
            .filter(|line| !line.starts_with("GET ") && !line.contains("ml_metadata"))
            .collect()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    /// The run that was submitted, as stderr names it.
    fn run_id(&self) -> String {
        let line = self.stderr.lines().find(|line| line.contains("Submitted "));
        let line = line.unwrap_or_else(|| panic!("nothing was submitted: {}", self.stderr));
        line.rsplit(' ').next().unwrap().to_owned()
    }
}

/// Waits for a command that was started.
fn ended(child: Child) -> Ran {
    child.wait_with_output().unwrap().into()
}
