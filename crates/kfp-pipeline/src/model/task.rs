//! A use of a component in a graph, and the policies it runs under.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use super::{TaskArtifact, TaskParameter};

/// A use of a component in a graph.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Task {
    /// What a UI shows.
    #[serde(default)]
    pub task_info: TaskInfo,
    /// Where its inputs come from.
    #[serde(default)]
    pub inputs: TaskInputs,
    /// The tasks it waits for, beside those whose outputs it takes.
    #[serde(default)]
    pub dependent_tasks: Vec<String>,
    /// Whether outputs of an equal task may be used instead.
    #[serde(default)]
    pub caching_options: CachingOptions,
    /// What it runs.
    pub component_ref: ComponentRef,
    /// When it runs.
    #[serde(default)]
    pub trigger_policy: TriggerPolicy,
    /// Not implemented by the backend.
    #[serde(default)]
    pub artifact_iterator: Option<Value>,
    /// The list it runs once for each item of.
    #[serde(default)]
    pub parameter_iterator: Option<ParameterIterator>,
    /// What happens when it fails.
    #[serde(default)]
    pub retry_policy: Option<RetryPolicy>,
    /// How many iterations may run at a time.
    #[serde(default)]
    pub iterator_policy: IteratorPolicy,
}

/// What a UI shows of a task.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskInfo {
    /// Its title.
    #[serde(default)]
    pub name: String,
}

/// Which component a task runs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComponentRef {
    /// A key of [`PipelineSpec::components`](super::PipelineSpec::components).
    pub name: String,
}

/// Where a task's inputs come from.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskInputs {
    /// By input name.
    #[serde(default)]
    pub parameters: BTreeMap<String, TaskParameter>,
    /// By input name.
    #[serde(default)]
    pub artifacts: BTreeMap<String, TaskArtifact>,
}

/// Whether outputs of an equal task may be used instead.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CachingOptions {
    /// They may.
    #[serde(default)]
    pub enable_cache: bool,
    /// A key of the author's own.
    #[serde(default)]
    pub cache_key: String,
}

/// When a task runs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TriggerPolicy {
    /// A CEL expression over the task's inputs; empty means always.
    #[serde(default)]
    pub condition: String,
    /// What has to have happened to the tasks it waits for.
    #[serde(default)]
    pub strategy: TriggerStrategy,
}

/// What has to have happened to the tasks a task waits for.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TriggerStrategy {
    /// As [`TriggerStrategy::AllUpstreamTasksSucceeded`].
    #[default]
    TriggerStrategyUnspecified,
    /// All have succeeded.
    AllUpstreamTasksSucceeded,
    /// All have ended, one way or another.
    AllUpstreamTasksCompleted,
}

/// The list a task runs once for each item of.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ParameterIterator {
    /// The list.
    pub items: IteratorItems,
    /// The input that gets the item.
    pub item_input: String,
}

/// The list of an iterator.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum IteratorItems {
    /// JSON text.
    Raw(String),
    /// The input parameter that holds the list.
    InputParameter(String),
}

/// What happens when a task fails.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetryPolicy {
    /// How many further attempts there are.
    #[serde(default)]
    pub max_retry_count: u32,
    /// How long to wait before the first of them.
    #[serde(default, deserialize_with = "duration")]
    pub backoff_duration: Option<Duration>,
    /// What the wait is multiplied by after each attempt; 0 means 2.
    #[serde(default)]
    pub backoff_factor: f64,
    /// The longest wait.
    #[serde(default, deserialize_with = "duration")]
    pub backoff_max_duration: Option<Duration>,
}

/// How many iterations may run at a time.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IteratorPolicy {
    /// The number; 0 means any.
    #[serde(default)]
    pub parallelism_limit: u32,
}

/// A protobuf duration: `10s`, `0.5s`.
fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.strip_suffix('s')
        .and_then(|seconds| seconds.parse::<f64>().ok())
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .map(Some)
        .ok_or_else(|| de::Error::custom(format!("`{text}` is not a duration such as `10s`")))
}
