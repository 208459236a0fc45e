//! Conditions and selectors: CEL over the inputs of a task, as the backend evaluates it (`backend/src/v2/expression`).
//!
//! An expression that cannot be evaluated is an error, never `false`.

use std::{collections::BTreeMap, sync::Arc, thread};

use cel::{Context, ExecutionError, Program};
use serde_json::{Map, Value, json};

use crate::{executor::Inputs, value};

/// Expressions longer than this are refused; KFP's own are a few hundred characters.
const MAX_LENGTH: usize = 4 << 10;
/// Brackets nested deeper than this are refused: the parser needs stack for each, and its own limit is close to this one.
const MAX_DEPTH: usize = 90;
/// Parsing and evaluating recurse as deep as the longest expression nests.
const STACK: usize = 256 << 20;

/// Whether a task runs.
///
/// ```
/// use kfp_pipeline::{condition, executor::Inputs};
/// let mut inputs = Inputs::default();
/// inputs.parameters.insert("n".into(), 6.into());
/// assert!(condition::holds("int(inputs.parameter_values['n']) > 5", &inputs)?);
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
/// If it is not CEL, refers to an input that is not there, or is not a boolean.
pub fn holds(expression: &str, inputs: &Inputs) -> Result<bool, String> {
    let variables = json!({
        "inputs": {
            "parameter_values": doubles(&json!(inputs.parameters)),
            "artifacts": artifacts(inputs),
        },
    });
    match evaluate(expression, &variables)? {
        Value::Bool(verdict) => Ok(verdict),
        other => Err(format!("it is not true or false, but {other}")),
    }
}

/// Checks an expression without evaluating it.
///
/// # Errors
/// If it is not CEL.
pub fn check(expression: &str) -> Result<(), String> {
    on_large_stack(|| compile(expression).map(drop))
}

/// A part of a value, by a selector such as `parseJson(string_value)["a"]`.
///
/// # Errors
/// If the selector is not CEL, or the value has no such part.
pub fn select(selector: &str, from: &Value) -> Result<Value, String> {
    let field = match from {
        Value::Null => "null_value",
        Value::Bool(_) => "bool_value",
        Value::Number(_) => "number_value",
        Value::String(_) => "string_value",
        Value::Array(_) => "list_value",
        Value::Object(_) => "struct_value",
    };
    let mut fields = Map::new();
    fields.insert(field.into(), doubles(from));
    // The backend lets any value be taken as text.
    fields.insert("string_value".into(), value::text(from).into());
    evaluate(selector, &Value::Object(fields)).map(value::normalized)
}

fn compile(expression: &str) -> Result<Program, String> {
    if expression.len() > MAX_LENGTH {
        return Err(format!("it is longer than {} KiB", MAX_LENGTH >> 10));
    }
    let mut depth = 0usize;
    for c in expression.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err(format!("its brackets nest deeper than {MAX_DEPTH}"));
        }
    }
    Program::compile(expression).map_err(|errors| {
        let text = errors.to_string();
        // One error a line, followed by the expression and a line that points into it.
        let first = text.lines().next().unwrap_or_default();
        first.trim_start_matches("ERROR: <input>:").to_owned()
    })
}

fn evaluate(expression: &str, variables: &Value) -> Result<Value, String> {
    on_large_stack(|| {
        let program = compile(expression)?;
        let mut context = Context::default();
        context
            .add_function("parseJson", parse_json)
            .map_err(|error| error.to_string())?;
        for (name, value) in variables.as_object().into_iter().flatten() {
            let value = cel::to_value(value).map_err(|error| error.to_string())?;
            context.add_variable_from_value(name.clone(), value);
        }
        let value = program
            .execute(&context)
            .map_err(|error| error.to_string().to_lowercase())?;
        value
            .json()
            .map_err(|_| format!("it is {value:?}, which is not a parameter value"))
    })
}

fn on_large_stack<T: Send>(work: impl FnOnce() -> Result<T, String> + Send) -> Result<T, String> {
    thread::scope(|scope| {
        let thread = thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, work)
            .map_err(|error| format!("no thread to evaluate it: {error}"))?;
        thread
            .join()
            .unwrap_or_else(|_| Err("the parser of CEL expressions failed on it".to_owned()))
    })
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "CEL functions get their arguments so"
)]
fn parse_json(text: Arc<String>) -> Result<cel::Value, ExecutionError> {
    let failed = |error: String| {
        ExecutionError::function_error("parseJson", format!("failed to unmarshal JSON: {error}"))
    };
    let value: Value = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
    cel::to_value(doubles(&value)).map_err(|error| failed(error.to_string()))
}

/// Every number as a double, which is all `google.protobuf.Value` has.
fn doubles(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.iter().map(doubles).collect(),
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, value)| (key.clone(), doubles(value)))
                .collect(),
        ),
        other => other.clone(),
    }
}

/// The artifacts with the names of the protobuf fields.
fn artifacts(inputs: &Inputs) -> Value {
    let lists: BTreeMap<&String, Value> = inputs
        .artifacts
        .iter()
        .map(|(name, list)| {
            let artifacts: Vec<Value> = list
                .artifacts
                .iter()
                .map(|artifact| {
                    let ty = &artifact.ty;
                    json!({
                        "name": artifact.name,
                        "type": {"schema_title": ty.schema_title, "schema_version": ty.schema_version},
                        "uri": artifact.uri,
                        "metadata": doubles(&Value::Object(artifact.metadata.clone())),
                    })
                })
                .collect();
            (name, json!({"artifacts": artifacts}))
        })
        .collect();
    json!(lists)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::{ArtifactList, RuntimeArtifact};

    fn inputs(parameters: Value) -> Inputs {
        let metadata = json!({"accuracy": 0.95});
        let model = RuntimeArtifact {
            name: "model".into(),
            uri: "gs://pipeline-root/abcdefgh".into(),
            metadata: metadata.as_object().unwrap().clone(),
            ..RuntimeArtifact::default()
        };
        Inputs {
            parameters: serde_json::from_value(parameters).unwrap(),
            artifacts: [(
                "model".to_owned(),
                ArtifactList {
                    artifacts: vec![model],
                },
            )]
            .into(),
        }
    }

    /// The table of the backend's own unit test, and what cel-go makes of other types.
    #[test]
    fn conditions_are_what_the_backend_takes_them_for() {
        let inputs = inputs(json!({
            "type": "foo", "num": 1, "six": 6, "half": 3.7, "text": "3", "flag": true, "none": null, "list": [1, 2],
        }));
        let cases = [
            ("inputs.parameter_values['type']=='foo'", true),
            ("inputs.parameter_values['type']=='foo2'", false),
            ("inputs.parameter_values['num'] == 1", true),
            (
                "inputs.parameter_values['type']=='foo' && inputs.parameter_values['num'] == 1.0",
                true,
            ),
            (
                "inputs.artifacts['model'].artifacts[0].metadata['accuracy']*100.0 > 90.0",
                true,
            ),
            (
                "inputs.artifacts['model'].artifacts[0].metadata['accuracy']*100.0 <= 90.0",
                false,
            ),
            ("int(inputs.parameter_values['six']) > 5", true),
            ("double(int(inputs.parameter_values['six'])) >= 6.5", false),
            ("!(int(inputs.parameter_values['six']) > 5) && true", false),
            ("int(inputs.parameter_values['half']) == 3", true),
            ("int(inputs.parameter_values['text']) == 3", true),
            ("inputs.parameter_values['num'] == '1'", false),
            ("inputs.parameter_values['none'] == 'a'", false),
            ("inputs.parameter_values['flag'] == true", true),
            (
                "inputs.parameter_values['num'] in inputs.parameter_values['list']",
                true,
            ),
            ("size(inputs.parameter_values['list']) == 2", true),
            ("parseJson('{\"a\": 3}')['a'] == 3", true),
            ("true || inputs.parameter_values['absent'] == 1", true),
        ];
        for (condition, wanted) in cases {
            assert_eq!(holds(condition, &inputs), Ok(wanted), "{condition}");
        }
    }

    #[test]
    fn what_cannot_be_decided_is_an_error_and_never_false() {
        let inputs = inputs(json!({"type": "foo"}));
        for (condition, wanted) in [
            ("inputs.parameter_values['absent'] == 'foo'", "no such key"),
            ("inputs.parameter_values['type'] == 'it's'", "Syntax error"),
            (
                "inputs.parameter_values['type'] > 5",
                "no matching overload",
            ),
            ("inputs.parameter_values['type']", "not true or false"),
            ("int('x') == 1", "parse"),
            ("", "Syntax error"),
            ("inputs.parameter_values[", "Incomplete"),
        ] {
            let error = holds(condition, &inputs).unwrap_err();
            assert!(error.contains(wanted), "{condition}: {error}");
        }
    }

    #[test]
    fn the_longest_and_deepest_expressions_end_with_a_verdict_or_an_error() {
        let nothing = Inputs::default();
        let nested = |depth: usize| format!("{}true{}", "(".repeat(depth), ")".repeat(depth));
        assert_eq!(holds(&nested(MAX_DEPTH), &nothing), Ok(true));
        assert!(holds(&nested(MAX_LENGTH / 2 - 2), &nothing).is_err());
        assert!(holds(&"!".repeat(MAX_LENGTH), &nothing).is_err());
        let sum = format!("{}1 > 0", "1+".repeat(MAX_LENGTH / 2 - 4));
        assert_eq!(holds(&sum, &nothing), Ok(true));
        assert!(holds(&"1".repeat(MAX_LENGTH + 1), &nothing).is_err());
    }

    /// The table of the backend's own unit test.
    #[test]
    fn a_selector_takes_a_part_of_a_value() {
        for (value, selector, wanted) in [
            (json!("Hello,World!"), "string_value", json!("Hello,World!")),
            (json!("[1.1,1.2]"), "parseJson(string_value)[0]", json!(1.1)),
            (json!(null), "string_value", json!("")),
            (json!({"a": "A"}), "struct_value.a", json!("A")),
            (json!({"a": {"b": "B"}}), "struct_value.a.b", json!("B")),
            (json!({"a": [1, 2]}), "struct_value.a", json!([1, 2])),
            (json!({"k": 7}), "parseJson(string_value)[\"k\"]", json!(7)),
        ] {
            assert_eq!(select(selector, &value), Ok(wanted), "{selector}");
        }
        for (value, selector) in [
            (json!("no json"), "parseJson(string_value)"),
            (json!("Hello"), "struct_value"),
            (json!({"a": "A"}), "struct_value.c"),
        ] {
            assert!(select(selector, &value).is_err(), "{selector}");
        }
    }
}
