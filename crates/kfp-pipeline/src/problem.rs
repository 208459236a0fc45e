//! What is wrong with a pipeline, and where.

use std::fmt;

use kfp_pyyaml::{NodeId, Position, Tree};

use crate::rule::{Rule, Severity};

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

    /// Where the last value on the way stands that is there.
    pub(crate) fn position(&self, tree: &Tree) -> Position {
        let mut node = tree.root();
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

/// Something wrong with a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The kind of problem, which says how bad it is.
    pub rule: &'static Rule,
    /// What is wrong: a lower-case fragment.
    pub message: String,
    /// What can be done about it in this very case.
    pub hint: Option<String>,
    /// Where in the file.
    pub position: Position,
}

impl Problem {
    /// Whether it keeps the pipeline from running.
    pub fn is_error(&self) -> bool {
        self.rule.severity == Severity::Error
    }

    /// What can be done about it: in this very case, or as the rule says.
    pub fn help(&self) -> &str {
        self.hint.as_deref().unwrap_or(self.rule.help)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.message, self.position)
    }
}

impl std::error::Error for Problem {}
