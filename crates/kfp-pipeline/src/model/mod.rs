//! The messages of `ml_pipelines.PipelineSpec` (`api/v2alpha1/pipeline_spec.proto` of KFP 2) in their JSON form.
//!
//! Fields KFP 2 no longer writes are left out, so a file that has them is refused instead of half understood.

mod component;
mod dag;
mod source;
mod task;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use component::*;
pub use dag::*;
pub use source::*;
pub use task::*;

/// A compiled pipeline.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PipelineSpec {
    /// Name and description.
    pub pipeline_info: PipelineInfo,
    /// What the components' `executorLabel` names.
    #[serde(default)]
    pub deployment_spec: DeploymentSpec,
    /// All components but the root, by name: `comp-train`.
    #[serde(default)]
    pub components: BTreeMap<String, ComponentSpec>,
    /// The pipeline itself.
    pub root: ComponentSpec,
    /// The version of this format; KFP 2 takes `2.1.0` only.
    #[serde(default)]
    pub schema_version: String,
    /// What compiled it: `kfp-2.17.0`.
    #[serde(default)]
    pub sdk_version: String,
    /// Where outputs go on a cluster.
    #[serde(default)]
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
}

/// What the pipeline is called.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PipelineInfo {
    /// Lower-case letters, digits and `-`.
    pub name: String,
    /// What a UI shows.
    #[serde(default)]
    pub display_name: String,
    /// Text for people.
    #[serde(default)]
    pub description: String,
}

/// The executors by label.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct DeploymentSpec {
    /// By label: `exec-train`.
    #[serde(default)]
    pub executors: BTreeMap<String, Executor>,
}

/// What executes a component that is not a graph.
#[derive(Clone, Debug, Deserialize)]
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
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContainerSpec {
    /// The image's reference.
    pub image: String,
    /// The program and its first arguments, with placeholders.
    #[serde(default)]
    pub command: Vec<String>,
    /// Further arguments, with placeholders.
    #[serde(default)]
    pub args: Vec<String>,
    /// Environment variables, in order.
    #[serde(default)]
    pub env: Vec<EnvVar>,
    /// Limits of CPU and memory, accelerators.
    #[serde(default)]
    pub resources: Value,
    /// Google Cloud only.
    #[serde(default)]
    pub lifecycle: Value,
}

/// An environment variable.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EnvVar {
    /// Its name.
    pub name: String,
    /// Its value.
    #[serde(default)]
    pub value: String,
}

/// An artifact that comes from outside the pipeline.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImporterSpec {
    /// Where it is.
    pub artifact_uri: ValueOrParameter,
    /// What it is.
    #[serde(default)]
    pub type_schema: ArtifactType,
    /// Metadata, whose texts may be placeholders.
    #[serde(default)]
    pub metadata: serde_json::Map<String, Value>,
    /// Whether a known artifact of the same URI is registered again.
    #[serde(default)]
    pub reimport: bool,
    /// Whether it is copied into the pipeline's workspace.
    #[serde(default)]
    pub download_to_workspace: bool,
}

/// A constant, or the name of a parameter.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ValueOrParameter {
    /// A value.
    Constant(Value),
    /// The input parameter that holds the value.
    RuntimeParameter(String),
}
