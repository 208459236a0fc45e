//! Argument values and their texts; refuses values whose type has no serialiser that takes them.

use crate::ir::short_name;
use crate::read::{DeclaredType, Default, Input, Problem, Spanned};
use crate::rules;
use kfp_pyyaml::Position;

/// What a component is called with.
#[derive(Debug, Clone)]
pub(super) enum Argument {
    Constant(Default),
    /// A list or a mapping, whose content does not matter.
    Json,
    /// An output of another task, of this declared type.
    Output(Option<DeclaredType>),
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
        "integer" | "int" => Argument::Constant(Default::Int(7)),
        "float" | "double" => Argument::Constant(Default::Float(2.5)),
        "bool" | "boolean" => Argument::Constant(Default::Bool(true)),
        "list" | "jsonarray" | "dict" | "jsonobject" => Argument::Json,
        _ => Argument::Constant(Default::Text("contents of an input".into())),
    }
}

impl Argument {
    fn class(&self) -> &'static str {
        match self {
            Self::Constant(Default::Text(_)) => "str",
            Self::Constant(Default::Int(_) | Default::BigInt(_)) => "int",
            Self::Constant(Default::Float(_)) => "float",
            Self::Constant(Default::Bool(_)) => "bool",
            Self::Json => "list",
            Self::Output(_) => "PipelineParam",
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Constant(value) => value.text(),
            Self::Json => "[]".into(),
            // Stands for a reference the compiler fills in later.
            Self::Output(_) => "{{$.output}}".into(),
        }
    }

    /// The value as an argument of the command line.
    pub(super) fn serialized(
        &self,
        declared: Option<&Spanned<DeclaredType>>,
        position: Position,
    ) -> Result<String, Problem> {
        let is_text = matches!(self, Self::Constant(Default::Text(_)) | Self::Output(_));
        let (Some(declared), false) = (declared, is_text) else {
            return Ok(self.text());
        };
        let DeclaredType::Name(name) = &declared.value else {
            let message = "expected string or bytes-like object";
            return Err(Problem::type_error(
                &rules::NO_SERIALIZER,
                message,
                position,
            ));
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
                return Err(Problem::type_error(
                    &rules::NO_SERIALIZER,
                    message,
                    position,
                ));
            }
        };
        let class = self.class();
        let fits = match wanted {
            "int" => matches!(class, "int" | "bool"),
            "float" => matches!(class, "int" | "float" | "bool"),
            wanted => wanted == class,
        };
        if fits {
            return Ok(self.text());
        }
        let message = format!(
            "Failed to serialize the value \"{text}\" of type \"{class}\" to type \"{name}\". \
             Exception: Value \"{text}\" has type \"<class '{class}'>\" instead of {wanted}.",
            text = self.text(),
        );
        Err(Problem::new(
            &rules::DEFAULT_OF_OTHER_TYPE,
            "ValueError",
            message,
            position,
        ))
    }
}
