//! The JSON Schema of a component's parameters, for forms and editors.

use serde_json::{Map, Value, json};

use super::{Input, Interface, Kind};
use kfp_component_yaml::read::ComponentFile;

/// A JSON Schema of what a caller passes by value, for forms and editors.
pub(super) fn render(file: &ComponentFile, interface: &Interface) -> String {
    let parameters = || {
        interface
            .inputs
            .iter()
            .filter(|input| input.kind == Kind::Parameter)
    };
    let properties: Map<String, Value> = parameters()
        .map(|input| (input.name.clone(), property(input)))
        .collect();
    let required: Vec<&str> = parameters()
        .filter(|input| !input.optional)
        .map(|input| input.name.as_str())
        .collect();
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": file.name.as_ref().map(|name| &name.value),
        "description": file.description.as_ref().map_or("", |text| text.value.trim()),
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    format!("{schema:#}\n")
}

fn property(input: &Input) -> Value {
    let ty = match input.ty.to_lowercase().as_str() {
        "integer" | "int" => "integer",
        "float" | "double" => "number",
        "boolean" | "bool" => "boolean",
        "jsonarray" | "list" => "array",
        "jsonobject" | "dict" => "object",
        _ => "string",
    };
    let mut property = json!({ "type": ty });
    if !input.description.is_empty() {
        property["description"] = json!(input.description);
    }
    if let Some(default) = &input.default {
        property["default"] = match ty {
            "string" => json!(default),
            _ => serde_json::from_str(&default.to_lowercase()).unwrap_or_else(|_| json!(default)),
        };
    }
    if !input.choices.is_empty() {
        property["enum"] = json!(input.choices);
    }
    let bounds = [
        ("minimum", &input.minimum),
        ("maximum", &input.maximum),
        ("exclusiveMaximum", &input.exclusive_maximum),
    ];
    for (key, bound) in bounds {
        if let Some(bound) = bound {
            property[key] = json!(bound);
        }
    }
    property
}
