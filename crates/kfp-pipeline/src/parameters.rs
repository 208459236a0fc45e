//! The parameters of a run, judged as the API server does, and read from texts as a command line has them.

use serde_json::{Map, Value};

use crate::{InputParameter, ParameterType, PipelineSpec, value};

/// What was given, completed with defaults; what is left out without default is null.
///
/// # Errors
/// Everything that is missing, surplus or of the wrong type, in the API server's words.
pub fn complete(
    pipeline: &PipelineSpec,
    mut given: Map<String, Value>,
) -> Result<Map<String, Value>, Vec<String>> {
    let mut complete = Map::new();
    let mut errors = Vec::new();
    for (name, port) in &pipeline.root.input_definitions.parameters {
        match (given.remove(name), &port.default_value) {
            (Some(value), _) => match admitted(name, port, &value) {
                Ok(()) => {
                    complete.insert(name.clone(), value::normalized(value));
                }
                Err(error) => errors.push(error),
            },
            (None, Some(default)) => {
                complete.insert(name.clone(), default.clone());
            }
            (None, None) if port.is_optional => {
                complete.insert(name.clone(), Value::Null);
            }
            (None, None) => errors.push(format!(
                "parameter `{name}` is not optional, yet has neither default value nor user provided value"
            )),
        }
    }
    if !given.is_empty() {
        let names: Vec<&str> = given.keys().map(String::as_str).collect();
        errors.push(format!(
            "parameter(s) provided are not required by pipeline: {}",
            names.join(", ")
        ));
    }
    if errors.is_empty() {
        Ok(complete)
    } else {
        Err(errors)
    }
}

fn admitted(name: &str, port: &InputParameter, value: &Value) -> Result<(), String> {
    let ty = port.parameter_type;
    if !ty.admits(value) {
        return Err(format!(
            "input parameter `{name}` requires type {}, but the given value is a {}",
            word(ty),
            value::kind(value)
        ));
    }
    if !port.literals.is_empty() && !port.literals.contains(value) {
        let allowed: Vec<String> = port.literals.iter().map(ToString::to_string).collect();
        return Err(format!(
            "input parameter `{name}` is {value}, and may be {}",
            allowed.join(", ")
        ));
    }
    Ok(())
}

/// A value from a command line.
///
/// # Errors
/// What the text should have been.
pub fn parse(ty: ParameterType, text: &str) -> Result<Value, String> {
    let wrong = || format!("`{text}` is not a {}", word(ty));
    let json = || serde_json::from_str::<Value>(text).ok();
    match ty {
        ParameterType::String => Some(Value::from(text)),
        ParameterType::Boolean => match text {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => return Err(format!("`{text}` is neither `true` nor `false`")),
        },
        ParameterType::NumberInteger => match text.parse::<f64>() {
            Ok(number) if number.is_finite() && number.abs() >= TOO_LARGE => {
                return Err(format!(
                    "`{text}` is beyond 2^53 - 1, where KFP's whole numbers end"
                ));
            }
            number => number.ok().and_then(value::number).filter(Value::is_i64),
        },
        ParameterType::NumberDouble => text.parse::<f64>().ok().and_then(value::number),
        ParameterType::List
        | ParameterType::Struct
        | ParameterType::TaskFinalStatus
        | ParameterType::TaskConfig => json().filter(|value| ty.admits(value)),
    }
    .ok_or_else(wrong)
}

/// KFP passes numbers as doubles, in which this is also what the number after it becomes.
const TOO_LARGE: f64 = 9_007_199_254_740_992.0;

fn word(ty: ParameterType) -> &'static str {
    match ty {
        ParameterType::NumberDouble => "number",
        ParameterType::NumberInteger => "whole number",
        ParameterType::String => "string",
        ParameterType::Boolean => "boolean",
        ParameterType::List => "JSON list",
        ParameterType::Struct | ParameterType::TaskFinalStatus | ParameterType::TaskConfig => {
            "JSON object"
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_is_read_as_its_type_or_refused() {
        use ParameterType::{Boolean, List, NumberDouble, NumberInteger, String, Struct};
        for (ty, text, wanted) in [
            (String, "3", json!("3")),
            (NumberInteger, "3", json!(3)),
            (NumberInteger, "-3.0", json!(-3)),
            (NumberDouble, "3", json!(3)),
            (NumberDouble, "1e-3", json!(0.001)),
            (Boolean, "false", json!(false)),
            (List, "[1]", json!([1])),
            (Struct, "{\"a\": 1}", json!({"a": 1})),
        ] {
            assert_eq!(parse(ty, text), Ok(wanted), "{text}");
        }
        for (ty, text) in [
            (NumberInteger, "3.5"),
            (NumberInteger, "1e300"),
            (NumberDouble, "NaN"),
            (NumberDouble, "inf"),
            (NumberDouble, ""),
            (Boolean, "True"),
            (Boolean, "1"),
            (List, "{}"),
            (Struct, "x"),
        ] {
            assert!(parse(ty, text).is_err(), "{text}");
        }
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let spec = json!({
            "pipelineInfo": {"name": "p"},
            "root": {"inputDefinitions": {"parameters": {
                "needed": {"parameterType": "STRING"},
                "number": {"parameterType": "NUMBER_INTEGER", "defaultValue": 3, "isOptional": true},
                "maybe": {"parameterType": "STRING", "isOptional": true},
            }}},
        });
        let spec: PipelineSpec = serde_json::from_value(spec).unwrap();
        let given = |value: Value| value.as_object().unwrap().clone();
        assert_eq!(
            complete(&spec, given(json!({"needed": "x"}))),
            Ok(given(json!({"needed": "x", "number": 3, "maybe": null})))
        );
        let errors = complete(&spec, given(json!({"number": "7", "other": 1}))).unwrap_err();
        let wanted = [
            "parameter `needed` is not optional, yet has neither default value nor user provided value",
            "input parameter `number` requires type whole number, but the given value is a string",
            "parameter(s) provided are not required by pipeline: other",
        ];
        assert_eq!(errors, wanted);
    }

    #[test]
    fn a_whole_number_that_would_become_another_is_refused() {
        let read = |text: &str| parse(ParameterType::NumberInteger, text);
        assert_eq!(
            read("-9007199254740991"),
            Ok((-9_007_199_254_740_991_i64).into())
        );
        for text in ["9007199254740992", "9007199254740993", "-1e300"] {
            assert!(
                read(text).unwrap_err().contains("beyond 2^53 - 1"),
                "{text}"
            );
        }
        assert!(read("inf").unwrap_err().contains("is not a whole number"));
    }
}
