//! Tasks and artifacts as resources, as in the releases that have no metadata store.

use kfp_runner::record::{Artifact, State as Ended};
use serde_json::{Value, json};

use crate::{
    content,
    metadata::executor_input,
    reply::{Answer, ok},
    runs,
    state::{Run, State, rfc3339},
    tasks::{self, Task, pod},
};

impl State {
    /// A run with its tasks.
    pub(crate) fn run_in_full(&mut self, id: &str) -> Answer {
        let run = self.found(id, "get")?;
        let mut fields = runs::shown(run);
        fields.remove("run_details");
        let root = json!({
            "name": "ROOT", "task_id": identifier(run, ""), "run_id": run.id(), "type": "ROOT",
            "state": match run.state() { "SUCCEEDED" | "FAILED" => run.state(), _ => "RUNNING" },
            "create_time": rfc3339(run.created), "start_time": rfc3339(run.created),
        });
        let tasks = tasks::tasks(run);
        let tasks = tasks.iter().filter_map(|task| shown(run, task));
        let tasks: Vec<Value> = std::iter::once(root).chain(tasks).collect();
        fields.insert("tasks".into(), tasks.into());
        Ok(ok(&fields.into()))
    }
}

fn shown(run: &Run, task: &Task) -> Option<Value> {
    let state = match task.state {
        None | Some(Ended::Cancelled) => "RUNNING",
        Some(Ended::Succeeded) => "SUCCEEDED",
        Some(Ended::Cached) => "CACHED",
        Some(Ended::Failed) => "FAILED",
        Some(Ended::Skipped) => "SKIPPED",
        Some(Ended::Omitted) => return None,
    };
    let kind = match task {
        Task {
            is_group: false,
            is_importer: true,
            ..
        } => "IMPORTER",
        Task {
            is_group: false, ..
        } => "RUNTIME",
        _ if task.name().starts_with("for-loop") && task.iteration().is_none() => "LOOP",
        _ if task.name().starts_with("condition-branches") => "CONDITION_BRANCH",
        _ if task.name().starts_with("condition") => "CONDITION",
        _ => "DAG",
    };
    let mut shown = json!({
        "name": task.name(), "display_name": task.name(), "run_id": run.id(),
        "task_id": identifier(run, &task.path), "parent_task_id": identifier(run, task.parent()),
        "type": kind, "state": state, "inputs": {},
        "outputs": {"parameters": parameters(task.outputs.parameters.iter()), "artifacts": artifacts(run, task)},
    });
    for (name, time) in [
        ("start_time", task.start),
        ("create_time", task.start),
        ("end_time", task.end),
    ] {
        if let Some(time) = time {
            // With milliseconds, so that the order of tasks shows.
            shown[name] = humantime::format_rfc3339_millis(time).to_string().into();
        }
    }
    if let Some(index) = task.iteration() {
        shown["type_attributes"] = json!({"iteration_index": index.to_string()});
    }
    if let Some(error) = &task.error {
        shown["status_metadata"] = json!({"message": error});
    }
    if !task.attempts.is_empty() {
        shown["pods"] = json!([{"name": pod(run, &task.path), "type": "EXECUTOR"}]);
    }
    if let Some(input) = executor_input(run, task) {
        shown["inputs"] = json!({"parameters": parameters(input.inputs.parameters.iter())});
    }
    Some(shown)
}

fn parameters<'a>(values: impl Iterator<Item = (&'a String, &'a Value)>) -> Vec<Value> {
    values
        .map(|(name, value)| json!({"parameter_key": name, "value": value, "type": "OUTPUT"}))
        .collect()
}

fn artifacts(run: &Run, task: &Task) -> Vec<Value> {
    task.outputs
        .artifacts
        .iter()
        .map(|(name, list)| {
            let artifacts: Vec<Value> = list
                .iter()
                .flat_map(|one| shown_artifact(run, name, one))
                .collect();
            json!({"artifact_key": name, "artifacts": artifacts, "type": "OUTPUT"})
        })
        .collect()
}

/// Each number of metrics is an artifact here.
fn shown_artifact(run: &Run, name: &str, artifact: &Artifact) -> Vec<Value> {
    let uri = content::uri(run, artifact);
    let kind = artifact
        .artifact
        .ty
        .schema_title
        .trim_start_matches("system.");
    if kind != "Metrics" {
        return vec![json!({
            "name": name, "type": kind, "uri": uri, "metadata": artifact.artifact.metadata,
        })];
    }
    // A real server refuses what is not a number.
    let metadata = artifact.artifact.metadata.iter();
    let numbers = metadata.filter(|(_, value)| value.is_number());
    numbers
        .map(|(name, value)| json!({"name": name, "type": "Metric", "uri": uri, "number_value": value}))
        .collect()
}

fn identifier(run: &Run, path: &str) -> String {
    format!("{}/{path}", run.id())
}
