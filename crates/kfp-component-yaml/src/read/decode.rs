//! Mappings to classes as the SDKs' `ModelBase` does it; refuses unknown keys, missing keys and other kinds of value.

use super::help::{self, Key};
use super::model::{Default, Pairs, Spanned};
use super::{Problem, Tree};
use crate::rules::{self, Rule};
use kfp_pyyaml::{MAX_DEPTH, NodeId, Position, Value};

/// One class of the SDKs' schema.
pub(super) struct Class {
    pub(super) name: &'static str,
    /// Keys in the file and, where it differs, the constructor's argument.
    pub(super) fields: &'static [Field],
}

pub(super) struct Field {
    pub(super) key: &'static str,
    pub(super) argument: &'static str,
    pub(super) required: bool,
}

pub(super) const fn required(key: &'static str) -> Field {
    Field {
        key,
        argument: key,
        required: true,
    }
}

pub(super) const fn optional(key: &'static str) -> Field {
    Field {
        key,
        argument: key,
        required: false,
    }
}

pub(super) const fn renamed(field: &Field, argument: &'static str) -> Field {
    let Field { key, required, .. } = *field;
    Field {
        key,
        argument,
        required,
    }
}

/// The most values that are read: aliases can multiply a small file into any number of them.
const MAX_READ: usize = 20_000;

pub(super) struct Reader<'t> {
    pub(super) tree: &'t Tree,
    pub(super) problems: Vec<Problem>,
    /// The key whose value is being read.
    pub(super) key: Key,
    read: usize,
    depth: usize,
}

impl<'t> Reader<'t> {
    pub(super) fn new(tree: &'t Tree) -> Self {
        Self {
            tree,
            problems: Vec::new(),
            key: ("", ""),
            read: 0,
            depth: 0,
        }
    }

    pub(super) fn refuse(
        &mut self,
        rule: &'static Rule,
        message: impl Into<String>,
        position: Position,
    ) {
        self.problems
            .push(Problem::type_error(rule, message, position));
    }

    /// Refuses with a help that fits this very case.
    pub(super) fn refuse_with(&mut self, problem: Problem, help: Option<String>) {
        self.problems.push(match help {
            Some(help) => problem.with_help(help),
            None => problem,
        });
    }

    /// Reads a value, unless too many have been read or they are too deep, as with an alias inside its own anchor.
    pub(super) fn bounded<T>(
        &mut self,
        id: NodeId,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        self.read += 1;
        if self.depth >= MAX_DEPTH || self.read > MAX_READ {
            if self
                .problems
                .last()
                .is_none_or(|problem| problem.rule != &rules::TOO_LARGE)
            {
                let message = "aliases make this endless or too large to be a component";
                self.problems.push(Problem::new(
                    &rules::TOO_LARGE,
                    "RecursionError",
                    message,
                    self.tree.position(id),
                ));
            }
            return None;
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    /// Calls `read` with each known key's value, then refuses unknown and missing keys. Returns whether it is a mapping.
    pub(super) fn class(
        &mut self,
        id: NodeId,
        class: &Class,
        mut read: impl FnMut(&mut Self, &str, NodeId),
    ) -> bool {
        let tree = self.tree;
        let position = tree.position(id);
        let Value::Map(entries) = tree.value(id) else {
            let message = format!("'{}' object has no attribute 'items'", tree.class(id));
            let problem = Problem::new(&rules::WRONG_KIND, class_error(class), message, position);
            self.refuse_with(problem, help::wrong_kind(self.key, tree, id));
            return false;
        };
        let mut unknown = Vec::new();
        for &(key, value) in entries {
            let name = tree.text(key);
            let field = name.and_then(|name| class.fields.iter().find(|field| field.key == name));
            match (field, name) {
                (Some(field), _) => {
                    let outer = std::mem::replace(&mut self.key, (class.name, field.key));
                    self.bounded(value, |reader| {
                        read(reader, field.key, value);
                        Some(())
                    });
                    self.key = outer;
                }
                (None, Some(name)) if class.fields.iter().any(|f| f.argument == name) => {
                    let field = class
                        .fields
                        .iter()
                        .find(|f| f.argument == name)
                        .map_or("", |f| f.key);
                    let message = format!(
                        "Use \"{field}\" key instead of pythonic key \"{name}\" in the structure."
                    );
                    let position = tree.position(key);
                    let problem =
                        Problem::new(&rules::UNKNOWN_KEY, "ValueError", message, position);
                    self.problems
                        .push(problem.with_help(format!("write `{field}`")));
                }
                (None, Some(name)) => unknown.push((
                    format!(
                        "{}.__init__() got an unexpected keyword argument '{name}'",
                        class.name
                    ),
                    tree.position(key),
                    help::unknown_key(class, name),
                )),
                (None, None) => unknown.push((
                    "keywords must be strings".to_owned(),
                    tree.position(key),
                    Some(format!(
                        "quote the key, if it is one: `'{}'`",
                        tree.repr(key)
                    )),
                )),
            }
        }
        for (message, position, help) in unknown {
            self.refuse_with(
                Problem::type_error(&rules::UNKNOWN_KEY, message, position),
                help,
            );
        }
        let absent = || {
            let required = class.fields.iter().filter(|field| field.required);
            required.filter(|field| tree.get(id, field.key).is_none())
        };
        let keys: Vec<_> = absent().map(|field| field.key).collect();
        let missing: Vec<_> = absent()
            .map(|field| format!("'{}'", field.argument))
            .collect();
        if let Some((last, others)) = missing.split_last() {
            let plural = if others.is_empty() { "" } else { "s" };
            let names = if others.is_empty() {
                last.clone()
            } else {
                format!("{} and {last}", others.join(", "))
            };
            let message = format!(
                "{}.__init__() missing {} required positional argument{plural}: {names}",
                class.name,
                missing.len()
            );
            self.refuse_with(
                Problem::type_error(&rules::MISSING_KEY, message, position),
                help::missing_key(class, &keys),
            );
        }
        true
    }

    pub(super) fn is_null(&self, id: NodeId) -> bool {
        matches!(self.tree.value(id), Value::Null)
    }

    pub(super) fn wrong_kind(&mut self, id: NodeId, expected: &str) {
        let message = format!(
            "Error: Structure \"{}\" is incompatible with type \"{expected}\"",
            self.tree.repr(id)
        );
        self.refuse_with(
            Problem::type_error(&rules::WRONG_KIND, message, self.tree.position(id)),
            help::wrong_kind(self.key, self.tree, id),
        );
    }

    pub(super) fn spanned<T>(&self, id: NodeId, value: T) -> Spanned<T> {
        let node = self.tree.node(id);
        Spanned {
            value,
            start: node.start,
            end: node.end,
            aliased: self.tree.is_aliased(id),
        }
    }

    pub(super) fn text(&mut self, id: NodeId) -> Option<Spanned<String>> {
        let Some(text) = self.tree.text(id) else {
            self.wrong_kind(id, "str");
            return None;
        };
        Some(self.spanned(id, text.to_owned()))
    }

    pub(super) fn optional_text(&mut self, id: NodeId) -> Option<Spanned<String>> {
        if self.is_null(id) {
            None
        } else {
            self.text(id)
        }
    }

    /// `Optional[Mapping[str, str]]`
    pub(super) fn pairs(&mut self, id: NodeId) -> Pairs {
        let tree = self.tree;
        match tree.value(id) {
            Value::Null => Vec::new(),
            Value::Map(entries) => entries
                .iter()
                .filter_map(|&(key, value)| self.text(key).zip(self.text(value)))
                .collect(),
            _ => {
                self.wrong_kind(id, "typing.Optional[typing.Mapping[str, str]]");
                Vec::new()
            }
        }
    }

    /// `Optional[Dict[str, Any]]`, of which nothing is kept
    pub(super) fn any_map(&mut self, id: NodeId) {
        let tree = self.tree;
        match tree.value(id) {
            Value::Null => {}
            Value::Map(entries) => {
                for &(key, _) in entries {
                    self.text(key);
                }
            }
            _ => self.wrong_kind(id, "typing.Optional[typing.Dict[str, typing.Any]]"),
        }
    }

    /// `Optional[List[…]]`; null is as good as nothing.
    pub(super) fn list(&mut self, id: NodeId, of: &str) -> Option<&'t [NodeId]> {
        match self.tree.value(id) {
            Value::Null => None,
            Value::List(items) => Some(items),
            _ => {
                self.wrong_kind(id, &format!("typing.Optional[typing.List[{of}]]"));
                None
            }
        }
    }

    /// `Optional[Union[str, int, float, bool]]`
    pub(super) fn primitive(&mut self, id: NodeId) -> Option<Spanned<Default>> {
        let value = match self.tree.value(id) {
            Value::Null => return None,
            Value::Str(text) => Default::Text(text.clone()),
            Value::Int(number) => Default::Int(*number),
            Value::BigInt(number) => Default::BigInt(*number),
            Value::Float(number) => Default::Float(*number),
            Value::Bool(truth) => Default::Bool(*truth),
            Value::Other(_) | Value::List(_) | Value::Map(_) => {
                self.wrong_kind(id, "typing.Union[str, int, float, bool, NoneType]");
                return None;
            }
        };
        Some(self.spanned(id, value))
    }
}

/// The SDKs turn the exception of an inner class into a `TypeError`.
fn class_error(class: &Class) -> &'static str {
    if class.name == "ComponentSpec" {
        "AttributeError"
    } else {
        "TypeError"
    }
}
