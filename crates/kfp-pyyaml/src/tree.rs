//! A document as values with positions. An alias points to the node it names, so a bomb stays small and a cycle finite.

use std::collections::HashSet;

use super::cursor::Position;

/// A node of a [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) usize);

/// What Python makes of a node.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `None`
    Null,
    /// `bool`
    Bool(bool),
    /// `int`
    Int(i128),
    /// `int` beyond 128 bits, as the nearest double: infinite where Python's `float(…)` raises `OverflowError`
    BigInt(f64),
    /// `float`
    Float(f64),
    /// `str`
    Str(String),
    /// A Python class that neither JSON nor a component knows: a date, bytes, a set.
    Other(&'static str),
    /// `list`
    List(Vec<NodeId>),
    /// `dict`, in order, each key once
    Map(Vec<(NodeId, NodeId)>),
}

/// A value and its position.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// The position of its first character.
    pub start: Position,
    /// The offset of the byte after its last one.
    pub end: usize,
    /// Whether it is an unquoted scalar.
    pub plain: bool,
}

/// One document.
#[derive(Debug, Clone)]
pub struct Tree {
    pub(super) nodes: Vec<Node>,
    pub(super) root: NodeId,
    /// Keys given more than once, where the last one won.
    pub duplicates: Vec<(String, Position)>,
    /// Keys that several merged mappings give, and where `<<` stands: releases of PyYAML differ in which one wins.
    pub merged_twice: Vec<(String, Position)>,
    /// The position of a mapping that contains itself: the loader of kfp 1.8 refuses that, the one of kfp 2 does not.
    pub cycle: Option<Position>,
    /// Nodes reached by an alias.
    pub(super) aliased: HashSet<NodeId>,
    /// Strings with escaped surrogates.
    pub(super) surrogates: HashSet<NodeId>,
}

impl Tree {
    /// The outermost node.
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// The node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// The value of the node.
    pub fn value(&self, id: NodeId) -> &Value {
        &self.node(id).value
    }

    /// The position of the node's first character.
    pub fn position(&self, id: NodeId) -> Position {
        self.node(id).start
    }

    /// Whether an alias leads to the node, so that editing it changes more than one value.
    pub fn is_aliased(&self, id: NodeId) -> bool {
        self.aliased.contains(&id)
    }

    /// Whether the node is a string with an escaped surrogate, such as `"\ud83d"`: Python holds it and cannot encode it.
    ///
    /// In [`text`](Self::text) each surrogate is U+FFFD.
    pub fn has_surrogates(&self, id: NodeId) -> bool {
        self.surrogates.contains(&id)
    }

    /// The positions of all strings with escaped surrogates, sorted.
    pub fn surrogates(&self) -> Vec<Position> {
        let mut all: Vec<_> = self
            .surrogates
            .iter()
            .map(|id| self.position(*id))
            .collect();
        all.sort();
        all
    }

    /// The node's text, if it is a string.
    pub fn text(&self, id: NodeId) -> Option<&str> {
        match self.value(id) {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The entries of a mapping; none for anything else.
    pub fn entries(&self, id: NodeId) -> &[(NodeId, NodeId)] {
        match self.value(id) {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none for anything else.
    pub fn items(&self, id: NodeId) -> &[NodeId] {
        match self.value(id) {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The value under a key.
    pub fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        self.entries(id)
            .iter()
            .find(|(k, _)| self.text(*k) == Some(key))
            .map(|(_, v)| *v)
    }

    /// The name of the node's Python class, such as `str`.
    pub fn class(&self, id: NodeId) -> &'static str {
        match self.value(id) {
            Value::Null => "NoneType",
            Value::Bool(_) => "bool",
            Value::Int(_) | Value::BigInt(_) => "int",
            Value::Float(_) => "float",
            Value::Str(_) => "str",
            Value::Other(class) => class,
            Value::List(_) => "list",
            Value::Map(_) => "dict",
        }
    }

    /// The node as Python prints it, collections cut short.
    pub fn repr(&self, id: NodeId) -> String {
        match self.value(id) {
            Value::Null => "None".into(),
            Value::Bool(true) => "True".into(),
            Value::Bool(false) => "False".into(),
            Value::Int(n) => n.to_string(),
            Value::BigInt(n) => format!("{n:.0}"),
            Value::Float(n) => format!("{n:?}"),
            Value::Str(text) => text.clone(),
            Value::Other(class) => (*class).into(),
            Value::List(items) if items.is_empty() => "[]".into(),
            Value::List(_) => "[…]".into(),
            Value::Map(entries) => match entries.first().and_then(|(key, _)| self.text(*key)) {
                Some(key) => format!("{{'{key}': …}}"),
                None => "{}".into(),
            },
        }
    }
}
