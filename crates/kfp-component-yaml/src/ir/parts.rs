//! The pieces of an IR, as protobuf's JSON form writes them: what is empty is left out.

use serde_json::{Map, Value, json};

use super::kind::Kind;
use super::placeholder::{self, Item};
use crate::read::ComponentFile;

/// `parameters` and `artifacts`, each left out when empty.
#[derive(Default)]
pub(super) struct Sides {
    parameters: Map<String, Value>,
    artifacts: Map<String, Value>,
}

impl Sides {
    pub(super) fn add(&mut self, kind: &Kind, name: &str, value: Value) {
        let side = if matches!(kind, Kind::Parameter(_)) {
            &mut self.parameters
        } else {
            &mut self.artifacts
        };
        side.insert(name.into(), value);
    }

    pub(super) fn into_value(self) -> Option<Value> {
        let sides = [
            ("parameters", self.parameters),
            ("artifacts", self.artifacts),
        ];
        let sides: Map<String, Value> = sides
            .into_iter()
            .filter(|(_, side)| !side.is_empty())
            .map(|(key, side)| (key.into(), side.into()))
            .collect();
        (!sides.is_empty()).then_some(sides.into())
    }
}

pub(super) fn definition(kind: &Kind) -> Value {
    match kind {
        Kind::Parameter(kind) => json!({"parameterType": kind.ir()}),
        Kind::Artifact(title) => {
            json!({"artifactType": {"schemaTitle": title, "schemaVersion": "0.0.1"}})
        }
        Kind::ArtifactList(title) => json!({
            "artifactType": {"schemaTitle": title, "schemaVersion": "0.0.1"},
            "isArtifactList": true,
        }),
    }
}

/// Protobuf leaves empty text and empty lists out.
pub(super) fn container(file: &ComponentFile, command: &[Item], args: &[Item]) -> Value {
    let Some(container) = file.container() else {
        return json!({});
    };
    let text = |text: &str| (!text.is_empty()).then(|| Value::from(text));
    let list = |items: Vec<Value>| (!items.is_empty()).then_some(Value::Array(items));
    let strings = |items: &[Item]| {
        items
            .iter()
            .map(|item| placeholder::compile(item).into())
            .collect()
    };
    let variable = |name: &str, value: &str| {
        let pair = [("name", text(name)), ("value", text(value))];
        pair.into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value?)))
            .collect::<Map<_, _>>()
            .into()
    };
    let env = container
        .env
        .iter()
        .map(|(name, value)| variable(&name.value, &value.value))
        .collect();
    let fields = [
        ("args", list(strings(args))),
        ("command", list(strings(command))),
        ("env", list(env)),
        ("image", text(&container.image.value)),
    ];
    fields
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)))
        .collect::<Map<_, _>>()
        .into()
}

pub(super) fn sort_keys(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(sort_keys),
        Value::Object(map) => {
            map.values_mut().for_each(sort_keys);
            map.sort_keys();
        }
        _ => {}
    }
}
