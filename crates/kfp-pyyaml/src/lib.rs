#![doc = include_str!("../README.md")]

mod block;
mod collection;
mod compose;
mod construct;
mod cursor;
mod document;
mod resolve;
mod scalar;
mod scanner;
mod tag;
mod token;
mod tree;

pub use cursor::Position;
pub use cursor::{is_break, is_printable};
pub use tree::{Node, NodeId, Tree, Value};

use std::fmt;

/// A text longer than this is not read at all.
pub const MAX_BYTES: usize = 4 << 20;
/// Collections nested deeper than this are refused; PyYAML runs into Python's recursion limit some levels later.
pub const MAX_DEPTH: usize = 100;
/// A text with more nodes than this is refused, merged ones counted again.
pub const MAX_NODES: usize = 150_000;

/// Why a text is not YAML for PyYAML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlError {
    /// The exception PyYAML raises, such as `ScannerError`.
    pub class: &'static str,
    /// What was being read and what was found.
    pub message: String,
    /// Where.
    pub position: Position,
}

impl YamlError {
    fn new(class: &'static str, message: impl Into<String>, position: Position) -> Self {
        Self {
            class,
            message: message.into(),
            position,
        }
    }

    /// What the budgets refuse: PyYAML would go on until memory, stack or patience end.
    fn budget(message: impl Into<String>, position: Position) -> Self {
        Self::new("RecursionError", message, position)
    }
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.message, self.position)
    }
}

impl std::error::Error for YamlError {}

/// All documents of a text, each a tree of its own.
pub fn load_all(text: &str) -> Result<Vec<Tree>, YamlError> {
    if text.len() > MAX_BYTES {
        let message = format!("the text is longer than {} MiB", MAX_BYTES >> 20);
        return Err(YamlError::budget(message, Position::START));
    }
    let documents = document::compose_all(cursor::Cursor::new(text)?)?;
    documents.into_iter().map(construct::construct).collect()
}
