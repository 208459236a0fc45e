//! Outputs from the server's own API, which it has from the release after 2.18.

use std::{collections::BTreeMap, time::SystemTime};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Artifact, RunOutputs, TaskOutputs, TaskState};
use crate::{Client, Result, model::time, transport::segment};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Run {
    tasks: Option<Vec<Task>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Task {
    name: String,
    #[serde(rename = "task_id")]
    id: String,
    #[serde(rename = "parent_task_id")]
    parent_id: String,
    r#type: String,
    type_attributes: Attributes,
    state: TaskState,
    status_metadata: StatusMetadata,
    pods: Vec<Pod>,
    #[serde(deserialize_with = "time::optional")]
    start_time: Option<SystemTime>,
    #[serde(deserialize_with = "time::optional")]
    end_time: Option<SystemTime>,
    inputs: Values,
    outputs: Values,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Attributes {
    iteration_index: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct StatusMetadata {
    message: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Pod {
    name: String,
    r#type: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Values {
    parameters: Vec<Parameter>,
    artifacts: Vec<Artifacts>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Parameter {
    parameter_key: String,
    value: Value,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Artifacts {
    artifact_key: String,
    artifacts: Vec<NativeArtifact>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NativeArtifact {
    name: String,
    r#type: String,
    uri: String,
    metadata: Map<String, Value>,
    /// A number; protobuf's JSON writes NaN and the infinities as text.
    number_value: Value,
}

impl Client {
    /// `None` if the server does not have this API, which it shows by leaving out the tasks.
    pub(super) fn native_outputs(&self, run_id: &str) -> Result<Option<RunOutputs>> {
        let path = format!("/apis/v2beta1/runs/{}", segment(run_id));
        let run: Run = self.get(&path, &[("view", "FULL".to_owned())])?;
        Ok(run.tasks.map(run_outputs))
    }
}

fn run_outputs(mut tasks: Vec<Task>) -> RunOutputs {
    tasks.sort_by_key(|task| task.start_time);
    let paths: Vec<Option<String>> = {
        let by_id: BTreeMap<&str, &Task> = tasks.iter().map(|task| (&*task.id, task)).collect();
        tasks.iter().map(|task| path(task, &by_id)).collect()
    };
    let tasks = tasks.into_iter().zip(paths).filter_map(|(task, path)| {
        let path = path.filter(|path| !path.is_empty())?;
        let is_program = matches!(task.r#type.as_str(), "RUNTIME" | "IMPORTER");
        let executor = task
            .pods
            .into_iter()
            .find(|pod| pod.r#type.ends_with("EXECUTOR"));
        Some(TaskOutputs {
            task: path,
            state: task.state,
            is_group: !is_program,
            pod: executor.map(|pod| pod.name).unwrap_or_default(),
            start: task.start_time,
            end: task.end_time,
            error: task.status_metadata.message,
            inputs: parameters(task.inputs.parameters),
            parameters: parameters(task.outputs.parameters),
            artifacts: artifacts(task.outputs.artifacts),
        })
    });
    RunOutputs {
        tasks: tasks.collect(),
    }
}

fn path(task: &Task, tasks: &BTreeMap<&str, &Task>) -> Option<String> {
    let mut parts = Vec::new();
    let mut next = Some(task);
    while let Some(task) = next {
        // A chain is never longer than there are tasks, unless it is a circle.
        if parts.len() > tasks.len() {
            return None;
        }
        next = tasks.get(&*task.parent_id).copied();
        match (&task.type_attributes.iteration_index, next) {
            (Some(index), Some(_)) => {
                let index = index
                    .as_str()
                    .map_or_else(|| index.to_string(), str::to_owned);
                parts.push(format!("[{index}]"));
            }
            (None, Some(_)) => parts.push(format!("/{}", task.name)),
            (_, None) => {}
        }
    }
    parts.reverse();
    Some(parts.concat().trim_start_matches('/').to_owned())
}

fn parameters(parameters: Vec<Parameter>) -> Map<String, Value> {
    let mut sorted: Vec<_> = parameters
        .into_iter()
        .map(|one| (one.parameter_key, one.value))
        .collect();
    sorted.sort_by(|one, other| one.0.cmp(&other.0));
    sorted.into_iter().collect()
}

fn artifacts(outputs: Vec<Artifacts>) -> Vec<Artifact> {
    let mut all = Vec::new();
    for output in outputs {
        let key = output.artifact_key;
        let (numbers, others): (Vec<_>, Vec<_>) = output
            .artifacts
            .into_iter()
            .partition(|artifact| artifact.r#type == "Metric");
        all.extend(others.into_iter().map(|artifact| Artifact {
            output: key.clone(),
            schema_title: format!("system.{}", artifact.r#type),
            uri: artifact.uri,
            metadata: sorted(artifact.metadata),
            session: String::new(),
        }));
        // Each number of a metrics artifact is an artifact here; together they are what the component wrote.
        let Some(first) = numbers.first() else {
            continue;
        };
        let metadata = numbers
            .iter()
            .filter(|metric| !metric.number_value.is_null())
            .map(|metric| (metric.name.clone(), metric.number_value.clone()));
        all.push(Artifact {
            uri: first.uri.clone(),
            metadata: sorted(metadata.collect()),
            output: key,
            schema_title: "system.Metrics".to_owned(),
            session: String::new(),
        });
    }
    all.sort_by(|one, other| one.output.cmp(&other.output));
    all
}

fn sorted(map: Map<String, Value>) -> Map<String, Value> {
    let mut pairs: Vec<_> = map.into_iter().collect();
    pairs.sort_by(|one, other| one.0.cmp(&other.0));
    pairs.into_iter().collect()
}
