//! The one table of types: what Rust calls it, what KFP calls it.

use crate::model::{ArtifactType, ParameterType};

/// Rust types passed by value, by their last path segment. A row with `generic` needs type arguments.
pub(crate) const PARAMETERS: &[(&str, ParameterType)] = &[
    ("String", ParameterType::String),
    ("i8", ParameterType::Integer),
    ("i16", ParameterType::Integer),
    ("i32", ParameterType::Integer),
    ("i64", ParameterType::Integer),
    ("u8", ParameterType::Integer),
    ("u16", ParameterType::Integer),
    ("u32", ParameterType::Integer),
    ("u64", ParameterType::Integer),
    ("usize", ParameterType::Integer),
    ("f32", ParameterType::Float),
    ("f64", ParameterType::Float),
    ("bool", ParameterType::Boolean),
    ("Vec", ParameterType::JsonArray),
    ("Json", ParameterType::JsonObject),
    ("BTreeMap", ParameterType::JsonObject),
    ("HashMap", ParameterType::JsonObject),
    ("TaskFinalStatus", ParameterType::TaskFinalStatus),
];

/// Rust types of files and directories, by their last path segment.
pub(crate) const ARTIFACTS: &[(&str, ArtifactType)] = &[
    ("Artifact", ArtifactType::Artifact),
    ("Dataset", ArtifactType::Dataset),
    ("Model", ArtifactType::Model),
    ("Metrics", ArtifactType::Metrics),
    ("ClassificationMetrics", ArtifactType::ClassificationMetrics),
    (
        "SlicedClassificationMetrics",
        ArtifactType::SlicedClassificationMetrics,
    ),
    ("Html", ArtifactType::Html),
    ("Markdown", ArtifactType::Markdown),
    ("UiMetadata", ArtifactType::UiMetadata),
];

impl ParameterType {
    /// The name KFP uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::Integer => "Integer",
            Self::Float => "Float",
            Self::Boolean => "Boolean",
            Self::JsonArray => "JsonArray",
            Self::JsonObject => "JsonObject",
            Self::TaskFinalStatus => "PipelineTaskFinalStatus",
        }
    }
}

impl ArtifactType {
    /// The name KFP uses, or `None` for the one type that is written without.
    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::Artifact => "Artifact",
            Self::Dataset => "Dataset",
            Self::Model => "Model",
            Self::Metrics => "Metrics",
            Self::ClassificationMetrics => "ClassificationMetrics",
            Self::SlicedClassificationMetrics => "SlicedClassificationMetrics",
            Self::Html => "HTML",
            Self::Markdown => "Markdown",
            Self::UiMetadata => return None,
        })
    }
}
