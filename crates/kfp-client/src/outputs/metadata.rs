//! Outputs from the metadata store.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use serde_json::{Map, Value as Json};

use super::{Artifact, RunOutputs, TaskOutputs, TaskState};
use crate::{
    Client, Result,
    mlmd::{self, EventType, Execution, ExecutionState, Kind, Properties, StepKind},
};

/// What KFP adds to the metadata of every artifact.
const DISPLAY_NAME: &str = "display_name";
const SESSION: &str = "store_session_info";

/// The answers of the store about one run.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    pub(crate) executions: Vec<Execution>,
    pub(crate) artifacts: Vec<mlmd::Artifact>,
    pub(crate) events: Vec<mlmd::Event>,
    /// Names of types, if the artifacts do not have them.
    pub(crate) artifact_types: BTreeMap<i64, String>,
    /// Names of types, if the executions do not have them.
    pub(crate) execution_types: BTreeMap<i64, String>,
}

impl Client {
    pub(super) fn metadata_outputs(&self, run_id: &str) -> Result<RunOutputs> {
        let by_name = mlmd::GetContextByTypeAndNameRequest {
            type_name: Some("system.PipelineRun".to_owned()),
            context_name: Some(run_id.to_owned()),
        };
        let found: mlmd::GetContextByTypeAndNameResponse =
            self.metadata("GetContextByTypeAndName", &by_name)?;
        let Some(context_id) = found.context.and_then(|context| context.id) else {
            return Ok(RunOutputs::default());
        };
        let of_run = mlmd::ByContextRequest {
            context_id: Some(context_id),
        };
        let mlmd::ExecutionsResponse { executions } =
            self.metadata("GetExecutionsByContext", &of_run)?;
        let mlmd::ArtifactsResponse { artifacts } =
            self.metadata("GetArtifactsByContext", &of_run)?;
        let of_executions = mlmd::GetEventsByExecutionIDsRequest {
            execution_ids: executions.iter().filter_map(|one| one.id).collect(),
        };
        let mlmd::EventsResponse { events } =
            self.metadata("GetEventsByExecutionIDs", &of_executions)?;
        let types = |method| -> Result<BTreeMap<i64, String>> {
            let mlmd::TypesResponse { types } = self.metadata(method, &mlmd::TypesRequest {})?;
            Ok(types
                .into_iter()
                .filter_map(|one| one.id.zip(one.name))
                .collect())
        };
        let artifact_types = if artifacts.iter().all(|one| one.r#type.is_some()) {
            BTreeMap::new()
        } else {
            types("GetArtifactTypes")?
        };
        let execution_types = if executions.iter().all(|one| one.r#type.is_some()) {
            BTreeMap::new()
        } else {
            types("GetExecutionTypes")?
        };
        Ok(run_outputs(Answers {
            executions,
            artifacts,
            events,
            artifact_types,
            execution_types,
        }))
    }
}

/// Puts the answers together.
pub(crate) fn run_outputs(mut answers: Answers) -> RunOutputs {
    answers.executions.sort_by_key(|execution| execution.id);
    let artifacts: BTreeMap<i64, &mlmd::Artifact> = answers
        .artifacts
        .iter()
        .filter_map(|artifact| Some((artifact.id?, artifact)))
        .collect();
    let mut outputs: BTreeMap<i64, Vec<(String, i64)>> = BTreeMap::new();
    for event in &answers.events {
        let (Some(artifact), Some(execution)) = (event.artifact_id, event.execution_id) else {
            continue;
        };
        if event.r#type() == EventType::Output {
            let steps = event.path.iter().flat_map(|path| &path.steps);
            let name = steps.filter_map(|step| match &step.kind {
                Some(StepKind::Key(name)) => Some(name.clone()),
                _ => None,
            });
            let name = name.take(1).collect();
            outputs.entry(execution).or_default().push((name, artifact));
        }
    }
    let paths = Paths::of(&answers.executions);
    let task = |execution: &Execution| {
        let id = execution.id?;
        let path = paths.path(id).filter(|path| !path.is_empty())?;
        let kind = execution
            .r#type
            .as_ref()
            .or_else(|| answers.execution_types.get(&execution.type_id?));
        let mut produced = outputs.remove(&id).unwrap_or_default();
        produced.sort();
        let properties = &execution.custom_properties;
        let state = state(execution.last_known_state());
        let is_over = !matches!(state, TaskState::Running | TaskState::Unspecified);
        Some(TaskOutputs {
            task: path,
            is_group: kind.is_some_and(|kind| kind == "system.DAGExecution"),
            pod: text(properties, "pod_name"),
            start: time(execution.create_time_since_epoch),
            end: time(execution.last_update_time_since_epoch).filter(|_| is_over),
            state,
            error: String::new(),
            inputs: object(properties, "inputs"),
            parameters: object(properties, "outputs"),
            artifacts: produced
                .into_iter()
                .filter_map(|(output, id)| {
                    let artifact = artifacts.get(&id)?;
                    let kind = artifact
                        .r#type
                        .as_ref()
                        .or_else(|| answers.artifact_types.get(&artifact.type_id?));
                    Some(self::artifact(output, kind.cloned(), artifact))
                })
                .collect(),
        })
    };
    RunOutputs {
        tasks: answers.executions.iter().filter_map(task).collect(),
    }
}

fn artifact(output: String, kind: Option<String>, artifact: &mlmd::Artifact) -> Artifact {
    let metadata = artifact
        .custom_properties
        .iter()
        .filter(|(name, _)| *name != DISPLAY_NAME && *name != SESSION)
        .map(|(name, value)| (name.clone(), json(value)));
    Artifact {
        output,
        schema_title: kind.unwrap_or_default(),
        uri: artifact.uri.clone().unwrap_or_default(),
        metadata: metadata.collect(),
        session: text(&artifact.custom_properties, SESSION),
    }
}

fn state(state: ExecutionState) -> TaskState {
    match state {
        ExecutionState::Unknown => TaskState::Unspecified,
        ExecutionState::New | ExecutionState::Running => TaskState::Running,
        ExecutionState::Complete => TaskState::Succeeded,
        ExecutionState::Failed => TaskState::Failed,
        ExecutionState::Cached => TaskState::Cached,
        // What the store calls cancelled is a condition that is false.
        ExecutionState::Canceled => TaskState::Skipped,
    }
}

fn time(milliseconds: Option<i64>) -> Option<SystemTime> {
    let milliseconds = u64::try_from(milliseconds?).ok().filter(|&time| time > 0)?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds))
}

/// A task's place among the graphs it is in.
struct Paths<'a>(BTreeMap<i64, &'a Execution>);

impl<'a> Paths<'a> {
    fn of(executions: &'a [Execution]) -> Self {
        let by_id = executions.iter().filter_map(|one| Some((one.id?, one)));
        Self(by_id.collect())
    }

    /// Empty for the pipeline itself; `None` for what belongs to no pipeline.
    fn path(&self, id: i64) -> Option<String> {
        let mut parts = Vec::new();
        let mut next = Some(id);
        while let Some(id) = next {
            // A chain is never longer than there are executions, unless it is a circle.
            if parts.len() > self.0.len() {
                return None;
            }
            let properties = &self.0.get(&id)?.custom_properties;
            next = int(properties, "parent_dag_id");
            let name = text(properties, "task_name");
            match (int(properties, "iteration_index"), next) {
                (Some(index), Some(_)) => parts.push(format!("[{index}]")),
                (None, Some(_)) => parts.push(format!("/{name}")),
                (_, None) => {}
            }
        }
        parts.reverse();
        Some(parts.concat().trim_start_matches('/').to_owned())
    }
}

fn int(properties: &Properties, name: &str) -> Option<i64> {
    match properties.get(name)?.kind {
        Some(Kind::Int(number)) => Some(number),
        _ => None,
    }
}

fn text(properties: &Properties, name: &str) -> String {
    match properties.get(name).and_then(|value| value.kind.as_ref()) {
        Some(Kind::String(text)) => text.clone(),
        _ => String::new(),
    }
}

fn object(properties: &Properties, name: &str) -> Map<String, Json> {
    match properties.get(name).and_then(|value| value.kind.as_ref()) {
        Some(Kind::Struct(object)) => fields(object),
        _ => Map::new(),
    }
}

/// A property as JSON. Lists and objects are put one level down by KFP.
fn json(value: &mlmd::Value) -> Json {
    match &value.kind {
        None => Json::Null,
        Some(Kind::Int(number)) => (*number).into(),
        Some(Kind::Double(number)) => number_of(*number),
        Some(Kind::String(text)) => text.clone().into(),
        Some(Kind::Bool(value)) => (*value).into(),
        Some(Kind::Struct(object)) => {
            let mut fields = fields(object);
            let inner = ["list", "struct"].into_iter().find(|name| {
                let only = fields.len() == 1;
                only && fields.contains_key(*name)
            });
            match inner.and_then(|name| fields.remove(name)) {
                Some(inner) => inner,
                None => Json::Object(fields),
            }
        }
    }
}

fn fields(object: &prost_types::Struct) -> Map<String, Json> {
    let fields = object.fields.iter();
    fields
        .map(|(name, value)| (name.clone(), plain(value)))
        .collect()
}

fn plain(value: &prost_types::Value) -> Json {
    use prost_types::value::Kind;
    match &value.kind {
        None | Some(Kind::NullValue(_)) => Json::Null,
        Some(Kind::NumberValue(number)) => number_of(*number),
        Some(Kind::StringValue(text)) => text.clone().into(),
        Some(Kind::BoolValue(value)) => (*value).into(),
        Some(Kind::StructValue(object)) => Json::Object(fields(object)),
        Some(Kind::ListValue(list)) => list.values.iter().map(plain).collect(),
    }
}

/// A whole number where it is one, as the server's JSON has it; text where JSON has no number for it.
fn number_of(number: f64) -> Json {
    /// Beyond this not every whole number is a double.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT {
        #[allow(clippy::cast_possible_truncation)] // It is whole and small enough.
        return (number as i64).into();
    }
    serde_json::Number::from_f64(number).map_or_else(|| number.to_string().into(), Json::Number)
}
