//! The JSON Schema of the catalog's two kinds of index, generated from the types that read them.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use crate::{ComponentIndex, Index};

/// The JSON Schema of `index.json` and of `components/<name>/index.json`.
///
/// ```
/// let schema = kfp_catalog::json_schema();
/// assert_eq!(schema["$id"], "https://kfp-comp.dev/catalog/v1");
/// ```
pub fn json_schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let index = generator.subschema_for::<Index>();
    let component = generator.subschema_for::<ComponentIndex>();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://kfp-comp.dev/catalog/v1",
        "title": "Catalog of Kubeflow Pipelines components",
        "description": "index.json, or components/<name>/index.json. Readers ignore fields they do not know.",
        "oneOf": [index, component],
        "$defs": generator.take_definitions(true),
    })
}
