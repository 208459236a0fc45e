//! Messages read from a YAML document, with the position of whatever does not fit.

use std::fmt;

use kfp_pyyaml::{NodeId, Position, Tree};
use serde::{Deserialize as _, de::DeserializeOwned};
use serde_json::Value;
use serde_path_to_error::Segment;

use crate::node::Node;

/// Why a document is not what it is read as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What does not fit: a lower-case fragment.
    pub message: String,
    /// Where it stands.
    pub position: Position,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.message, self.position)
    }
}

impl std::error::Error for Error {}

/// A value of a document as a message.
///
/// ```
/// use kfp_ir::{ComponentSpec, document};
/// let tree = &kfp_pyyaml::load_all("dag: {}\nlabel: a").unwrap()[0];
/// let error = document::typed::<ComponentSpec>(tree, tree.root()).unwrap_err();
/// assert!(error.message.starts_with("`label`: unknown field"));
/// assert_eq!(error.position.line, 2);
/// ```
///
/// # Errors
/// If it has values that JSON does not have, or does not fit the type.
pub fn typed<T: DeserializeOwned>(tree: &Tree, node: NodeId) -> Result<T, Error> {
    serde_path_to_error::deserialize(Node::new(tree, node)?).map_err(|error| {
        let way: Way = error
            .path()
            .iter()
            .filter_map(|segment| match segment {
                Segment::Seq { index } => Some(Step::Item(*index)),
                Segment::Map { key } | Segment::Enum { variant: key } => {
                    Some(Step::Key(key.clone()))
                }
                Segment::Unknown => None,
            })
            .collect();
        Error {
            message: format!("`{way}`: {}", error.inner()),
            position: way.position(tree, node),
        }
    })
}

/// A value of a document as JSON, with integral numbers as integers, which is how protobuf writes them.
///
/// # Errors
/// If there is something that JSON does not have, a value that contains itself, or more than [`kfp_pyyaml::MAX_NODES`] values once
/// aliases are followed.
pub fn json(tree: &Tree, node: NodeId) -> Result<Value, Error> {
    Value::deserialize(Node::new(tree, node)?).map_err(|error| Error {
        message: error.to_string(),
        position: tree.position(node),
    })
}

/// A step of a way into a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Under a key of a mapping.
    Key(String),
    /// An item of a list, from 0.
    Item(usize),
}

/// A way into a document: `root.dag.tasks.train.inputs`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way(Vec<Step>);

impl Way {
    /// The document itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// The value under a key.
    #[must_use]
    pub fn key(&self, key: impl Into<String>) -> Self {
        let mut way = self.clone();
        way.0.push(Step::Key(key.into()));
        way
    }

    /// The values under keys within keys.
    #[must_use]
    pub fn keys<const N: usize>(&self, keys: [&str; N]) -> Self {
        let mut way = self.clone();
        way.0
            .extend(keys.into_iter().map(|key| Step::Key(key.to_owned())));
        way
    }

    /// An item of a list.
    #[must_use]
    pub fn item(&self, index: usize) -> Self {
        let mut way = self.clone();
        way.0.push(Step::Item(index));
        way
    }

    /// Where the last value on the way from a node stands that is there.
    pub fn position(&self, tree: &Tree, node: NodeId) -> Position {
        let mut node = node;
        let mut position = tree.position(node);
        for step in &self.0 {
            let Some((at, next)) = find(tree, node, step) else {
                break;
            };
            (position, node) = (at, next);
        }
        position
    }
}

/// The position to point at for a step, and the value there. A key is what readers look for, not the line below it.
fn find(tree: &Tree, node: NodeId, step: &Step) -> Option<(Position, NodeId)> {
    match step {
        Step::Key(key) => tree
            .entries(node)
            .iter()
            .find(|(name, _)| tree.text(*name) == Some(key))
            .map(|(name, value)| (tree.position(*name), *value)),
        Step::Item(index) => tree
            .items(node)
            .get(*index)
            .map(|item| (tree.position(*item), *item)),
    }
}

impl FromIterator<Step> for Way {
    fn from_iter<T: IntoIterator<Item = Step>>(steps: T) -> Self {
        Self(steps.into_iter().collect())
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if i == 0 => write!(f, "{key}")?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Item(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_exact_or_doubles_or_refused() {
        let read = |text: &str| {
            let tree = &kfp_pyyaml::load_all(text).unwrap()[0];
            json(tree, tree.root()).map_err(|error| error.message)
        };
        assert_eq!(
            read("9007199254740993"),
            Ok(9_007_199_254_740_993_i64.into())
        );
        assert_eq!(read("100000000000000000000"), Ok(1e20.into()));
        assert_eq!(read(&format!("1{}", "0".repeat(60))), Ok(1e60.into()));
        let refused = read(&"9".repeat(400));
        assert_eq!(
            refused,
            Err("the integer is too large for a double".to_owned())
        );
    }
}
