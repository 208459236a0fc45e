//! Argument values and their texts; refuses values whose type has no serialiser that takes them.

use crate::ir::short_name;
use crate::python;
use crate::pyyaml::Place;
use crate::read::{DeclaredType, Default, Input, Problem, Spanned};

/// What a component is called with.
#[derive(Debug, Clone)]
pub(super) enum Argument {
    Text(String),
    Int(i128),
    Float(f64),
    Bool(bool),
    /// A list or a mapping, whose content does not matter.
    Json,
    /// An output of another task, of this declared type.
    Output(Option<DeclaredType>),
}

impl From<&Default> for Argument {
    fn from(default: &Default) -> Self {
        match default {
            Default::Text(text) => Self::Text(text.clone()),
            Default::Int(number) => Self::Int(*number),
            Default::Float(number) => Self::Float(*number),
            Default::Bool(truth) => Self::Bool(*truth),
        }
    }
}

/// A constant of the input's type.
pub(super) fn sample(input: &Input) -> Argument {
    let name = input
        .kind
        .as_ref()
        .and_then(|kind| kind.value.name())
        .unwrap_or_default();
    let word = name
        .split('[')
        .next()
        .unwrap_or_default()
        .replace("typing.", "")
        .to_lowercase();
    match word.as_str() {
        "string" | "str" | "text" => Argument::Text("text".into()),
        "integer" | "int" => Argument::Int(7),
        "float" | "double" => Argument::Float(2.5),
        "bool" | "boolean" => Argument::Bool(true),
        "list" | "jsonarray" | "dict" | "jsonobject" => Argument::Json,
        _ => Argument::Text("contents of an input".into()),
    }
}

impl Argument {
    fn class(&self) -> &'static str {
        match self {
            Self::Text(_) => "str",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Bool(_) => "bool",
            Self::Json => "list",
            Self::Output(_) => "PipelineParam",
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Int(number) => number.to_string(),
            Self::Float(number) => python::float_repr(*number),
            Self::Bool(true) => "True".into(),
            Self::Bool(false) => "False".into(),
            Self::Json => "[]".into(),
            // Stands for a reference the compiler fills in later.
            Self::Output(_) => "{{$.output}}".into(),
        }
    }

    /// The value as an argument of the command line.
    pub(super) fn serialized(
        &self,
        declared: Option<&Spanned<DeclaredType>>,
        place: Place,
    ) -> Result<String, Problem> {
        let (Some(declared), false) = (declared, matches!(self, Self::Text(_) | Self::Output(_)))
        else {
            return Ok(self.text());
        };
        let DeclaredType::Name(name) = &declared.value else {
            let message = "expected string or bytes-like object";
            return Err(Problem::type_error("no-serializer", message, place));
        };
        let wanted = match short_name(name) {
            "String" | "str" => "str",
            "Integer" | "int" => "int",
            "Float" | "float" => "float",
            "Boolean" | "Bool" | "bool" => "bool",
            "JsonArray" | "List" | "list" | "JsonObject" | "Dictionary" | "Dict" | "dict"
            | "Json" | "Base64Pickle" => {
                return Ok(self.text());
            }
            _ => {
                let message = format!("There are no registered serializers for type \"{name}\".");
                return Err(Problem::type_error("no-serializer", message, place));
            }
        };
        let fits = match (wanted, self) {
            ("int", Self::Int(_) | Self::Bool(_))
            | ("float", Self::Int(_) | Self::Float(_) | Self::Bool(_)) => true,
            (wanted, value) => wanted == value.class(),
        };
        if fits {
            return Ok(self.text());
        }
        let message = format!(
            "Failed to serialize the value \"{text}\" of type \"{class}\" to type \"{name}\". \
             Exception: Value \"{text}\" has type \"<class '{class}'>\" instead of {wanted}.",
            text = self.text(),
            class = self.class(),
        );
        Err(Problem::new(
            "default-of-other-type",
            "ValueError",
            message,
            place,
        ))
    }
}
