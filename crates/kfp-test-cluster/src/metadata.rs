//! The metadata store: what it would hold of the runs, spoken to by gRPC-web.

use std::{collections::BTreeMap, fs, path::Path, time::SystemTime};

use kfp_client::mlmd::{
    self, ByContextRequest, EventType, ExecutionState, Kind, Properties, StepKind, frame, trailers,
};
use kfp_pipeline::executor::ExecutorInput;
use kfp_runner::record;
use kfp_test_support::Reply;
use prost::Message;
use serde_json::{Map, Value};

use crate::{
    content,
    state::{Run, State, milliseconds},
    tasks::{self, Task, pod},
};

/// Numbers of types, as they were recorded.
const DAG: (i64, &str) = (12, "system.DAGExecution");
const CONTAINER: (i64, &str) = (13, "system.ContainerExecution");
const IMPORTER: (i64, &str) = (21, "system.ImporterExecution");
const ARTIFACTS: [(i64, &str); 8] = [
    (14, "system.Dataset"),
    (15, "system.Artifact"),
    (16, "system.ClassificationMetrics"),
    (17, "system.Metrics"),
    (18, "system.HTML"),
    (19, "system.Model"),
    (22, "system.Markdown"),
    (23, "system.SlicedClassificationMetrics"),
];
/// How the cluster reaches its store, as recorded.
const SESSION: &str = r#"{"Provider":"minio","Params":{"accessKeyKey":"accesskey","disableSSL":"true","endpoint":"http://store.example:9000","forcePathStyle":"true","fromEnv":"false","maxRetries":"5","region":"us-east-1","secretKeyKey":"secretkey","secretName":"mlpipeline-minio-artifact"}}"#;

/// What the store holds of a run.
#[derive(Default)]
struct Held {
    executions: Vec<mlmd::Execution>,
    artifacts: BTreeMap<i64, mlmd::Artifact>,
    events: Vec<mlmd::Event>,
}

impl State {
    /// Answers a call, framed, with its status in trailers.
    pub(crate) fn metadata(&mut self, call: &str, body: &[u8]) -> Reply {
        let message = body.get(5..).unwrap_or_default();
        let reply = Reply::status(200).header("content-type", mlmd::CONTENT_TYPE);
        match self.call(call, message) {
            Ok(message) => reply.body([frame(0, &message), trailers(0, "")].concat()),
            Err((status, message)) => reply.body(trailers(status, &message)),
        }
    }

    fn call(&mut self, call: &str, message: &[u8]) -> Result<Vec<u8>, (i32, String)> {
        let bad = |error: prost::DecodeError| (3, error.to_string());
        let of_context = |state: &mut Self| -> Result<Held, (i32, String)> {
            let request = ByContextRequest::decode(message).map_err(bad)?;
            let run = state.run_of(request.context_id.unwrap_or_default());
            Ok(run.map(|run| state.held(&run)).unwrap_or_default())
        };
        Ok(match call {
            "GetContextByTypeAndName" => {
                let request = mlmd::GetContextByTypeAndNameRequest::decode(message).map_err(bad)?;
                let name = request.context_name.unwrap_or_default();
                let context = self.context(&name);
                mlmd::GetContextByTypeAndNameResponse { context }.encode_to_vec()
            }
            "GetExecutionsByContext" => {
                let executions = of_context(self)?.executions;
                mlmd::ExecutionsResponse { executions }.encode_to_vec()
            }
            "GetArtifactsByContext" => {
                let artifacts = of_context(self)?.artifacts.into_values().collect();
                mlmd::ArtifactsResponse { artifacts }.encode_to_vec()
            }
            "GetEventsByExecutionIDs" => {
                let request = mlmd::GetEventsByExecutionIDsRequest::decode(message).map_err(bad)?;
                let ids: Vec<String> = self.runs.iter().map(|run| run.id().to_owned()).collect();
                let all: Vec<_> = ids.iter().flat_map(|id| self.held(id).events).collect();
                let wanted = |event: &mlmd::Event| {
                    let id = event.execution_id.unwrap_or_default();
                    request.execution_ids.contains(&id)
                };
                let events = all.into_iter().filter(wanted).collect();
                mlmd::EventsResponse { events }.encode_to_vec()
            }
            "GetArtifactTypes" => types(&ARTIFACTS).encode_to_vec(),
            "GetExecutionTypes" => types(&[DAG, CONTAINER, IMPORTER]).encode_to_vec(),
            other => return Err((12, format!("Method {other} is not implemented"))),
        })
    }

    /// The context of a run that was begun.
    fn context(&mut self, run_id: &str) -> Option<mlmd::Context> {
        let root = self.run(run_id).filter(|run| !run.records.is_empty())?;
        let root = content::root(root);
        let properties = [
            ("namespace", string("kubeflow")),
            ("pipeline_root", string(&root)),
            ("resource_name", string("run-resource")),
            ("store_session_info", string(SESSION)),
        ];
        Some(mlmd::Context {
            id: Some(self.number(format!("context/{run_id}"))),
            name: Some(run_id.to_owned()),
            custom_properties: named(properties),
        })
    }

    fn run_of(&self, context: i64) -> Option<String> {
        let mut all = self.numbers.iter();
        let (what, _) =
            all.find(|(what, number)| **number == context && what.starts_with("context/"))?;
        Some(what.trim_start_matches("context/").to_owned())
    }

    fn held(&mut self, run_id: &str) -> Held {
        let mut held = Held::default();
        let Some(place) = self.runs.iter().position(|run| run.id() == run_id) else {
            return held;
        };
        // The numbers are the only thing that changes.
        let mut numbers = std::mem::take(&mut self.numbers);
        let mut number = |what: String| {
            let next = i64::try_from(numbers.len()).unwrap_or(i64::MAX) + 1;
            *numbers.entry(what).or_insert(next)
        };
        let run = &self.runs[place];
        let root = number(format!("task/{run_id}/"));
        held.executions.push(execution(
            root,
            DAG,
            // It stays so, whatever becomes of the run.
            ExecutionState::Running,
            (Some(run.created), None),
            named([
                ("display_name", string("")),
                ("task_name", string("")),
                (
                    "inputs",
                    object(run.fields["runtime_config"]["parameters"].as_object()),
                ),
            ]),
        ));
        let tasks = tasks::tasks(run);
        for task in &tasks {
            let Some(state) = state(task) else { continue };
            let id = number(format!("task/{run_id}/{}", task.path));
            let mut properties = named([
                ("display_name", string(task.name())),
                ("task_name", string(task.name())),
                (
                    "parent_dag_id",
                    int(number(format!("task/{run_id}/{}", task.parent()))),
                ),
            ]);
            let set = |properties: &mut Properties, name: &str, value| {
                properties.insert(name.to_owned(), value);
            };
            if let Some(index) = task.iteration() {
                set(&mut properties, "iteration_index", int(index));
            }
            let kind = match task {
                Task { is_group: true, .. } => DAG,
                Task {
                    is_importer: true, ..
                } => IMPORTER,
                _ => CONTAINER,
            };
            if kind == CONTAINER {
                let pod = if task.attempts.is_empty() {
                    String::new()
                } else {
                    pod(run, &task.path)
                };
                set(&mut properties, "pod_name", string(&pod));
                if let Some(from) = &task.from_run {
                    set(&mut properties, "cached_execution_id", string(from));
                }
                if state == ExecutionState::Complete || state == ExecutionState::Cached {
                    let parameters = task.outputs.parameters.clone().into_iter().collect();
                    set(&mut properties, "outputs", object(Some(&parameters)));
                }
            }
            if let Some(input) = executor_input(run, task) {
                let parameters = input.inputs.parameters.into_iter().collect();
                set(&mut properties, "inputs", object(Some(&parameters)));
                for (name, list) in input.inputs.artifacts {
                    for artifact in list.artifacts {
                        let artifact = record::Artifact {
                            artifact,
                            content: None,
                        };
                        let uri = content::uri(run, &artifact);
                        let artifact = number(format!("artifact/{run_id}/{uri}"));
                        held.events
                            .push(event(artifact, id, &name, EventType::Input));
                    }
                }
            }
            held.executions.push(execution(
                id,
                kind,
                state,
                (task.start, task.end),
                properties,
            ));
            for (name, uri, artifact) in produced(run, task) {
                let number = number(format!("artifact/{run_id}/{uri}"));
                held.artifacts
                    .insert(number, self::artifact(number, &name, uri, artifact));
                held.events
                    .push(event(number, id, &name, EventType::Output));
            }
        }
        self.numbers = numbers;
        held
    }
}

/// What a task produced: output, URI, and the artifact unless it is the log.
fn produced<'a>(run: &Run, task: &'a Task) -> Vec<(String, String, Option<&'a record::Artifact>)> {
    let mut all = Vec::new();
    for (name, artifacts) in &task.outputs.artifacts {
        for artifact in artifacts {
            all.push((name.clone(), content::uri(run, artifact), Some(artifact)));
        }
    }
    // The launcher keeps what the program printed beside its outputs, one for each attempt.
    for (index, directory) in task.attempts.iter().enumerate() {
        let uri = format!(
            "{}/{}/executor-logs-{index}",
            content::root(run),
            directory.display()
        );
        all.push(("executor-logs".to_owned(), uri, None));
    }
    all
}

/// `None` if the driver has not begun, or never will.
fn state(task: &Task) -> Option<ExecutionState> {
    Some(match task.state {
        // A step that was stopped stays so.
        None | Some(record::State::Cancelled) => ExecutionState::Running,
        Some(record::State::Succeeded) => ExecutionState::Complete,
        Some(record::State::Cached) if task.is_group => ExecutionState::Complete,
        Some(record::State::Cached) => ExecutionState::Cached,
        Some(record::State::Failed) => ExecutionState::Failed,
        Some(record::State::Skipped) => ExecutionState::Canceled,
        Some(record::State::Omitted) => return None,
    })
}

pub(crate) fn executor_input(run: &Run, task: &Task) -> Option<ExecutorInput> {
    let directory = run.directory.as_ref()?.join(task.directory()?);
    let text = fs::read(Path::new(&directory).join("executor_input.json")).ok()?;
    serde_json::from_slice(&text).ok()
}

fn execution(
    id: i64,
    (type_id, kind): (i64, &str),
    state: ExecutionState,
    (start, end): (Option<SystemTime>, Option<SystemTime>),
    custom_properties: Properties,
) -> mlmd::Execution {
    let start = start.map(milliseconds);
    mlmd::Execution {
        id: Some(id),
        type_id: Some(type_id),
        last_known_state: Some(state.into()),
        custom_properties,
        name: Some(format!("run/{id}")),
        r#type: Some(kind.to_owned()),
        create_time_since_epoch: start,
        last_update_time_since_epoch: end.map(milliseconds).or(start),
    }
}

fn artifact(
    id: i64,
    output: &str,
    uri: String,
    artifact: Option<&record::Artifact>,
) -> mlmd::Artifact {
    let kind = artifact.map_or("system.Artifact", |artifact| {
        artifact.artifact.ty.schema_title.as_str()
    });
    let mut custom_properties = named([
        ("display_name", string(output)),
        ("store_session_info", string(SESSION)),
    ]);
    for (name, value) in artifact.into_iter().flat_map(|one| &one.artifact.metadata) {
        if let Some(kind) = property(value) {
            let value = mlmd::Value { kind: Some(kind) };
            custom_properties.insert(name.clone(), value);
        }
    }
    mlmd::Artifact {
        id: Some(id),
        type_id: ARTIFACTS
            .iter()
            .find(|(_, name)| *name == kind)
            .map(|(id, _)| *id),
        uri: Some(uri),
        custom_properties,
        r#type: Some(kind.to_owned()),
    }
}

fn event(artifact: i64, execution: i64, name: &str, ty: EventType) -> mlmd::Event {
    let step = mlmd::Step {
        kind: Some(StepKind::Key(name.to_owned())),
    };
    mlmd::Event {
        artifact_id: Some(artifact),
        execution_id: Some(execution),
        path: Some(mlmd::Path { steps: vec![step] }),
        r#type: Some(ty.into()),
    }
}

fn types(types: &[(i64, &str)]) -> mlmd::TypesResponse {
    let types = types.iter().map(|(id, name)| mlmd::Type {
        id: Some(*id),
        name: Some((*name).to_owned()),
    });
    mlmd::TypesResponse {
        types: types.collect(),
    }
}

fn named<const N: usize>(properties: [(&str, mlmd::Value); N]) -> Properties {
    properties
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn string(text: &str) -> mlmd::Value {
    mlmd::Value {
        kind: Some(Kind::String(text.to_owned())),
    }
}

fn int(number: i64) -> mlmd::Value {
    mlmd::Value {
        kind: Some(Kind::Int(number)),
    }
}

fn object(map: Option<&Map<String, Value>>) -> mlmd::Value {
    let fields = map.into_iter().flatten();
    let fields = fields.map(|(name, value)| (name.clone(), protobuf(value)));
    mlmd::Value {
        kind: Some(Kind::Struct(prost_types::Struct {
            fields: fields.collect(),
        })),
    }
}

/// A piece of metadata as KFP stores it: six decimals of a number, lists and objects one level down.
fn property(value: &Value) -> Option<Kind> {
    let inside = |name: &str| {
        let fields = [(name.to_owned(), protobuf(value))].into();
        Kind::Struct(prost_types::Struct { fields })
    };
    Some(match value {
        Value::Null => return None,
        Value::Bool(value) => Kind::Int((*value).into()),
        Value::Number(number) => {
            Kind::Double((number.as_f64().unwrap_or_default() * 1e6).round() / 1e6)
        }
        Value::String(text) => Kind::String(text.clone()),
        Value::Array(_) => inside("list"),
        Value::Object(_) => inside("struct"),
    })
}

fn protobuf(value: &Value) -> prost_types::Value {
    use prost_types::{ListValue, Struct, value::Kind};
    let kind = match value {
        Value::Null => Kind::NullValue(0),
        Value::Bool(value) => Kind::BoolValue(*value),
        Value::Number(number) => Kind::NumberValue(number.as_f64().unwrap_or_default()),
        Value::String(text) => Kind::StringValue(text.clone()),
        Value::Array(items) => Kind::ListValue(ListValue {
            values: items.iter().map(protobuf).collect(),
        }),
        Value::Object(map) => Kind::StructValue(Struct {
            fields: map
                .iter()
                .map(|(name, value)| (name.clone(), protobuf(value)))
                .collect(),
        }),
    };
    prost_types::Value { kind: Some(kind) }
}
