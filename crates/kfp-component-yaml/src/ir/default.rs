//! Defaults as kfp 2 converts them on loading and writes them on compiling; refuses what either step refuses.

use serde_json::{Number, Value};

use super::kind::ParameterKind;
use crate::python::{self, Json};
use crate::read::{DeclaredType, Default, Input, Problem};

/// A default after loading.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Loaded {
    Plain(Default),
    Json(Value),
    /// JSON with NaN or an infinity.
    NotFinite,
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
    let refuse = |class, message| Problem::new("bad-default", class, message, default.start);
    let plain = match (super::kind::parameter(&name), &default.value) {
        (Some(ParameterKind::Integer), value) => {
            Default::Int(integer(value).map_err(|(class, message)| refuse(class, message))?)
        }
        (Some(ParameterKind::Double), value) => {
            Default::Float(double(value).map_err(|message| refuse("ValueError", message))?)
        }
        (Some(ParameterKind::Boolean), Default::Text(text)) => {
            let truth = python::strtobool(text);
            Default::Bool(truth.map_err(|message| refuse("ValueError", message))?)
        }
        (Some(ParameterKind::List | ParameterKind::Struct), Default::Text(text)) => {
            match python::json_loads(text) {
                Json::No => Default::Text(text.clone()),
                Json::NotFinite => return Ok(Some(Loaded::NotFinite)),
                Json::Value(Value::Null) => return Ok(None),
                Json::Value(value) => return Ok(Some(Loaded::Json(value))),
            }
        }
        (Some(ParameterKind::String), value) => Default::Text(value.text()),
        (_, value) => value.clone(),
    };
    Ok(Some(Loaded::Plain(plain)))
}

/// `int(default)`
pub(crate) fn integer(default: &Default) -> Result<i128, (&'static str, String)> {
    match default {
        Default::Int(number) => Ok(*number),
        Default::Bool(truth) => Ok(i128::from(*truth)),
        Default::Text(text) => python::int(text).ok_or_else(|| {
            (
                "ValueError",
                format!(
                    "invalid literal for int() with base 10: {}",
                    python::quoted(text)
                ),
            )
        }),
        Default::Float(number) if number.is_nan() => {
            Err(("ValueError", "cannot convert float NaN to integer".into()))
        }
        Default::Float(number) if number.is_infinite() => Err((
            "OverflowError",
            "cannot convert float infinity to integer".into(),
        )),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "Python's int() truncates too"
        )]
        Default::Float(number) => Ok(*number as i128),
    }
}

/// `float(default)`
#[expect(clippy::cast_precision_loss, reason = "Python's float() rounds too")]
pub(crate) fn double(default: &Default) -> Result<f64, String> {
    match default {
        Default::Int(number) => Ok(*number as f64),
        Default::Float(number) => Ok(*number),
        Default::Bool(truth) => Ok(f64::from(u8::from(*truth))),
        Default::Text(text) => python::float(text).ok_or_else(|| {
            format!(
                "could not convert string to float: {}",
                python::quoted(text)
            )
        }),
    }
}

/// Writes a loaded default into the IR.
pub(crate) fn compile(
    loaded: &Loaded,
    kind: ParameterKind,
    input: &Input,
) -> Result<Value, Problem> {
    let position = input
        .default
        .as_ref()
        .map_or(input.position, |default| default.start);
    let refuse = |class, message: String| {
        Err(Problem::new(
            "default-not-compilable",
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
        (ParameterKind::Boolean, Loaded::Plain(Default::Bool(truth))) => Ok(Value::Bool(*truth)),
        (ParameterKind::Boolean, Loaded::Plain(Default::Int(number)))
            if i64::try_from(*number).is_err() =>
        {
            refuse(
                "OverflowError",
                "Python int too large to convert to C long".into(),
            )
        }
        (ParameterKind::Boolean, Loaded::Plain(Default::Int(number))) => {
            Ok(Value::Bool(*number != 0))
        }
        (ParameterKind::Boolean, _) => wrong("bool"),
        (ParameterKind::String, Loaded::Plain(Default::Text(text))) => Ok(text.as_str().into()),
        (ParameterKind::String, _) => wrong("str"),
        (_, Loaded::Plain(Default::Int(number))) => {
            #[expect(
                clippy::cast_precision_loss,
                reason = "every number of the IR is a double"
            )]
            let number = *number as f64;
            Ok(Value::from(number))
        }
        (
            ParameterKind::Integer
            | ParameterKind::Double
            | ParameterKind::List
            | ParameterKind::Struct,
            Loaded::Plain(Default::Float(number)),
        ) => Number::from_f64(*number).map_or_else(not_finite, |number| Ok(Value::Number(number))),
        (ParameterKind::List | ParameterKind::Struct, Loaded::Plain(Default::Bool(truth))) => {
            Ok(Value::Bool(*truth))
        }
        (ParameterKind::List | ParameterKind::Struct, Loaded::Plain(Default::Text(text))) => {
            Ok(text.as_str().into())
        }
        (ParameterKind::List | ParameterKind::Struct, Loaded::Json(value)) => match doubles(value) {
            Some(value) => Ok(value),
            None => refuse(
                "ValueError",
                "Value must be one of the following types: str, int, float, bool, dict, and list. \
                 Got: \"None\" of type \"<class 'NoneType'>\"."
                    .into(),
            ),
        },
        (_, _) => wrong(kind.in_memory()),
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
