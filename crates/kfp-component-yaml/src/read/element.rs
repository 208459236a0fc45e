//! Command line items: text and placeholders; refuses numbers, unknown placeholders and more than one key.

use super::class::{Class, Reader, optional, renamed, required};
use super::line::{Branch, Condition, Element, ElementKind, If, Port};
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
    pub(super) fn elements(&mut self, id: NodeId) -> Option<Vec<Element>> {
        let items = self.list(id, UNION)?;
        Some(
            items
                .iter()
                .filter_map(|&item| self.element(item))
                .collect(),
        )
    }

    fn element(&mut self, id: NodeId) -> Option<Element> {
        self.bounded(id, |reader| {
            let kind = reader.element_kind(id)?;
            Some(Element {
                kind,
                place: reader.tree.place(id),
            })
        })
    }

    fn element_kind(&mut self, id: NodeId) -> Option<ElementKind> {
        let tree = self.tree;
        let place = tree.place(id);
        let entries = match tree.value(id) {
            Value::Str(text) => return Some(ElementKind::Text(text.clone())),
            Value::Map(entries) => entries,
            _ => {
                self.refuse(
                    "wrong-kind",
                    format!("'{}' object has no attribute 'items'", tree.class(id)),
                    place,
                );
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
            self.refuse("unknown-placeholder", message, place);
            return None;
        };
        let (name, value) = (tree.text(*key).unwrap_or_default(), *value);
        if let Some(port) = Port::ALL.into_iter().find(|port| port.key() == name) {
            return Some(ElementKind::Port(port, self.text(value)?));
        }
        match name {
            "executorInput" | "outputMetadata" => {
                if !self.is_null(value) {
                    let message = format!("Error: Structure \"{}\" is not None.", tree.repr(value));
                    self.refuse("wrong-kind", message, tree.place(value));
                    return None;
                }
                Some(if name == "executorInput" {
                    ElementKind::ExecutorInput
                } else {
                    ElementKind::OutputMetadata
                })
            }
            "concat" if self.is_null(value) => {
                self.wrong_kind(value, &format!("typing.List[{UNION}]"));
                None
            }
            "concat" => self.elements(value).map(ElementKind::Concat),
            "if" => self.condition_and_branches(value).map(ElementKind::If),
            _ => {
                let message = format!(
                    "InputValuePlaceholder.__init__() got an unexpected keyword argument '{}'",
                    tree.repr(*key)
                );
                self.refuse("unknown-placeholder", message, tree.place(*key));
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
            Value::List(_) => self.elements(id).map(Branch::Many),
            _ => self.element(id).map(Branch::One),
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

fn class_of(key: &str) -> Option<&'static str> {
    match key {
        "executorInput" => Some("ExecutorInputPlaceholder"),
        "outputMetadata" => Some("OutputMetadataPlaceholder"),
        "concat" => Some("ConcatPlaceholder"),
        "if" => Some("IfPlaceholder"),
        _ => Port::ALL
            .into_iter()
            .find(|port| port.key() == key)
            .map(Port::class),
    }
}
