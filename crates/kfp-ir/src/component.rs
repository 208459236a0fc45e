//! A component: its interface, and the graph or executor behind it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Dag, is_default};

/// An interface with what stands behind it.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct ComponentSpec {
    /// What it takes.
    #[serde(skip_serializing_if = "is_default")]
    pub input_definitions: InputDefinitions,
    /// What it produces.
    #[serde(skip_serializing_if = "is_default")]
    pub output_definitions: OutputDefinitions,
    /// A graph of tasks, if it is one.
    #[serde(skip_serializing_if = "is_default")]
    pub dag: Option<Dag>,
    /// The executor, if it is not a graph.
    #[serde(skip_serializing_if = "is_default")]
    pub executor_label: Option<String>,
    /// Settings for platforms, as the document after the pipeline has them.
    #[serde(skip_serializing_if = "is_default")]
    pub single_platform_specs: Vec<Value>,
    /// Which of a task's settings it wants to see.
    #[serde(skip_serializing_if = "is_default")]
    pub task_config_passthroughs: Vec<Value>,
}

/// What a component takes.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct InputDefinitions {
    /// Values, by name.
    #[serde(skip_serializing_if = "is_default")]
    pub parameters: BTreeMap<String, InputParameter>,
    /// Files, by name.
    #[serde(skip_serializing_if = "is_default")]
    pub artifacts: BTreeMap<String, ArtifactPort>,
}

/// What a component produces.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutputDefinitions {
    /// Values, by name.
    #[serde(skip_serializing_if = "is_default")]
    pub parameters: BTreeMap<String, OutputParameter>,
    /// Files, by name.
    #[serde(skip_serializing_if = "is_default")]
    pub artifacts: BTreeMap<String, ArtifactPort>,
}

/// An input parameter.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InputParameter {
    /// Its type.
    pub parameter_type: ParameterType,
    /// What it is when nothing is given.
    #[serde(default, skip_serializing_if = "is_default")]
    pub default_value: Option<Value>,
    /// Whether it may be left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub is_optional: bool,
    /// Text for people.
    #[serde(default, skip_serializing_if = "is_default")]
    pub description: String,
    /// The only values it may have; none means any.
    #[serde(default, skip_serializing_if = "is_default")]
    pub literals: Vec<Value>,
}

/// An output parameter.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OutputParameter {
    /// Its type.
    pub parameter_type: ParameterType,
    /// Text for people.
    #[serde(default, skip_serializing_if = "is_default")]
    pub description: String,
}

/// An artifact among inputs or outputs.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct ArtifactPort {
    /// Its type.
    #[serde(skip_serializing_if = "is_default")]
    pub artifact_type: ArtifactType,
    /// Whether it is any number of artifacts.
    #[serde(skip_serializing_if = "is_default")]
    pub is_artifact_list: bool,
    /// Whether it may be left out.
    #[serde(skip_serializing_if = "is_default")]
    pub is_optional: bool,
    /// Text for people.
    #[serde(skip_serializing_if = "is_default")]
    pub description: String,
    /// What an output's metadata begins with.
    #[serde(skip_serializing_if = "is_default")]
    pub metadata: serde_json::Map<String, Value>,
}

/// The type of an artifact.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct ArtifactType {
    /// `system.Dataset`.
    #[serde(skip_serializing_if = "is_default")]
    pub schema_title: String,
    /// `0.0.1`.
    #[serde(skip_serializing_if = "is_default")]
    pub schema_version: String,
    /// What KFP's backend writes when it no longer knows the type.
    #[serde(skip_serializing_if = "is_default")]
    pub instance_schema: Option<String>,
}

impl ArtifactType {
    /// The title of the type of any artifact.
    pub const ANY: &str = "system.Artifact";
    /// The version of every schema there is.
    pub const VERSION: &str = "0.0.1";

    /// The type of a schema title.
    ///
    /// ```
    /// let dataset = kfp_ir::ArtifactType::of("system.Dataset");
    /// assert_eq!(dataset.schema_version, "0.0.1");
    /// ```
    pub fn of(title: impl Into<String>) -> Self {
        Self {
            schema_title: title.into(),
            schema_version: Self::VERSION.into(),
            instance_schema: None,
        }
    }
}

/// The type of a parameter.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
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
