//! A graph of tasks and where its outputs come from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Task, is_default};

/// A graph of tasks.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dag {
    /// By name, which is what other tasks call them.
    #[serde(skip_serializing_if = "is_default")]
    pub tasks: BTreeMap<String, Task>,
    /// Where its outputs come from.
    #[serde(skip_serializing_if = "is_default")]
    pub outputs: DagOutputs,
}

/// Where a graph's outputs come from.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct DagOutputs {
    /// By output name.
    #[serde(skip_serializing_if = "is_default")]
    pub parameters: BTreeMap<String, DagOutputParameter>,
    /// By output name.
    #[serde(skip_serializing_if = "is_default")]
    pub artifacts: BTreeMap<String, DagOutputArtifact>,
}

/// Where an output parameter comes from.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum DagOutputParameter {
    /// A task's output.
    ValueFromParameter(ParameterSelector),
    /// The output of the first of several tasks that succeeded.
    ValueFromOneof(ParameterSelectors),
}

impl DagOutputParameter {
    /// The candidates, in order.
    pub fn selectors(&self) -> &[ParameterSelector] {
        match self {
            Self::ValueFromParameter(one) => std::slice::from_ref(one),
            Self::ValueFromOneof(several) => &several.parameter_selectors,
        }
    }
}

/// Several candidates.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct ParameterSelectors {
    /// In order.
    #[serde(skip_serializing_if = "is_default")]
    pub parameter_selectors: Vec<ParameterSelector>,
}

/// An output parameter of a task in the graph.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ParameterSelector {
    /// The task.
    pub producer_subtask: String,
    /// Its output.
    pub output_parameter_key: String,
}

/// Where an output artifact comes from; several candidates are the branches of a `OneOf`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct DagOutputArtifact {
    /// In order.
    #[serde(skip_serializing_if = "is_default")]
    pub artifact_selectors: Vec<ArtifactSelector>,
}

/// An output artifact of a task in the graph.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ArtifactSelector {
    /// The task.
    pub producer_subtask: String,
    /// Its output.
    pub output_artifact_key: String,
}
