//! YAML as JSON.

use kfp_pyyaml::{NodeId, Tree, Value as Yaml};
use serde_json::{Map, Value};

/// The first document of a text.
///
/// # Errors
/// What is wrong with it, and where.
pub(crate) fn read(text: &str) -> Result<Value, String> {
    let documents = kfp_pyyaml::load_all(text).map_err(|error| error.to_string())?;
    let Some(tree) = documents.first() else {
        return Ok(Value::Null);
    };
    if let Some(position) = tree.cycle {
        return Err(format!("a mapping contains itself at {position}"));
    }
    Ok(value(tree, tree.root()))
}

fn value(tree: &Tree, id: NodeId) -> Value {
    match tree.value(id) {
        Yaml::Bool(it) => (*it).into(),
        Yaml::Int(it) => i64::try_from(*it).map_or(Value::Null, Value::from),
        Yaml::BigInt(it) | Yaml::Float(it) => (*it).into(),
        Yaml::Str(text) => text.as_str().into(),
        Yaml::List(items) => items.iter().map(|item| value(tree, *item)).collect(),
        Yaml::Map(entries) => {
            let entries = entries.iter().filter_map(|(key, entry)| {
                Some((tree.text(*key)?.to_owned(), value(tree, *entry)))
            });
            Value::Object(entries.collect::<Map<_, _>>())
        }
        // Dates stand only where other tools keep notes.
        Yaml::Null | Yaml::Other(_) => Value::Null,
    }
}
