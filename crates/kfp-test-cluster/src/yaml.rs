//! YAML as JSON.

use kfp_pyyaml::{NodeId, Tree, Value as Yaml};
use serde_json::Value;

/// The documents of a text that are not empty; `None` if it is not YAML, or has what JSON does not have.
pub(crate) fn documents(text: &str) -> Option<Vec<Value>> {
    let trees = kfp_pyyaml::load_all(text).ok()?;
    let documents = trees.iter().map(|tree| json(tree, tree.root()));
    let documents: Vec<Value> = documents.collect::<Option<_>>()?;
    Some(documents.into_iter().filter(|one| !one.is_null()).collect())
}

fn json(tree: &Tree, node: NodeId) -> Option<Value> {
    if tree.cycle.is_some() {
        return None;
    }
    Some(match tree.value(node) {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => (*value).into(),
        Yaml::Int(number) => i64::try_from(*number).ok()?.into(),
        Yaml::Float(number) => serde_json::Number::from_f64(*number)?.into(),
        Yaml::Str(text) => text.clone().into(),
        Yaml::BigInt(_) | Yaml::Other(_) => return None,
        Yaml::List(items) => Value::Array(
            items
                .iter()
                .map(|item| json(tree, *item))
                .collect::<Option<_>>()?,
        ),
        Yaml::Map(entries) => {
            let mut map = serde_json::Map::new();
            for (key, value) in entries {
                map.insert(tree.text(*key)?.to_owned(), json(tree, *value)?);
            }
            Value::Object(map)
        }
    })
}
