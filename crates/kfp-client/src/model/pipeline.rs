//! Pipelines and their versions.

use std::{collections::BTreeMap, time::SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{run::Status, time};

/// A pipeline: a name under which versions are stored.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub struct Pipeline {
    /// Its identifier, a UUID.
    pub pipeline_id: String,
    /// Its unique name.
    pub name: String,
    /// Its name for people.
    pub display_name: String,
    /// What its author said about it.
    pub description: String,
    /// The namespace it belongs to; empty for one that everybody sees.
    pub namespace: String,
    /// When it was created.
    #[serde(deserialize_with = "time::optional")]
    pub created_at: Option<SystemTime>,
    /// Labels: at most 20, each key and value at most 63 characters long.
    pub tags: BTreeMap<String, String>,
    /// Why the server cannot use it.
    pub error: Option<Status>,
}

/// A version of a pipeline: one compiled file.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub struct PipelineVersion {
    /// The pipeline it is a version of.
    pub pipeline_id: String,
    /// Its identifier, a UUID.
    pub pipeline_version_id: String,
    /// Its name, unique within the pipeline.
    pub name: String,
    /// Its name for people.
    pub display_name: String,
    /// What its author said about it.
    pub description: String,
    /// When it was created.
    #[serde(deserialize_with = "time::optional")]
    pub created_at: Option<SystemTime>,
    /// The address of the source it was compiled from.
    pub code_source_url: String,
    /// The compiled file: the IR, or an object with `pipeline_spec` and `platform_spec`. Numbers are doubles.
    pub pipeline_spec: Value,
    /// Labels: at most 20, each key and value at most 63 characters long.
    pub tags: BTreeMap<String, String>,
    /// Why the server cannot use it.
    pub error: Option<Status>,
}

impl PipelineVersion {
    /// What a run names to run this version.
    pub fn reference(&self) -> PipelineVersionReference {
        PipelineVersionReference {
            pipeline_id: self.pipeline_id.clone(),
            pipeline_version_id: self.pipeline_version_id.clone(),
        }
    }
}

/// An uploaded pipeline.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(default)]
pub struct PipelineVersionReference {
    /// The pipeline.
    pub pipeline_id: String,
    /// The version; empty for the latest.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub pipeline_version_id: String,
}
