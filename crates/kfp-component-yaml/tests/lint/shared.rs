//! Outcomes as words, and YAML as data to compare.

use kfp_component_yaml::lint::{Outcome, verdicts};
use kfp_pyyaml::{NodeId, Tree, Value};

/// Says something that a passing test shows with `--nocapture`, and a failing one always.
#[expect(clippy::print_stderr, reason = "tests report so")]
pub(crate) fn note(text: &str) {
    eprintln!("{text}");
}

/// Both outcomes as words.
pub(crate) fn outcomes(text: &str) -> [&'static str; 2] {
    let (kfp_1_8, kfp_2) = verdicts(text);
    [kfp_1_8.outcome, kfp_2.outcome].map(Outcome::as_str)
}

/// The first document as JSON, all numbers doubles.
pub(crate) fn json(text: &str) -> serde_json::Value {
    let documents = kfp_pyyaml::load_all(text).unwrap();
    value(&documents[0], documents[0].root())
}

#[expect(clippy::cast_precision_loss, reason = "the IR has doubles only")]
fn value(tree: &Tree, id: NodeId) -> serde_json::Value {
    match tree.value(id) {
        Value::Null => serde_json::Value::Null,
        Value::Bool(truth) => (*truth).into(),
        Value::Int(number) => (*number as f64).into(),
        Value::BigInt(number) | Value::Float(number) => (*number).into(),
        Value::Str(text) => text.as_str().into(),
        Value::Other(class) => panic!("a {class} has no place in an IR"),
        Value::List(items) => items.iter().map(|item| value(tree, *item)).collect(),
        Value::Map(entries) => {
            let entry = |(key, item): &(NodeId, NodeId)| {
                (tree.text(*key).unwrap().to_owned(), value(tree, *item))
            };
            serde_json::Value::Object(entries.iter().map(entry).collect())
        }
    }
}
