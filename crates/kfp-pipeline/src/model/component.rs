//! A component: its interface, and the graph or executor behind it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Dag;

/// An interface with what stands behind it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComponentSpec {
    /// What it takes.
    #[serde(default)]
    pub input_definitions: InputDefinitions,
    /// What it produces.
    #[serde(default)]
    pub output_definitions: OutputDefinitions,
    /// A graph of tasks, if it is one.
    #[serde(default)]
    pub dag: Option<Dag>,
    /// The executor, if it is not a graph.
    #[serde(default)]
    pub executor_label: Option<String>,
    /// Settings for platforms, as [`crate::Platforms`] knows them.
    #[serde(default)]
    pub single_platform_specs: Vec<Value>,
    /// Which of a task's settings it wants to see.
    #[serde(default)]
    pub task_config_passthroughs: Vec<Value>,
}

/// What a component takes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputDefinitions {
    /// Values, by name.
    #[serde(default)]
    pub parameters: BTreeMap<String, InputParameter>,
    /// Files, by name.
    #[serde(default)]
    pub artifacts: BTreeMap<String, ArtifactPort>,
}

/// What a component produces.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputDefinitions {
    /// Values, by name.
    #[serde(default)]
    pub parameters: BTreeMap<String, OutputParameter>,
    /// Files, by name.
    #[serde(default)]
    pub artifacts: BTreeMap<String, ArtifactPort>,
}

/// An input parameter.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InputParameter {
    /// Its type.
    pub parameter_type: ParameterType,
    /// What it is when nothing is given.
    #[serde(default)]
    pub default_value: Option<Value>,
    /// Whether it may be left out.
    #[serde(default)]
    pub is_optional: bool,
    /// Text for people.
    #[serde(default)]
    pub description: String,
    /// The only values it may have; none means any.
    #[serde(default)]
    pub literals: Vec<Value>,
}

/// An output parameter.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OutputParameter {
    /// Its type.
    pub parameter_type: ParameterType,
    /// Text for people.
    #[serde(default)]
    pub description: String,
}

/// An artifact among inputs or outputs.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ArtifactPort {
    /// Its type.
    #[serde(default)]
    pub artifact_type: ArtifactType,
    /// Whether it is any number of artifacts.
    #[serde(default)]
    pub is_artifact_list: bool,
    /// Whether it may be left out.
    #[serde(default)]
    pub is_optional: bool,
    /// Text for people.
    #[serde(default)]
    pub description: String,
    /// What an output's metadata begins with.
    #[serde(default)]
    pub metadata: serde_json::Map<String, Value>,
}

/// The type of an artifact.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ArtifactType {
    /// `system.Dataset`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub schema_title: String,
    /// `0.0.1`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub schema_version: String,
    /// What KFP's backend writes when it no longer knows the type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_schema: Option<String>,
}

/// The type of a parameter.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are KFP's")]
pub enum ParameterType {
    NumberDouble,
    NumberInteger,
    String,
    Boolean,
    List,
    Struct,
    TaskFinalStatus,
    TaskConfig,
}
