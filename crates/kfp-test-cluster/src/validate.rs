//! Parameters of a run, refused in the server's words.

use kfp_test_support::Reply;
use serde_json::{Map, Value};

use crate::reply::refused;

const CHAIN: &str = "Failed to create a new run: Failed to generate the ExecutionSpec: invalid pipeline job inputs: Invalid \
                     input error: ";

pub(crate) fn check_parameters(spec: &Value, given: &Map<String, Value>) -> Result<(), Reply> {
    let no = Map::new();
    let declared = spec["root"]["inputDefinitions"]["parameters"]
        .as_object()
        .unwrap_or(&no);
    for (name, port) in declared {
        let is_optional = port["isOptional"] == true || !port["defaultValue"].is_null();
        if let Some(value) = given.get(name) {
            check(name, port, value)?;
        } else if !is_optional {
            let message = format!(
                "parameter {name} is not optional, yet has neither default value nor user provided value"
            );
            return Err(refused(3, CHAIN, &message));
        }
    }
    let unknown: Vec<&str> = given
        .keys()
        .filter(|name| !declared.contains_key(*name))
        .map(String::as_str)
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let message = format!(
        "parameter(s) provided are not required by pipeline: {}",
        unknown.join(", ")
    );
    Err(refused(3, CHAIN, &message))
}

fn check(name: &str, port: &Value, value: &Value) -> Result<(), Reply> {
    let ty = port["parameterType"].as_str().unwrap_or_default();
    let (wanted, is_right) = match ty {
        "STRING" => ("string", value.is_string()),
        "BOOLEAN" => ("bool", value.is_boolean()),
        "NUMBER_INTEGER" | "NUMBER_DOUBLE" => ("double or integer", value.is_number()),
        "LIST" => ("list", value.is_array()),
        "STRUCT" => ("struct", value.is_object()),
        _ => return Ok(()),
    };
    if !is_right {
        let message = if wanted == "double or integer" {
            format!(
                "input parameter {name} requires type double or integer, but the parameter value is not of number value type"
            )
        } else {
            format!(
                "input parameter {name} requires type {wanted}, but the input parameter is not of {wanted} value type"
            )
        };
        return Err(refused(3, CHAIN, &message));
    }
    match port["literals"].as_array() {
        Some(allowed) if !allowed.contains(value) => {
            let message =
                format!("input parameter {name} is not one of the allowed literal values");
            Err(refused(3, CHAIN, &message))
        }
        _ => Ok(()),
    }
}
