//! The one table of types: their names in Rust and in KFP.

use crate::model::{ArtifactType, ParameterType};

/// Rust types passed by value, by the last segment of their path.
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

/// Rust types of files and directories, by the last segment of their path.
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
    /// The name KFP 2 uses for a list of such artifacts.
    pub fn list_name(self) -> &'static str {
        match self {
            Self::Artifact | Self::UiMetadata => "List[Artifact]",
            Self::Dataset => "List[Dataset]",
            Self::Model => "List[Model]",
            Self::Metrics => "List[Metrics]",
            Self::ClassificationMetrics => "List[ClassificationMetrics]",
            Self::SlicedClassificationMetrics => "List[SlicedClassificationMetrics]",
            Self::Html => "List[HTML]",
            Self::Markdown => "List[Markdown]",
        }
    }

    /// The name KFP uses; `None` for the one type that is written without a name.
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
