//! Runs of pipelines.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{PipelineVersionReference, State, StateChange, StorageState, time};

/// A run of a pipeline.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub struct Run {
    /// Its identifier, a UUID.
    pub run_id: String,
    /// Its name for people, which need not be unique.
    pub display_name: String,
    /// What its author said about it.
    pub description: String,
    /// The experiment it belongs to.
    pub experiment_id: String,
    /// The schedule that started it, if one did.
    pub recurring_run_id: String,
    /// How far it is.
    pub state: State,
    /// The states it went through, oldest first.
    pub state_history: Vec<StateChange>,
    /// Whether it is archived.
    pub storage_state: StorageState,
    /// When the server accepted it.
    #[serde(deserialize_with = "time::optional")]
    pub created_at: Option<SystemTime>,
    /// When it was meant to start.
    #[serde(deserialize_with = "time::optional")]
    pub scheduled_at: Option<SystemTime>,
    /// When it ended.
    #[serde(deserialize_with = "time::optional")]
    pub finished_at: Option<SystemTime>,
    /// The stored pipeline it runs, unless the pipeline came with the request.
    pub pipeline_version_reference: Option<PipelineVersionReference>,
    /// The pipeline, if it came with the request.
    pub pipeline_spec: Option<Value>,
    /// Its parameters and where its outputs go.
    pub runtime_config: RuntimeConfig,
    /// The Kubernetes service account of its pods.
    pub service_account: String,
    /// Why the server could not run it.
    pub error: Option<Status>,
    /// Its tasks.
    pub run_details: RunDetails,
}

impl Run {
    /// Whether somebody stopped it. A stopped run ends as [`State::Failed`] on servers up to 2.17, so its history
    /// decides.
    pub fn was_cancelled(&self) -> bool {
        let stopped = |state: &State| matches!(state, State::Canceling | State::Canceled);
        let last_start = self
            .state_history
            .iter()
            .rposition(|change| change.state == State::Pending)
            .unwrap_or(0);
        stopped(&self.state)
            || self.state == State::Failed
                && self.state_history[last_start..]
                    .iter()
                    .any(|change| stopped(&change.state))
    }
}

/// What a run is started with.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq)]
#[serde(default)]
pub struct RuntimeConfig {
    /// Values by the names of the pipeline's inputs, in the types the pipeline declares.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub parameters: Map<String, Value>,
    /// Where outputs go: `minio://`, `s3://` or `gs://`; empty for the server's own choice.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub pipeline_root: String,
}

/// The tasks of a run.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub struct RunDetails {
    /// One entry per node of the workflow, drivers and launchers included.
    pub task_details: Vec<TaskDetail>,
}

/// A node of the workflow that executes a run.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub struct TaskDetail {
    /// Its identifier, a UUID.
    pub task_id: String,
    /// The task's name, `root-driver`, `executor`, or the workflow's own name.
    pub display_name: String,
    /// How far it is.
    pub state: State,
    /// The states it went through, oldest first.
    pub state_history: Vec<StateChange>,
    /// When it was created.
    #[serde(deserialize_with = "time::optional")]
    pub create_time: Option<SystemTime>,
    /// When it started.
    #[serde(deserialize_with = "time::optional")]
    pub start_time: Option<SystemTime>,
    /// When it ended.
    #[serde(deserialize_with = "time::optional")]
    pub end_time: Option<SystemTime>,
    /// What went wrong, if the server knows.
    pub error: Option<Status>,
    /// The nodes it started.
    pub child_tasks: Vec<ChildTask>,
}

/// A node that another one started.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub struct ChildTask {
    /// The node's identifier, which is what [`Client::log`](crate::Client::log) wants.
    pub pod_name: String,
}

/// An error as the server stores it: `google.rpc.Status`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub struct Status {
    /// The gRPC code.
    pub code: i32,
    /// What went wrong.
    pub message: String,
}

/// A request for a run.
#[derive(Clone, Debug, Default, Serialize, PartialEq)]
pub struct NewRun {
    /// Its name for people. The server answers 500 if it is empty.
    pub display_name: String,
    /// What to say about it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The experiment it belongs to; empty for the default one, where there is one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub experiment_id: String,
    /// What to run.
    #[serde(flatten)]
    pub source: Source,
    /// What to run it with.
    pub runtime_config: RuntimeConfig,
    /// The Kubernetes service account of its pods; empty for the server's default.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub service_account: String,
}

/// The pipeline of a run.
#[derive(Clone, Debug, Serialize, PartialEq)]
pub enum Source {
    /// A compiled pipeline, sent with the request: the IR, or an object with `pipeline_spec` and `platform_spec`.
    #[serde(rename = "pipeline_spec")]
    Spec(Value),
    /// A pipeline that was uploaded.
    #[serde(rename = "pipeline_version_reference")]
    Version(PipelineVersionReference),
}

impl Default for Source {
    fn default() -> Self {
        Self::Version(PipelineVersionReference::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(state: State, history: &[State]) -> Run {
        let change = |state: &State| StateChange {
            state: state.clone(),
            ..StateChange::default()
        };
        Run {
            state,
            state_history: history.iter().map(change).collect(),
            ..Run::default()
        }
    }

    #[test]
    fn a_failed_run_that_was_asked_to_stop_was_cancelled() {
        use State::{Canceled, Canceling, Failed, Pending, Running};
        assert!(run(Failed, &[Pending, Running, Canceling, Failed]).was_cancelled());
        assert!(run(Canceled, &[]).was_cancelled());
        assert!(!run(Failed, &[Pending, Running, Failed]).was_cancelled());
    }

    #[test]
    fn what_happened_before_a_retry_does_not_count() {
        use State::{Canceling, Failed, Pending, Running};
        let history = [Pending, Canceling, Failed, Pending, Running, Failed];
        assert!(!run(Failed, &history).was_cancelled());
    }
}
