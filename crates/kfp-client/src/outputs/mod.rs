//! What the tasks of a run produced: parameters, artifacts and metrics, from whichever API the server has.

mod content;
mod metadata;
mod metrics;
mod native;

use std::{fmt, time::SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Client, Error, Result, model::names};
pub use content::{Content, Location};
pub use metrics::{ConfusionMatrix, Metrics, RocCurve, RocPoint, Scalar};

/// What the tasks of a run produced.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RunOutputs {
    /// The tasks that were begun, in the order they were begun in, without the pipeline itself.
    pub tasks: Vec<TaskOutputs>,
}

/// A task, and what it produced.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TaskOutputs {
    /// Its path in the pipeline: `train`, or `for-loop-1[0]/train` in a loop.
    pub task: String,
    /// How far it is.
    pub state: TaskState,
    /// Whether it is a graph of tasks or a loop rather than a program.
    pub is_group: bool,
    /// The pod that runs its program, which is what [`Client::log`] wants; empty if there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub pod: String,
    /// When it was begun.
    #[serde(skip)]
    pub start: Option<SystemTime>,
    /// When it ended.
    #[serde(skip)]
    pub end: Option<SystemTime>,
    /// What went wrong, if the server knows: servers up to 2.18 do not.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub error: String,
    /// The values of its input parameters, by name.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub inputs: Map<String, Value>,
    /// The values of its output parameters, by name.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub parameters: Map<String, Value>,
    /// Its output artifacts, in the order of their output's names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub artifacts: Vec<Artifact>,
}

names! {
    /// How far a task is.
    TaskState {
        /// It runs, or its end was never written down, because the run was terminated.
        Running = "RUNNING",
        /// It ended well.
        Succeeded = "SUCCEEDED",
        /// Its outputs are those of an equal task.
        Cached = "CACHED",
        /// Its condition is false.
        Skipped = "SKIPPED",
        /// It failed.
        Failed = "FAILED",
    }
}

/// Something a task produced.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Artifact {
    /// The name of the output.
    pub output: String,
    /// Its type: `system.Metrics`.
    pub schema_title: String,
    /// Where its content is: `s3://`, `minio://`, `gs://`.
    pub uri: String,
    /// What its task said about it.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
    /// How the cluster reaches the store, as the server's JSON says it: it names secrets and holds none.
    #[serde(skip)]
    pub session: String,
}

impl Client {
    /// What the tasks of a run have produced so far.
    ///
    /// Servers after 2.18 answer it themselves. Older ones keep it in a metadata store that is reached through KFP's web
    /// server: see [`Builder::ui_endpoint`](crate::Builder::ui_endpoint).
    ///
    /// # Errors
    /// If neither can be asked, or there is no such run.
    pub fn outputs(&self, run_id: &str) -> Result<RunOutputs> {
        if let Some(outputs) = self.native_outputs(run_id)? {
            return Ok(outputs);
        }
        match self.metadata_outputs(run_id) {
            // The server made the run and the store has not heard of it yet.
            Err(Error::Api { error, .. }) if error.is_unknown_to_the_store() => {
                Ok(RunOutputs::default())
            }
            outputs => outputs,
        }
    }
}

impl RunOutputs {
    /// The task of that path, or of that name if only one task has it.
    pub fn task(&self, name: &str) -> Option<&TaskOutputs> {
        let last = |task: &&TaskOutputs| task.task.rsplit('/').next() == Some(name);
        let mut named = self.tasks.iter().filter(last);
        let by_path = self.tasks.iter().find(|task| task.task == name);
        by_path.or_else(|| named.next().filter(|_| named.next().is_none()))
    }
}
