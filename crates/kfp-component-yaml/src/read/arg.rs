//! Command line items: text and placeholders; refuses numbers, unknown placeholders and more than one key.

use super::Problem;
use super::command::{Arg, ArgKind, Branch, Condition, If, PlaceholderKind};
use super::decode::{Class, Reader, optional, renamed, required};
use super::help;
use crate::rules;
use kfp_pyyaml::{NodeId, Value};

const IF: Class = Class {
    name: "IfPlaceholderStructure",
    fields: &[
        renamed(&required("cond"), "condition"),
        renamed(&required("then"), "then_value"),
        renamed(&optional("else"), "else_value"),
    ],
};

const UNION: &str = "CommandlineArgumentType";

impl Reader<'_> {
    pub(super) fn args(&mut self, id: NodeId) -> Option<Vec<Arg>> {
        let items = self.list(id, UNION)?;
        Some(items.iter().filter_map(|&item| self.arg(item)).collect())
    }

    fn arg(&mut self, id: NodeId) -> Option<Arg> {
        self.bounded(id, |reader| {
            let kind = reader.arg_kind(id)?;
            Some(Arg {
                kind,
                position: reader.tree.position(id),
            })
        })
    }

    fn arg_kind(&mut self, id: NodeId) -> Option<ArgKind> {
        let tree = self.tree;
        let position = tree.position(id);
        let entries = match tree.value(id) {
            Value::Str(text) => return Some(ArgKind::Text(text.clone())),
            Value::Map(entries) => entries,
            _ => {
                let message = format!("'{}' object has no attribute 'items'", tree.class(id));
                let problem = Problem::type_error(&rules::WRONG_KIND, message, position);
                self.refuse_with(problem, help::wrong_kind(self.key, tree, id));
                return None;
            }
        };
        let [(key, value)] = entries.as_slice() else {
            let message = match entries.get(1) {
                None => format!(
                    "Error: Structure \"{{}}\" is ambiguous. It can be parsed to multiple types: {UNION}."
                ),
                Some((second, _)) => {
                    let class = tree
                        .text(entries[0].0)
                        .and_then(class_of)
                        .unwrap_or("InputValuePlaceholder");
                    format!(
                        "{class}.__init__() got an unexpected keyword argument '{}'",
                        tree.repr(*second)
                    )
                }
            };
            let problem = Problem::type_error(&rules::UNKNOWN_PLACEHOLDER, message, position);
            self.refuse_with(problem, help::unknown_placeholder(tree, id, &keys()));
            return None;
        };
        let (name, value) = (tree.text(*key).unwrap_or_default(), *value);
        if let Some(kind) = PlaceholderKind::ALL
            .into_iter()
            .find(|kind| kind.key() == name)
        {
            return Some(ArgKind::Placeholder(kind, self.text(value)?));
        }
        match name {
            "executorInput" | "outputMetadata" => {
                if !self.is_null(value) {
                    let message = format!("Error: Structure \"{}\" is not None.", tree.repr(value));
                    let problem =
                        Problem::type_error(&rules::WRONG_KIND, message, tree.position(value));
                    self.problems
                        .push(problem.with_help(format!("write `{{{name}: null}}`")));
                    return None;
                }
                Some(if name == "executorInput" {
                    ArgKind::ExecutorInput
                } else {
                    ArgKind::OutputMetadata
                })
            }
            "concat" if self.is_null(value) => {
                self.wrong_kind(value, &format!("typing.List[{UNION}]"));
                None
            }
            "concat" => self.args(value).map(ArgKind::Concat),
            "if" => self.condition_and_branches(value).map(ArgKind::If),
            _ => {
                let message = format!(
                    "InputValuePlaceholder.__init__() got an unexpected keyword argument '{}'",
                    tree.repr(*key)
                );
                let position = tree.position(*key);
                let problem = Problem::type_error(&rules::UNKNOWN_PLACEHOLDER, message, position);
                self.refuse_with(problem, help::unknown_placeholder(tree, id, &keys()));
                None
            }
        }
    }

    fn condition_and_branches(&mut self, id: NodeId) -> Option<Box<If>> {
        let (mut condition, mut then, mut otherwise) = (None, None, None);
        self.class(id, &IF, |reader, key, value| match key {
            "cond" => condition = reader.condition(value),
            "then" => then = reader.branch(value),
            _ if reader.is_null(value) => {}
            _ => otherwise = reader.branch(value),
        });
        Some(Box::new(If {
            condition: condition?,
            then: then?,
            otherwise,
        }))
    }

    fn branch(&mut self, id: NodeId) -> Option<Branch> {
        match self.tree.value(id) {
            Value::List(_) => self.args(id).map(Branch::Many),
            _ => self.arg(id).map(Branch::One),
        }
    }

    fn condition(&mut self, id: NodeId) -> Option<Condition> {
        let tree = self.tree;
        match tree.value(id) {
            Value::Bool(truth) => Some(Condition::Bool(*truth)),
            Value::Str(text) => Some(Condition::Text(text.clone())),
            Value::Map(entries) => match entries.as_slice() {
                [(key, value)] if tree.text(*key) == Some("isPresent") => {
                    self.text(*value).map(Condition::IsPresent)
                }
                [(key, value)] if tree.text(*key) == Some("inputValue") => {
                    self.text(*value).map(Condition::InputValue)
                }
                _ => {
                    self.wrong_kind(id, "IfConditionArgumentType");
                    None
                }
            },
            _ => {
                self.wrong_kind(id, "IfConditionArgumentType");
                None
            }
        }
    }
}

/// The keys of all placeholders.
fn keys() -> Vec<&'static str> {
    PlaceholderKind::ALL
        .into_iter()
        .map(PlaceholderKind::key)
        .chain(["executorInput", "outputMetadata", "concat", "if"])
        .collect()
}

fn class_of(key: &str) -> Option<&'static str> {
    match key {
        "executorInput" => Some("ExecutorInputPlaceholder"),
        "outputMetadata" => Some("OutputMetadataPlaceholder"),
        "concat" => Some("ConcatPlaceholder"),
        "if" => Some("IfPlaceholder"),
        _ => PlaceholderKind::ALL
            .into_iter()
            .find(|kind| kind.key() == key)
            .map(PlaceholderKind::class),
    }
}
