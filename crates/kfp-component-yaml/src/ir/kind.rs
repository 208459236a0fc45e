//! The IR type that kfp 2 makes of a declared type.

use crate::read::{DeclaredType, Problem, Spanned};
use crate::rules;
use kfp_ir::{ArtifactType, ParameterType};

/// A type in the IR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A parameter.
    Parameter(ParameterType),
    /// An artifact of this schema title.
    Artifact(String),
    /// A list of artifacts of this schema title, which only IR declares.
    ArtifactList(String),
}

/// The type whose value the backend supplies.
pub const FINAL_STATUS: &str = "PipelineTaskFinalStatus";

/// The type by which a component sees settings of its task.
const TASK_CONFIG: &str = "TaskConfig";

/// The name of a parameter's type in a component.yaml.
pub fn declared_name(ty: ParameterType) -> &'static str {
    match ty {
        ParameterType::String => "String",
        ParameterType::NumberInteger => "Integer",
        ParameterType::NumberDouble => "Float",
        ParameterType::Boolean => "Boolean",
        ParameterType::List => "JsonArray",
        ParameterType::Struct => "JsonObject",
        ParameterType::TaskFinalStatus => FINAL_STATUS,
        ParameterType::TaskConfig => TASK_CONFIG,
    }
}

/// The name that kfp 2 keeps in memory and puts into messages.
pub(super) fn in_memory(ty: ParameterType) -> &'static str {
    match ty {
        ParameterType::List => "List",
        ParameterType::Struct => "Dict",
        other => declared_name(other),
    }
}

/// The name in the comment on top of a compiled file.
pub(crate) fn in_comment(ty: ParameterType) -> &'static str {
    match ty {
        ParameterType::String => "str",
        ParameterType::NumberInteger => "int",
        ParameterType::NumberDouble => "float",
        ParameterType::Boolean => "bool",
        ParameterType::List => "list",
        ParameterType::Struct => "dict",
        ParameterType::TaskFinalStatus | ParameterType::TaskConfig => declared_name(ty),
    }
}

impl Kind {
    /// The name in kfp 2's messages.
    pub fn in_memory(&self) -> String {
        match self {
            Self::Parameter(ty) => in_memory(*ty).into(),
            Self::Artifact(title) | Self::ArtifactList(title) => {
                format!("{title}@{}", ArtifactType::VERSION)
            }
        }
    }
}

/// The parameter type of a lower-cased name.
pub(crate) fn parameter(lower: &str) -> Option<ParameterType> {
    Some(match lower {
        "integer" | "int" => ParameterType::NumberInteger,
        "double" | "float" => ParameterType::NumberDouble,
        "string" | "str" | "text" => ParameterType::String,
        "bool" | "boolean" => ParameterType::Boolean,
        "dict" | "jsonobject" => ParameterType::Struct,
        "list" | "jsonarray" => ParameterType::List,
        _ => return None,
    })
}

const ARTIFACTS: [&str; 8] = [
    "Artifact",
    "Model",
    "Dataset",
    "Metrics",
    "ClassificationMetrics",
    "SlicedClassificationMetrics",
    "HTML",
    "Markdown",
];

/// The IR type of an output: kfp 2 knows a final status among inputs only.
///
/// # Errors
/// As [`kind`].
pub fn output_kind(declared: Option<&Spanned<DeclaredType>>) -> Result<Kind, Problem> {
    kind(declared).map(|kind| match kind {
        Kind::Parameter(ParameterType::TaskFinalStatus) => Kind::Artifact(ArtifactType::ANY.into()),
        other => other,
    })
}

/// The IR type of an input.
///
/// # Errors
/// What kfp 2 raises for a type that it cannot read, such as a list.
pub fn kind(declared: Option<&Spanned<DeclaredType>>) -> Result<Kind, Problem> {
    let any = || Kind::Artifact(ArtifactType::ANY.into());
    let Some(spanned) = declared else {
        return Ok(any());
    };
    let name = match &spanned.value {
        DeclaredType::Name(name) => outer_name(name),
        DeclaredType::Map(_) => return Ok(any()),
        DeclaredType::ArtifactList(name) => {
            let item = name
                .strip_prefix("List[")
                .and_then(|rest| rest.strip_suffix(']'));
            return Ok(Kind::ArtifactList(artifact(item.unwrap_or(name))));
        }
        DeclaredType::List => {
            let message = "'list' object has no attribute 'lower'";
            return Err(Problem::new(
                &rules::LIST_TYPE,
                "AttributeError",
                message,
                spanned.start,
            ));
        }
    };
    if name == FINAL_STATUS {
        return Ok(Kind::Parameter(ParameterType::TaskFinalStatus));
    }
    let lower = name.to_lowercase();
    if let Some(parameter) = parameter(&lower) {
        return Ok(Kind::Parameter(parameter));
    }
    if is_google(name) {
        // The pattern's dot stands for any character, but the title it makes needs a real one.
        return if name.starts_with("google.") {
            Ok(Kind::Artifact(name.into()))
        } else {
            let message = format!(
                "Artifact schema_title must have both a namespace and a name, separated by a `.`. Got: {name}"
            );
            Err(Problem::type_error(
                &rules::BAD_TYPE_NAME,
                message,
                spanned.start,
            ))
        };
    }
    Ok(Kind::Artifact(artifact(name)))
}

/// The schema title of an artifact type; of one that kfp 2 has never heard of, that of any artifact.
fn artifact(name: &str) -> String {
    if is_google(name) && name.starts_with("google.") {
        return name.into();
    }
    let lower = name.to_lowercase();
    let known = ARTIFACTS
        .into_iter()
        .find(|title| title.to_lowercase() == lower);
    known.map_or_else(
        || ArtifactType::ANY.into(),
        |title| format!("system.{title}"),
    )
}

/// `^google.[A-Za-z]+$`
pub(crate) fn is_google(name: &str) -> bool {
    let mut rest = name.strip_prefix("google").unwrap_or_default().chars();
    rest.next().is_some_and(|c| c != '\n') && {
        let letters = rest.as_str();
        !letters.is_empty() && letters.chars().all(|c| c.is_ascii_alphabetic())
    }
}

/// `typing.List[int]` is `List`; only lists and mappings lose what is in brackets.
pub(crate) fn outer_name(name: &str) -> &str {
    let name = name.strip_prefix("typing.").unwrap_or(name);
    let lower = name.to_lowercase();
    if lower.starts_with("list") || lower.starts_with("dict") {
        name.split('[').next().unwrap_or(name)
    } else {
        name
    }
}

/// Whether kfp 2 has never heard of it.
pub(crate) fn is_custom(name: &str) -> bool {
    let lower = outer_name(name).to_lowercase();
    !is_google(name) && !ARTIFACTS.iter().any(|title| title.to_lowercase() == lower)
}

/// The first word of a type, which is what placeholders go by.
pub(crate) fn short_name(name: &str) -> &str {
    let bare = match name.strip_prefix("typing.") {
        Some(bare) if bare.starts_with(is_word) => bare,
        _ => name,
    };
    let end = bare.find(|c| !is_word(c)).unwrap_or(bare.len());
    if end == 0 { name } else { &bare[..end] }
}

pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether kfp 2 takes a declared type for a parameter where placeholders are concerned, by a looser rule than for
/// declarations.
pub(crate) fn looks_like_parameter(
    declared: Option<&Spanned<DeclaredType>>,
) -> Result<bool, Problem> {
    let Some(spanned) = declared else {
        return Ok(false);
    };
    let name = match &spanned.value {
        DeclaredType::Name(name) => short_name(name),
        DeclaredType::Map(Ok(key)) => key,
        DeclaredType::Map(Err(message)) => {
            let class = if message.starts_with("list") {
                "IndexError"
            } else {
                "AttributeError"
            };
            return Err(Problem::new(
                &rules::BAD_TYPE_NAME,
                class,
                message.clone(),
                spanned.start,
            ));
        }
        DeclaredType::List | DeclaredType::ArtifactList(_) => return Ok(false),
    };
    Ok(parameter(&name.to_lowercase()).is_some() || name == FINAL_STATUS || name == TASK_CONFIG)
}
