//! How the tasks before an exit handler ended.

use serde_json::{Map, Value};

use crate::parameter::{self, Parameter, types};

/// How the tasks of an exit handler ended: what KFP 2 gives to the task of `dsl.ExitHandler(exit_task)`, and to a task with
/// `.ignore_upstream_failure()`.
///
/// Pipelines do not pass it: KFP 2 fills it in, and its SDK refuses it in any other task. KFP 1 has no such thing, so there the
/// component refuses to run; an `Option<TaskFinalStatus>` is `None` instead.
///
/// ```
/// use kfp_component::prelude::*;
///
/// /// Reports how a pipeline ended.
/// #[component]
/// fn report(status: TaskFinalStatus, message: Output<String>) -> Result<()> {
///     message.set(match status.error_message() {
///         None => format!("{} {}", status.task(), status.state()),
///         Some(error) => format!("{} {}: {error}", status.task(), status.state()),
///     })?;
///     Ok(())
/// }
/// # fn main() -> Result<()> {
/// // In a test: from the JSON that KFP passes.
/// let status = TaskFinalStatus::from_json(
///     r#"{"state": "FAILED", "pipelineTaskName": "exit-handler-1", "error": {"message": "exit code 1"}}"#,
/// )?;
/// let message = kfp_component::testing::output();
/// report(status, message.clone())?;
/// assert_eq!(message.text(), "exit-handler-1 FAILED: exit code 1");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskFinalStatus(Map<String, Value>);

impl TaskFinalStatus {
    /// Reads the JSON of KFP's message `PipelineTaskFinalStatus`.
    ///
    /// # Errors
    ///
    /// If it is not a JSON object with a `state`.
    pub fn from_json(json: &str) -> Result<Self, String> {
        Self::from_value(&json.into())
    }

    /// `SUCCEEDED`, `FAILED` or `CANCELLED`.
    pub fn state(&self) -> &str {
        self.text("state")
    }

    /// Whether every task succeeded.
    pub fn is_success(&self) -> bool {
        self.state() == "SUCCEEDED"
    }

    /// The name of the task that ended, or of the group of tasks: `exit-handler-1`.
    pub fn task(&self) -> &str {
        self.text("pipelineTaskName")
    }

    /// The run, as the backend names it; empty if it does not say.
    pub fn job(&self) -> &str {
        self.text("pipelineJobResourceName")
    }

    /// The [code](https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto) of the failure.
    pub fn error_code(&self) -> Option<i64> {
        i64::from_value(self.0.get("error")?.get("code")?).ok()
    }

    /// Why it failed, if the backend says.
    pub fn error_message(&self) -> Option<&str> {
        self.0.get("error")?.get("message")?.as_str()
    }

    fn text(&self, key: &str) -> &str {
        self.0.get(key).and_then(Value::as_str).unwrap_or_default()
    }
}

impl Parameter for TaskFinalStatus {
    type Type = types::PipelineTaskFinalStatus;

    fn from_value(value: &Value) -> Result<Self, String> {
        match parameter::parsed(value).into_owned() {
            Value::Object(status) if status.contains_key("state") => Ok(Self(status)),
            _ => Err("the final status of a task, which KFP 2 gives to exit handlers only".into()),
        }
    }

    fn to_value(&self) -> Result<Value, String> {
        Ok(self.0.clone().into())
    }
}
