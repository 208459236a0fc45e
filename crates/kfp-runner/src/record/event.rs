//! What happens during a run: one JSON object per line of `run.jsonl`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use kfp_pipeline::executor::RuntimeArtifact;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An event and when it happened.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Record {
    /// Seconds since the run was started or resumed, by a clock that never goes back.
    pub t: f64,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// Something that happened.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "e", rename_all = "snake_case")]
pub enum Event {
    /// The run began: always the first line.
    Run(RunStart),
    /// The run was taken up again where it had stopped.
    Resume {
        /// Seconds since 1970.
        at: u64,
    },
    /// A task has all it needs and waits for its turn.
    Ready {
        /// Its path: `for-loop-1[0]/train`.
        task: String,
        /// The tasks, graphs and loops it waited for, or those the graph it is in waited for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        after: Vec<String>,
    },
    /// A task's outputs could not be taken from the cache.
    Miss {
        /// Its path.
        task: String,
        /// The key that is not there.
        key: String,
        /// What differs from the nearest entry.
        because: String,
    },
    /// A program was started.
    Start {
        /// Its path.
        task: String,
        /// From 1.
        attempt: u32,
        /// What runs it: `native`, `host`, `python`.
        how: String,
        /// The command line.
        argv: Vec<String>,
        /// The directory of the attempt, from the run's directory.
        dir: PathBuf,
    },
    /// A program ended, or could not be started.
    End {
        /// Its path.
        task: String,
        /// From 1.
        attempt: u32,
        /// How.
        state: State,
        /// The exit code, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exit: Option<i32>,
        /// Why it failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
        /// CPU time of the program, in seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cpu_s: Option<f64>,
        /// What it produced.
        #[serde(default, skip_serializing_if = "Outputs::is_empty")]
        outputs: Outputs,
        /// What is odd about it, though it counts.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        notes: Vec<String>,
    },
    /// A task is going to be tried again.
    Retry {
        /// Its path.
        task: String,
        /// The attempt to come, from 2.
        attempt: u32,
        /// How many attempts there are at most.
        of: u32,
        /// Seconds until then.
        delay_s: f64,
    },
    /// Outputs of an equal task were taken.
    Cached {
        /// Its path.
        task: String,
        /// What the outputs are kept under; empty if they were asked for as they are.
        key: String,
        /// The run that produced them.
        from_run: String,
        /// The outputs, as they are in this run.
        outputs: Outputs,
    },
    /// Its condition is false, or it is not among the tasks that are wanted.
    Skipped {
        /// Its path.
        task: String,
        /// Which of that, for people.
        why: String,
    },
    /// A task it needs did not succeed.
    Omitted {
        /// Its path.
        task: String,
        /// Those tasks.
        because: BTreeSet<String>,
    },
    /// The run was stopped before its turn.
    Cancelled {
        /// Its path.
        task: String,
    },
    /// A graph or loop ended, or a task failed before there was anything to run.
    Group {
        /// Its path.
        task: String,
        /// How.
        state: State,
        /// Why it failed, unless because of the tasks in it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// The run ended: always the last line, unless it was killed.
    Finish {
        /// How.
        state: State,
        /// The tasks that failed.
        failed: Vec<String>,
        /// The pipeline's outputs.
        outputs: Outputs,
    },
}

/// What a run is of.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RunStart {
    /// The version of this format.
    pub v: u32,
    /// The run's name, which is that of its directory.
    pub id: String,
    /// The pipeline's name.
    pub pipeline: String,
    /// The SHA-256 of the compiled pipeline's text, in hex.
    pub ir_sha256: String,
    /// All parameters, with defaults.
    pub parameters: Map<String, Value>,
    /// How many tasks run at a time.
    pub jobs: usize,
    /// Seconds since 1970.
    pub at: u64,
    /// The program and its version.
    pub tool: String,
}

/// How a task or a run ended.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It did what it should.
    Succeeded,
    /// Its outputs are those of an equal task.
    Cached,
    /// It did not.
    Failed,
    /// It was not to run.
    Skipped,
    /// A task it needs did not succeed.
    Omitted,
    /// The run was stopped first.
    Cancelled,
}

impl State {
    /// Whether its outputs can be used.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Succeeded | Self::Cached)
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Cached => "cached",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Omitted => "omitted",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What a task produced.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Outputs {
    /// Values, by output name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Value>,
    /// Artifacts, by output name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub artifacts: BTreeMap<String, Vec<Artifact>>,
}

impl Outputs {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.parameters.is_empty() && self.artifacts.is_empty()
    }
}

/// An artifact, with what this machine knows about its content.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Artifact {
    /// What tasks are told about it.
    #[serde(flatten)]
    pub artifact: RuntimeArtifact,
    /// The digest of the file or directory; none if there is nothing on this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
}

/// What is in a file or directory.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Content {
    /// SHA-256 in hex: of a file's bytes, or of a directory's entries.
    pub sha256: String,
    /// Bytes in all files.
    pub bytes: u64,
    /// How many files, if it is a directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<u64>,
}
