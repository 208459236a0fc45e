//! The checks `json_format.ParseDict` makes of an IR file; refuses unknown fields and values of another kind.

use super::proto::{Field, Message, Shape};
use super::surrogates;
use crate::python;
use crate::read::Problem;
use crate::rules;
use kfp_pyyaml::{MAX_DEPTH, NodeId, Tree, Value};

pub(super) struct Parser<'t> {
    pub(super) tree: &'t Tree,
    /// How many values have been looked at, aliases each time they are met.
    steps: usize,
    /// What is parsed is written again, which NaN and infinities do not survive.
    serializing: bool,
}

/// No IR is as large; aliases can be.
const MAX_STEPS: usize = 1_000_000;

type Parsed = Result<(), Problem>;

impl<'t> Parser<'t> {
    pub(super) fn new(tree: &'t Tree) -> Self {
        Self {
            tree,
            steps: 0,
            serializing: false,
        }
    }

    pub(super) fn serializing(tree: &'t Tree) -> Self {
        Self {
            serializing: true,
            ..Self::new(tree)
        }
    }

    fn refuse(&self, id: NodeId, message: impl Into<String>) -> Parsed {
        Err(Problem::new(
            &rules::BAD_IR,
            "ParseError",
            message,
            self.tree.position(id),
        ))
    }

    fn step(&mut self, id: NodeId, depth: usize) -> Parsed {
        self.steps += 1;
        if depth > MAX_DEPTH || self.steps > MAX_STEPS {
            let message = "aliases make this endless or too large to be a pipeline";
            return Err(Problem::new(
                &rules::TOO_LARGE,
                "RecursionError",
                message,
                self.tree.position(id),
            ));
        }
        Ok(())
    }

    pub(super) fn message(&mut self, id: NodeId, message: &Message, depth: usize) -> Parsed {
        self.step(id, depth)?;
        let tree = self.tree;
        let entries = match tree.value(id) {
            Value::Map(entries) => entries,
            // What iterates over nothing passes for an empty message.
            Value::List(items) if items.is_empty() => return Ok(()),
            Value::Str(text) if text.is_empty() => return Ok(()),
            _ => {
                return self.refuse(
                    id,
                    format!("Failed to parse {}: it is not a mapping.", message.name),
                );
            }
        };
        let mut groups = Vec::new();
        for &(key, value) in entries {
            let name = tree.repr(key);
            let Some(field) = find(message, &name) else {
                let text = format!(
                    "Message type \"{}\" has no field named \"{name}\".",
                    message.name
                );
                return self.refuse(key, text);
            };
            if matches!(tree.value(value), Value::Null) {
                continue;
            }
            if let Some(group) = field.group {
                if groups.contains(&group) {
                    let text = format!(
                        "Message type \"{}\" should not have multiple \"{group}\" oneof fields.",
                        message.name
                    );
                    return self.refuse(key, text);
                }
                groups.push(group);
            }
            self.value(value, &field.shape, &name, depth + 1)?;
        }
        Ok(())
    }

    fn value(&mut self, id: NodeId, shape: &Shape, name: &str, depth: usize) -> Parsed {
        self.step(id, depth)?;
        let tree = self.tree;
        let value = tree.value(id);
        let fits = match (shape, value) {
            (Shape::Message(message), _) => return self.message(id, message, depth),
            (Shape::Any, _) | (Shape::Struct, Value::Map(_)) => return self.any(id, depth),
            (Shape::Map(shape), Value::Map(entries)) => {
                for &(key, value) in entries {
                    if tree.text(key).is_none() {
                        return self.refuse(
                            key,
                            format!("Failed to parse {name} field: a key is not a string."),
                        );
                    }
                    self.value(value, shape, name, depth + 1)?;
                }
                true
            }
            (Shape::List(shape), Value::List(items)) => {
                for &item in items {
                    if matches!(tree.value(item), Value::Null) && !matches!(shape, Shape::Any) {
                        let message =
                            "null is not allowed to be used as an element in a repeated field";
                        return self.refuse(item, message);
                    }
                    self.value(item, shape, name, depth + 1)?;
                }
                true
            }
            (Shape::Text, Value::Str(_)) if tree.has_surrogates(id) => {
                return Err(surrogates::refused(tree.position(id)));
            }
            (Shape::Text, Value::Str(_))
            | (Shape::Bool | Shape::Number, Value::Bool(_))
            | (Shape::Integer | Shape::Number, Value::Int(_))
            | (Shape::Enum(_), Value::Int(_) | Value::Bool(_)) => true,
            (Shape::Integer, Value::Float(number)) => number.fract() == 0.0,
            (Shape::Integer, Value::Str(text)) => {
                !text.contains(' ')
                    && (python::int(text).is_some()
                        || python::float(text).is_some_and(|n| n.fract() == 0.0))
            }
            (Shape::Number | Shape::Enum(_), Value::Float(number)) => number.is_finite(),
            (Shape::Number, Value::Str(text)) => python::float(text).is_some() && text != "nan",
            (Shape::Enum(names), Value::Str(text)) => {
                names.contains(&text.as_str()) || python::int(text).is_some()
            }
            (Shape::Duration, Value::Str(text)) => text
                .strip_suffix('s')
                .is_some_and(|seconds| seconds.parse::<f64>().is_ok_and(f64::is_finite)),
            _ => false,
        };
        if fits {
            Ok(())
        } else {
            self.refuse(
                id,
                format!("Failed to parse {name} field: {}.", tree.repr(id)),
            )
        }
    }

    /// A `google.protobuf.Value`, which is any JSON.
    fn any(&mut self, id: NodeId, depth: usize) -> Parsed {
        self.step(id, depth)?;
        let tree = self.tree;
        match tree.value(id) {
            Value::Other(class) => {
                self.refuse(id, format!("Value has unexpected type <class '{class}'>"))
            }
            Value::List(items) => items.iter().try_for_each(|item| self.any(*item, depth + 1)),
            Value::Map(entries) => entries.iter().try_for_each(|&(key, value)| {
                if tree.text(key).is_none() {
                    return self.refuse(key, "a key of a Struct is not a string");
                }
                self.any(value, depth + 1)
            }),
            Value::Float(number) if self.serializing && !number.is_finite() => Err(Problem::new(
                &rules::BAD_IR,
                "SerializeToJsonError",
                "Fail to serialize Infinity or NaN for Value.number_value, which is not allowed.",
                tree.position(id),
            )),
            Value::BigInt(number) if number.is_infinite() => Err(Problem::new(
                &rules::BAD_IR,
                "OverflowError",
                "int too large to convert to float",
                tree.position(id),
            )
            .with_help("write a number that a double can hold, or use a STRING")),
            Value::Str(_) if tree.has_surrogates(id) => Err(surrogates::refused(tree.position(id))),
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::BigInt(_)
            | Value::Float(_)
            | Value::Str(_) => Ok(()),
        }
    }
}

fn find<'m>(message: &'m Message, name: &str) -> Option<&'m Field> {
    message
        .fields
        .iter()
        .find(|field| field.name == name || snake(field.name) == name)
}

fn snake(camel: &str) -> String {
    let mut out = String::new();
    for c in camel.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
