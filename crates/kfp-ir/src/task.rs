//! A use of a component in a graph, and the policies it runs under.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{TaskArtifact, TaskParameter, is_default};

/// A use of a component in a graph.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Task {
    /// What a UI shows.
    #[serde(default, skip_serializing_if = "is_default")]
    pub task_info: TaskInfo,
    /// Where its inputs come from.
    #[serde(default, skip_serializing_if = "is_default")]
    pub inputs: TaskInputs,
    /// The tasks it waits for, beside those whose outputs it takes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub dependent_tasks: Vec<String>,
    /// Whether outputs of an equal task may be used instead.
    #[serde(default, skip_serializing_if = "is_default")]
    pub caching_options: CachingOptions,
    /// What it runs.
    pub component_ref: ComponentRef,
    /// When it runs.
    #[serde(default, skip_serializing_if = "is_default")]
    pub trigger_policy: TriggerPolicy,
    /// Not implemented by the backend.
    #[serde(default, skip_serializing_if = "is_default")]
    pub artifact_iterator: Option<Value>,
    /// The list it runs once for each item of.
    #[serde(default, skip_serializing_if = "is_default")]
    pub parameter_iterator: Option<ParameterIterator>,
    /// What happens when it fails.
    #[serde(default, skip_serializing_if = "is_default")]
    pub retry_policy: Option<RetryPolicy>,
    /// How many iterations may run at a time.
    #[serde(default, skip_serializing_if = "is_default")]
    pub iterator_policy: IteratorPolicy,
}

/// What a UI shows of a task.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct TaskInfo {
    /// Its title.
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
}

/// Which component a task runs.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ComponentRef {
    /// A key of [`PipelineSpec::components`](crate::PipelineSpec::components).
    pub name: String,
}

/// Where a task's inputs come from.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct TaskInputs {
    /// By input name.
    #[serde(skip_serializing_if = "is_default")]
    pub parameters: BTreeMap<String, TaskParameter>,
    /// By input name.
    #[serde(skip_serializing_if = "is_default")]
    pub artifacts: BTreeMap<String, TaskArtifact>,
}

/// Whether outputs of an equal task may be used instead.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct CachingOptions {
    /// They may.
    #[serde(skip_serializing_if = "is_default")]
    pub enable_cache: bool,
    /// A key of the author's own.
    #[serde(skip_serializing_if = "is_default")]
    pub cache_key: String,
}

/// When a task runs.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct TriggerPolicy {
    /// A CEL expression over the task's inputs; empty means always.
    #[serde(skip_serializing_if = "is_default")]
    pub condition: String,
    /// What has to have happened to the tasks it waits for.
    #[serde(skip_serializing_if = "is_default")]
    pub strategy: TriggerStrategy,
}

/// What has to have happened to the tasks a task waits for.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ParameterIterator {
    /// The list.
    pub items: IteratorItems,
    /// The input that gets the item.
    pub item_input: String,
}

/// The list of an iterator.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum IteratorItems {
    /// JSON text.
    Raw(String),
    /// The input parameter that holds the list.
    InputParameter(String),
}

/// What happens when a task fails.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct RetryPolicy {
    /// How many further attempts there are.
    #[serde(skip_serializing_if = "is_default")]
    pub max_retry_count: u32,
    /// How long to wait before the first of them.
    #[serde(skip_serializing_if = "is_default", with = "duration")]
    pub backoff_duration: Option<Duration>,
    /// What the wait is multiplied by after each attempt; 0 means 2.
    #[serde(skip_serializing_if = "is_default")]
    pub backoff_factor: f64,
    /// The longest wait.
    #[serde(skip_serializing_if = "is_default", with = "duration")]
    pub backoff_max_duration: Option<Duration>,
}

/// How many iterations may run at a time.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct IteratorPolicy {
    /// The number; 0 means any.
    #[serde(skip_serializing_if = "is_default")]
    pub parallelism_limit: u32,
}

/// A protobuf duration: `10s`, `0.5s`.
mod duration {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.strip_suffix('s')
            .and_then(|seconds| seconds.parse::<f64>().ok())
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .map(Some)
            .ok_or_else(|| de::Error::custom(format!("`{text}` is not a duration such as `10s`")))
    }

    #[expect(clippy::ref_option, reason = "serde passes the field")]
    pub(super) fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        duration
            .map(|duration| format!("{}s", duration.as_secs_f64()))
            .serialize(serializer)
    }
}
