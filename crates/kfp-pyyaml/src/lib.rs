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

/// The longest text that is read, in bytes.
pub const MAX_BYTES: usize = 4 << 20;
/// The deepest nesting of collections; PyYAML reaches Python's recursion limit some levels later.
pub const MAX_DEPTH: usize = 100;
/// The most nodes that a text may have; entries merged by `<<` count again.
pub const MAX_NODES: usize = 150_000;

/// Why PyYAML does not read a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlError {
    /// The exception PyYAML raises, such as `ScannerError`.
    pub class: &'static str,
    /// What was being read and what was found.
    pub message: String,
    /// Where PyYAML stumbles.
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

/// Reads all documents of a text.
///
/// # Errors
/// What PyYAML raises for the text, at its position; `RecursionError` for a text beyond [`MAX_BYTES`], [`MAX_DEPTH`] or
/// [`MAX_NODES`].
pub fn load_all(text: &str) -> Result<Vec<Tree>, YamlError> {
    if text.len() > MAX_BYTES {
        let message = format!("the text is longer than {} MiB", MAX_BYTES >> 20);
        return Err(YamlError::budget(message, Position::START));
    }
    let documents = document::compose_all(cursor::Cursor::new(text)?)?;
    documents.into_iter().map(construct::construct).collect()
}
