//! A forest of decision trees, each of which votes for one class.

use serde::{Deserialize, Serialize};

/// Trees that vote. A class's probability is its share of the votes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Forest {
    /// The trees.
    pub trees: Vec<Tree>,
}

/// The nodes of a tree: the first is the root, and children come after their parents.
pub type Tree = Vec<Node>;

/// One node of a tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Node {
    /// Rows whose `feature` is at most `at_most` continue at node `then`; others, and those whose value is missing (NaN), at
    /// node `otherwise`.
    Split {
        /// The index of a column.
        feature: usize,
        /// The threshold: a finite number.
        at_most: f64,
        /// The index of a node.
        then: usize,
        /// The index of a node.
        otherwise: usize,
    },
    /// Votes for a class.
    Leaf {
        /// The index of the class.
        class: usize,
    },
}

impl Forest {
    /// The number of trees that vote for each of `classes` classes.
    ///
    /// `row` has one value per column, rounded as the columns' types say.
    ///
    /// # Panics
    /// If the trees name columns that `row` does not have, or classes beyond `classes`; a loaded [`Model`](crate::Model) has
    /// no such trees.
    pub fn votes(&self, row: &[f64], classes: usize) -> Vec<u32> {
        let mut votes = vec![0; classes];
        for tree in &self.trees {
            votes[vote(tree, row)] += 1;
        }
        votes
    }

    /// The place of a node that cannot be walked, and what is wrong with it.
    pub(crate) fn fault(&self, columns: usize, classes: usize) -> Option<(String, &'static str)> {
        if self.trees.is_empty() {
            return Some((".".to_owned(), "there must be a tree"));
        }
        for (t, tree) in self.trees.iter().enumerate() {
            if tree.is_empty() {
                return Some((format!("[{t}]"), "a tree has at least one node"));
            }
            for (n, node) in tree.iter().enumerate() {
                let problem = match *node {
                    Node::Leaf { class } if class >= classes => {
                        "the class is not one of the manifest's"
                    }
                    Node::Split { feature, .. } if feature >= columns => {
                        "the feature is not one of the manifest's columns"
                    }
                    Node::Split { at_most, .. } if !at_most.is_finite() => {
                        "the threshold is not a finite number"
                    }
                    Node::Split {
                        then, otherwise, ..
                    } if [then, otherwise]
                        .iter()
                        .any(|&child| child <= n || child >= tree.len()) =>
                    {
                        "a child is not among the nodes that follow"
                    }
                    _ => continue,
                };
                return Some((format!("[{t}][{n}]"), problem));
            }
        }
        None
    }
}

/// The index of the class with most votes; of a tie, the first.
pub(crate) fn winner(votes: &[u32]) -> usize {
    let most = votes.iter().max();
    let first = votes.iter().position(|count| Some(count) == most);
    first.unwrap_or_default()
}

fn vote(tree: &Tree, row: &[f64]) -> usize {
    let mut node = &tree[0];
    loop {
        match *node {
            Node::Leaf { class } => return class,
            Node::Split {
                feature,
                at_most,
                then,
                otherwise,
            } => {
                let next = if row[feature] <= at_most {
                    then
                } else {
                    otherwise
                };
                node = &tree[next];
            }
        }
    }
}
