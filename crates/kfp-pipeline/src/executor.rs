//! What a component is told and what it answers: `ExecutorInput` and `ExecutorOutput`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ArtifactType;

/// What a component is told: the value of the placeholder `{{$}}`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct ExecutorInput {
    /// What it is given.
    pub inputs: Inputs,
    /// Where its outputs go.
    pub outputs: OutputPlaces,
}

/// What a component is given.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Inputs {
    /// By input name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub artifacts: BTreeMap<String, ArtifactList>,
    /// By input name; an omitted one without default is absent.
    #[serde(
        default,
        rename = "parameterValues",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub parameters: BTreeMap<String, Value>,
}

impl Inputs {
    /// Whether an input of that name is there.
    pub fn has(&self, name: &str) -> bool {
        self.parameters.contains_key(name) || self.artifacts.contains_key(name)
    }
}

/// Where a component's outputs go.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct OutputPlaces {
    /// The file each output parameter is written to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, OutputFile>,
    /// The artifacts to fill.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub artifacts: BTreeMap<String, ArtifactList>,
    /// Where [`ExecutorOutput`] is written to.
    #[serde(rename = "outputFile")]
    pub output_file: String,
}

/// The file an output parameter is written to.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct OutputFile {
    /// Its path.
    #[serde(rename = "outputFile")]
    pub output_file: String,
}

/// Artifacts under one name: one, or any number for a list.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ArtifactList {
    /// In order.
    #[serde(default)]
    pub artifacts: Vec<RuntimeArtifact>,
}

/// An artifact of a run.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RuntimeArtifact {
    /// The name of the output that produced it.
    #[serde(default)]
    pub name: String,
    /// What it is.
    #[serde(default, rename = "type")]
    pub ty: ArtifactType,
    /// Where it is: a URL, or a path on this machine.
    #[serde(default)]
    pub uri: String,
    /// What is known about it.
    #[serde(default)]
    pub metadata: Map<String, Value>,
    /// Where a component put the file, if not where it was told to.
    #[serde(
        default,
        rename = "customPath",
        alias = "custom_path",
        skip_serializing_if = "String::is_empty"
    )]
    pub custom_path: String,
}

impl RuntimeArtifact {
    /// The path on this machine; `None` for a URL of another scheme than `file`.
    pub fn path(&self) -> Option<&str> {
        if !self.custom_path.is_empty() {
            return Some(&self.custom_path);
        }
        match self.uri.split_once("://") {
            Some(("file", path)) => Some(path),
            Some(_) => None,
            None => Some(&self.uri),
        }
    }
}

/// What a component answers, strictly read as the backend does: an unknown field fails the task.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct ExecutorOutput {
    /// By output name; they win over the output parameters' files.
    #[serde(default, rename = "parameterValues", alias = "parameter_values")]
    pub parameters: BTreeMap<String, Value>,
    /// By output name.
    #[serde(default)]
    pub artifacts: BTreeMap<String, ArtifactList>,
}
