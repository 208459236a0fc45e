//! The messages of the metadata store, as far as a reader of runs needs them. Field numbers and names are those of
//! `ml_metadata/proto/metadata_store.proto` and `metadata_store_service.proto`; unknown fields are passed over.

use std::collections::BTreeMap;

use prost::{Enumeration, Message, Oneof};
use prost_types::Struct;

/// A value of a property.
#[derive(Clone, PartialEq, Message)]
pub struct Value {
    /// The value, in one of its types.
    #[prost(oneof = "Kind", tags = "1, 2, 3, 4, 6")]
    pub kind: Option<Kind>,
}

/// The types of a [`Value`].
#[derive(Clone, PartialEq, Oneof)]
pub enum Kind {
    /// A whole number, or a truth value as 1 and 0.
    #[prost(int64, tag = "1")]
    Int(i64),
    /// Any other number.
    #[prost(double, tag = "2")]
    Double(f64),
    /// A text.
    #[prost(string, tag = "3")]
    String(String),
    /// An object. KFP puts a list under the key `list`, and an object under `struct`.
    #[prost(message, tag = "4")]
    Struct(Struct),
    /// A truth value.
    #[prost(bool, tag = "6")]
    Bool(bool),
}

/// The properties of an object, by name.
pub type Properties = BTreeMap<String, Value>;

/// What a task consumed or produced.
#[derive(Clone, PartialEq, Message)]
pub struct Artifact {
    /// Its number in the store.
    #[prost(int64, optional, tag = "1")]
    pub id: Option<i64>,
    /// The number of its type.
    #[prost(int64, optional, tag = "2")]
    pub type_id: Option<i64>,
    /// Where its content is.
    #[prost(string, optional, tag = "3")]
    pub uri: Option<String>,
    /// Everything that KFP and the component say about it.
    #[prost(btree_map = "string, message", tag = "5")]
    pub custom_properties: Properties,
    /// The name of its type, which older stores leave out.
    #[prost(string, optional, tag = "8")]
    pub r#type: Option<String>,
}

/// A run of a task, of a graph of tasks, or of an importer.
#[derive(Clone, PartialEq, Message)]
pub struct Execution {
    /// Its number in the store.
    #[prost(int64, optional, tag = "1")]
    pub id: Option<i64>,
    /// The number of its type.
    #[prost(int64, optional, tag = "2")]
    pub type_id: Option<i64>,
    /// How far it is.
    #[prost(enumeration = "ExecutionState", optional, tag = "3")]
    pub last_known_state: Option<i32>,
    /// What KFP says about it: `task_name`, `pod_name`, `parent_dag_id`, `inputs`, `outputs`.
    #[prost(btree_map = "string, message", tag = "5")]
    pub custom_properties: Properties,
    /// Its name in the store.
    #[prost(string, optional, tag = "6")]
    pub name: Option<String>,
    /// The name of its type, which older stores leave out.
    #[prost(string, optional, tag = "7")]
    pub r#type: Option<String>,
    /// When it was created, in milliseconds since 1970.
    #[prost(int64, optional, tag = "8")]
    pub create_time_since_epoch: Option<i64>,
    /// When it last changed, in milliseconds since 1970.
    #[prost(int64, optional, tag = "9")]
    pub last_update_time_since_epoch: Option<i64>,
}

/// How far an execution is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum ExecutionState {
    /// The store does not know.
    Unknown = 0,
    /// It has not started.
    New = 1,
    /// It runs, or its end was not written down.
    Running = 2,
    /// It ended well.
    Complete = 3,
    /// It failed.
    Failed = 4,
    /// Its outputs are those of an equal one.
    Cached = 5,
    /// Its condition is false.
    Canceled = 6,
}

/// That an execution consumed or produced an artifact.
#[derive(Clone, PartialEq, Message)]
pub struct Event {
    /// The artifact.
    #[prost(int64, optional, tag = "1")]
    pub artifact_id: Option<i64>,
    /// The execution.
    #[prost(int64, optional, tag = "2")]
    pub execution_id: Option<i64>,
    /// The name of the input or output.
    #[prost(message, optional, tag = "3")]
    pub path: Option<Path>,
    /// Which of the two.
    #[prost(enumeration = "EventType", optional, tag = "4")]
    pub r#type: Option<i32>,
}

/// Whether an artifact was consumed or produced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum EventType {
    /// The store does not know.
    Unknown = 0,
    /// It was consumed.
    Input = 3,
    /// It was produced.
    Output = 4,
}

/// The name of an input or output, and which of several artifacts under it.
#[derive(Clone, PartialEq, Message)]
pub struct Path {
    /// The name first.
    #[prost(message, repeated, tag = "1")]
    pub steps: Vec<Step>,
}

/// A part of a [`Path`].
#[derive(Clone, PartialEq, Message)]
pub struct Step {
    /// A number or a name.
    #[prost(oneof = "StepKind", tags = "1, 2")]
    pub kind: Option<StepKind>,
}

/// What a [`Step`] is.
#[derive(Clone, PartialEq, Eq, Oneof)]
pub enum StepKind {
    /// Which of several.
    #[prost(int64, tag = "1")]
    Index(i64),
    /// A name.
    #[prost(string, tag = "2")]
    Key(String),
}

/// Everything that belongs to one run.
#[derive(Clone, PartialEq, Message)]
pub struct Context {
    /// Its number in the store.
    #[prost(int64, optional, tag = "1")]
    pub id: Option<i64>,
    /// The run's identifier.
    #[prost(string, optional, tag = "3")]
    pub name: Option<String>,
    /// What KFP says about the run: `pipeline_root`, `namespace`, `store_session_info`.
    #[prost(btree_map = "string, message", tag = "5")]
    pub custom_properties: Properties,
}

/// A type of artifacts or executions.
#[derive(Clone, PartialEq, Message)]
pub struct Type {
    /// Its number in the store.
    #[prost(int64, optional, tag = "1")]
    pub id: Option<i64>,
    /// Its name: `system.Metrics`.
    #[prost(string, optional, tag = "2")]
    pub name: Option<String>,
}

/// Asks for the context of a run.
#[derive(Clone, PartialEq, Message)]
pub struct GetContextByTypeAndNameRequest {
    /// `system.PipelineRun`.
    #[prost(string, optional, tag = "1")]
    pub type_name: Option<String>,
    /// The run's identifier.
    #[prost(string, optional, tag = "2")]
    pub context_name: Option<String>,
}

/// The context of a run, or nothing.
#[derive(Clone, PartialEq, Message)]
pub struct GetContextByTypeAndNameResponse {
    /// The context.
    #[prost(message, optional, tag = "1")]
    pub context: Option<Context>,
}

/// Asks for the executions or the artifacts of a context.
#[derive(Clone, PartialEq, Message)]
pub struct ByContextRequest {
    /// The context.
    #[prost(int64, optional, tag = "1")]
    pub context_id: Option<i64>,
}

/// The executions of a context.
#[derive(Clone, PartialEq, Message)]
pub struct ExecutionsResponse {
    /// The executions.
    #[prost(message, repeated, tag = "1")]
    pub executions: Vec<Execution>,
}

/// The artifacts of a context.
#[derive(Clone, PartialEq, Message)]
pub struct ArtifactsResponse {
    /// The artifacts.
    #[prost(message, repeated, tag = "1")]
    pub artifacts: Vec<Artifact>,
}

/// Asks for what executions consumed and produced.
#[derive(Clone, PartialEq, Message)]
pub struct GetEventsByExecutionIDsRequest {
    /// The executions.
    #[prost(int64, repeated, packed = "false", tag = "1")]
    pub execution_ids: Vec<i64>,
}

/// What executions consumed and produced.
#[derive(Clone, PartialEq, Message)]
pub struct EventsResponse {
    /// The events.
    #[prost(message, repeated, tag = "1")]
    pub events: Vec<Event>,
}

/// Asks for all types.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct TypesRequest {}

/// All types of artifacts, or of executions.
#[derive(Clone, PartialEq, Message)]
pub struct TypesResponse {
    /// The types.
    #[prost(message, repeated, tag = "1")]
    pub types: Vec<Type>,
}
