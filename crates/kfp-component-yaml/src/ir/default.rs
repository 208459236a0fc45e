//! Defaults as kfp 2 converts them on loading and writes them on compiling; refuses what either step refuses.

use serde_json::{Number, Value};

use super::kind::in_memory;
use super::surrogates;
use crate::python::{self, Json};
use crate::read::{DeclaredType, Default, Input, Problem};
use crate::{rules, suggest};
use kfp_ir::ParameterType;

/// A default after loading.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Loaded {
    Plain(Default),
    Json(Value),
    /// JSON with NaN or an infinity.
    NotFinite,
    /// JSON with half a surrogate pair.
    Surrogate,
}

/// Converts an input's default by the name of its type as written.
pub(crate) fn load(input: &Input) -> Result<Option<Loaded>, Problem> {
    let Some(default) = &input.default else {
        return Ok(None);
    };
    let name = match input.kind.as_ref().map(|kind| &kind.value) {
        Some(DeclaredType::Name(name)) => name.to_lowercase(),
        _ => return Ok(Some(Loaded::Plain(default.value.clone()))),
    };
    let refuse = |class, message| {
        let problem = Problem::new(&rules::BAD_DEFAULT, class, message, default.start);
        match super::kind::parameter(&name).map(|kind| help(kind, &default.value.text())) {
            Some(help) => problem.with_help(help),
            None => problem,
        }
    };
    let plain = match (super::kind::parameter(&name), &default.value) {
        (Some(ParameterType::NumberInteger), value) => {
            integer(value).map_err(|(class, message)| refuse(class, message))?
        }
        (Some(ParameterType::NumberDouble), value) => {
            Default::Float(double(value).map_err(|(class, message)| refuse(class, message))?)
        }
        (Some(ParameterType::Boolean), Default::Text(text)) => {
            let truth = python::strtobool(text);
            Default::Bool(truth.map_err(|message| refuse("ValueError", message))?)
        }
        (Some(ParameterType::List | ParameterType::Struct), Default::Text(text)) => {
            match python::json_loads(text) {
                Json::No => Default::Text(text.clone()),
                Json::NotFinite => return Ok(Some(Loaded::NotFinite)),
                Json::Surrogate => return Ok(Some(Loaded::Surrogate)),
                Json::Value(Value::Null) => return Ok(None),
                Json::Value(value) => return Ok(Some(Loaded::Json(value))),
            }
        }
        (Some(ParameterType::String), value) => Default::Text(value.text()),
        (_, value) => value.clone(),
    };
    Ok(Some(Loaded::Plain(plain)))
}

/// What to write instead of a default that does not read as its type.
fn help(kind: ParameterType, text: &str) -> String {
    let reads = |text: &str| match kind {
        ParameterType::NumberInteger => python::int(text).is_some(),
        ParameterType::NumberDouble => python::float(text).is_some(),
        _ => python::strtobool(text).is_ok(),
    };
    let bare = text.trim().trim_matches(|c| matches!(c, '\'' | '"' | '`'));
    let without_commas = text.replace(',', "");
    match text.trim() {
        "" | "None" | "none" | "null" | "NULL" | "~" | "nil" | "-" => {
            "remove the default, and write `optional: true`".into()
        }
        text if text.contains("{{") || text.contains("${") || text.contains("{%") => {
            "render the template before the file is used".into()
        }
        text if bare != text && reads(bare) => {
            format!("remove the inner quotes: `default: '{bare}'`")
        }
        _ if reads(&without_commas) => format!("write `default: '{without_commas}'`"),
        text if kind == ParameterType::NumberInteger && python::float(text).is_some() => {
            "write a whole number, or declare the type `Float`".into()
        }
        text if kind == ParameterType::Boolean => match suggest::nearest(text, ["true", "false"]) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                "write `default: 'true'` or `default: 'false'`, or declare the type `String`".into()
            }
        },
        text => format!("write a number, or declare the type `String` if `{text}` is meant"),
    }
}

/// The text of a default that kfp 2 keeps as text and writes into the comment at the top of a compiled file as it is;
/// anything else it writes as Python prints it, with escapes.
pub(crate) fn in_comment(input: &Input) -> Result<String, Problem> {
    match load(input)? {
        Some(Loaded::Plain(Default::Text(text))) => Ok(text),
        _ => Ok(String::new()),
    }
}

/// What Python raises: the exception and its message.
type Raised = (&'static str, String);

/// `int(default)`
pub(crate) fn integer(default: &Default) -> Result<Default, Raised> {
    let exact = |number: Result<i128, f64>| number.map_or_else(Default::BigInt, Default::Int);
    match default {
        Default::Int(_) | Default::BigInt(_) => Ok(default.clone()),
        Default::Bool(truth) => Ok(Default::Int(i128::from(*truth))),
        Default::Text(text) => python::int(text).map(exact).ok_or_else(|| {
            let quoted = python::quoted(text);
            let message = format!("invalid literal for int() with base 10: {quoted}");
            ("ValueError", message)
        }),
        Default::Float(number) if number.is_nan() => {
            Err(("ValueError", "cannot convert float NaN to integer".into()))
        }
        Default::Float(number) if number.is_infinite() => Err((
            "OverflowError",
            "cannot convert float infinity to integer".into(),
        )),
        Default::Float(number) if number.abs() > 1e38 => Ok(Default::BigInt(*number)),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "Python's int() truncates too"
        )]
        Default::Float(number) => Ok(Default::Int(*number as i128)),
    }
}

/// `float(default)`
#[expect(clippy::cast_precision_loss, reason = "Python's float() rounds too")]
pub(crate) fn double(default: &Default) -> Result<f64, Raised> {
    match default {
        Default::Int(number) => Ok(*number as f64),
        Default::BigInt(number) if number.is_infinite() => Err(too_large()),
        Default::BigInt(number) | Default::Float(number) => Ok(*number),
        Default::Bool(truth) => Ok(f64::from(u8::from(*truth))),
        Default::Text(text) => python::float(text).ok_or_else(|| {
            let quoted = python::quoted(text);
            let message = format!("could not convert string to float: {quoted}");
            ("ValueError", message)
        }),
    }
}

fn too_large() -> Raised {
    ("OverflowError", "int too large to convert to float".into())
}

/// Writes a loaded default into the IR.
pub(crate) fn compile(
    loaded: &Loaded,
    kind: ParameterType,
    input: &Input,
) -> Result<Value, Problem> {
    let position = input
        .default
        .as_ref()
        .map_or(input.position, |default| default.start);
    let refuse = |class, message: String| {
        Err(Problem::new(
            &rules::DEFAULT_NOT_COMPILABLE,
            class,
            message,
            position,
        ))
    };
    let not_finite = || {
        let message = "Failed to serialize default_value field: Fail to serialize Infinity or NaN for \
                       Value.number_value, which is not allowed.";
        refuse("SerializeToJsonError", message.into())
    };
    let wrong = |class: &str| {
        refuse(
            "TypeError",
            format!("bad argument type for built-in operation: {class}"),
        )
    };
    match (kind, loaded) {
        (_, Loaded::NotFinite) => not_finite(),
        (_, Loaded::Surrogate) => Err(surrogates::refused(position)),
        (ParameterType::Boolean, Loaded::Plain(Default::Bool(truth))) => Ok(Value::Bool(*truth)),
        (ParameterType::Boolean, Loaded::Plain(Default::Int(number)))
            if i64::try_from(*number).is_err() =>
        {
            refuse(
                "OverflowError",
                "Python int too large to convert to C long".into(),
            )
        }
        (ParameterType::Boolean, Loaded::Plain(Default::Int(number))) => {
            Ok(Value::Bool(*number != 0))
        }
        (ParameterType::Boolean, Loaded::Plain(Default::BigInt(_))) => refuse(
            "OverflowError",
            "Python int too large to convert to C long".into(),
        ),
        (ParameterType::Boolean, _) => wrong("bool"),
        (ParameterType::String, Loaded::Plain(Default::Text(text))) => Ok(text.as_str().into()),
        (ParameterType::String, _) => wrong("str"),
        (_, Loaded::Plain(Default::BigInt(number))) => {
            let (class, message) = too_large();
            Number::from_f64(*number).map_or_else(
                || refuse(class, message),
                |number| Ok(Value::Number(number)),
            )
        }
        (_, Loaded::Plain(Default::Int(number))) => {
            #[expect(
                clippy::cast_precision_loss,
                reason = "every number of the IR is a double"
            )]
            let number = *number as f64;
            Ok(Value::from(number))
        }
        (
            ParameterType::NumberInteger
            | ParameterType::NumberDouble
            | ParameterType::List
            | ParameterType::Struct,
            Loaded::Plain(Default::Float(number)),
        ) => Number::from_f64(*number).map_or_else(not_finite, |number| Ok(Value::Number(number))),
        (ParameterType::List | ParameterType::Struct, Loaded::Plain(Default::Bool(truth))) => {
            Ok(Value::Bool(*truth))
        }
        (ParameterType::List | ParameterType::Struct, Loaded::Plain(Default::Text(text))) => {
            Ok(text.as_str().into())
        }
        (ParameterType::List | ParameterType::Struct, Loaded::Json(value)) => match doubles(value) {
            Some(mut value) => {
                // A protobuf map has no order.
                value.sort_all_objects();
                Ok(value)
            }
            None => refuse(
                "ValueError",
                "Value must be one of the following types: str, int, float, bool, dict, and list. \
                 Got: \"None\" of type \"<class 'NoneType'>\"."
                    .into(),
            ),
        },
        (_, _) => wrong(in_memory(kind)),
    }
}

/// JSON as a protobuf `Value` holds it: all numbers doubles, no null.
fn doubles(value: &Value) -> Option<Value> {
    Some(match value {
        Value::Null => return None,
        Value::Number(number) => Value::from(number.as_f64()?),
        Value::Array(items) => Value::Array(items.iter().map(doubles).collect::<Option<_>>()?),
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, value)| Some((key.clone(), doubles(value)?)))
                .collect::<Option<_>>()?,
        ),
        Value::Bool(_) | Value::String(_) => value.clone(),
    })
}
