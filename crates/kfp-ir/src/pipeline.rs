//! A whole pipeline: `ml_pipelines.PipelineSpec` of `api/v2alpha1/pipeline_spec.proto` of KFP 2.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ArtifactType, ComponentSpec, is_default};

/// The version of this format that kfp 2 writes.
pub const SCHEMA_VERSION: &str = "2.1.0";

/// What stands before a component's name in [`PipelineSpec::components`].
pub const COMPONENT_PREFIX: &str = "comp-";

/// What stands before a component's name in the label of its executor.
pub const EXECUTOR_PREFIX: &str = "exec-";

/// A compiled pipeline.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PipelineSpec {
    /// Name and description.
    pub pipeline_info: PipelineInfo,
    /// What the components' `executorLabel` names.
    #[serde(default, skip_serializing_if = "is_default")]
    pub deployment_spec: DeploymentSpec,
    /// All components but the root, by name: `comp-train`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub components: BTreeMap<String, ComponentSpec>,
    /// The pipeline itself.
    pub root: ComponentSpec,
    /// The version of this format: [`SCHEMA_VERSION`].
    #[serde(default, skip_serializing_if = "is_default")]
    pub schema_version: String,
    /// What compiled it: `kfp-2.17.0`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sdk_version: String,
    /// Where outputs go on a cluster.
    #[serde(default, skip_serializing_if = "is_default")]
    pub default_pipeline_root: String,
}

impl PipelineSpec {
    /// What stands behind a component without tasks.
    pub fn executor(&self, component: &ComponentSpec) -> Option<&Executor> {
        let label = component.executor_label.as_ref()?;
        self.deployment_spec.executors.get(label)
    }

    /// The image that runs a component, if one does.
    pub fn image(&self, component: &ComponentSpec) -> Option<&str> {
        match self.executor(component)? {
            Executor::Container(container) => Some(&container.image),
            _ => None,
        }
    }

    /// The message as protobuf writes it, with sorted keys.
    pub fn to_json(&self) -> Value {
        let mut json = serde_json::to_value(self).expect("its keys are texts");
        json.sort_all_objects();
        json
    }
}

/// What the pipeline is called.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PipelineInfo {
    /// Lower-case letters, digits and `-`.
    pub name: String,
    /// What a UI shows.
    #[serde(default, skip_serializing_if = "is_default")]
    pub display_name: String,
    /// Text for people.
    #[serde(default, skip_serializing_if = "is_default")]
    pub description: String,
}

/// The executors by label.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct DeploymentSpec {
    /// By label: `exec-train`.
    #[serde(skip_serializing_if = "is_default")]
    pub executors: BTreeMap<String, Executor>,
}

/// What executes a component that is not a graph.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Executor {
    /// A program in an image.
    Container(ContainerSpec),
    /// An artifact that comes from outside the pipeline.
    Importer(ImporterSpec),
    /// Not implemented by the open-source backend.
    Resolver(Value),
    /// Google Cloud only.
    CustomJob(Value),
}

/// A program in an image.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContainerSpec {
    /// The image's reference.
    #[serde(skip_serializing_if = "is_default")]
    pub image: String,
    /// The program and its first arguments, with placeholders.
    #[serde(default, skip_serializing_if = "is_default")]
    pub command: Vec<String>,
    /// Further arguments, with placeholders.
    #[serde(default, skip_serializing_if = "is_default")]
    pub args: Vec<String>,
    /// Environment variables, in order.
    #[serde(default, skip_serializing_if = "is_default")]
    pub env: Vec<EnvVar>,
    /// Limits of CPU and memory, accelerators.
    #[serde(default, skip_serializing_if = "is_default")]
    pub resources: Value,
    /// Google Cloud only.
    #[serde(default, skip_serializing_if = "is_default")]
    pub lifecycle: Value,
}

/// An environment variable.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EnvVar {
    /// Its name.
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    /// Its value.
    #[serde(default, skip_serializing_if = "is_default")]
    pub value: String,
}

/// An artifact that comes from outside the pipeline.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImporterSpec {
    /// Where it is.
    pub artifact_uri: ValueOrParameter,
    /// What it is.
    #[serde(default, skip_serializing_if = "is_default")]
    pub type_schema: ArtifactType,
    /// Metadata, whose texts may be placeholders.
    #[serde(default, skip_serializing_if = "is_default")]
    pub metadata: serde_json::Map<String, Value>,
    /// Whether a known artifact of the same URI is registered again.
    #[serde(default, skip_serializing_if = "is_default")]
    pub reimport: bool,
    /// Whether it is copied into the pipeline's workspace.
    #[serde(default, skip_serializing_if = "is_default")]
    pub download_to_workspace: bool,
}

/// A constant, or the name of a parameter.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ValueOrParameter {
    /// A value.
    Constant(Value),
    /// The input parameter that holds the value.
    RuntimeParameter(String),
}
