//! The forest: fitted by smartcore, then kept as plain trees.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use smartcore::ensemble::random_forest_classifier::{
    RandomForestClassifier, RandomForestClassifierParameters,
};
use smartcore::linalg::basic::matrix::DenseMatrix;

use crate::score::{Confusion, Roc, Score};
use crate::{Examples, Result};

/// A fitted random forest.
#[derive(Clone, Debug, PartialEq)]
pub struct Forest {
    /// The column names, in the order of the columns.
    pub(crate) features: Vec<String>,
    /// In alphabetical order; trees refer to them by index.
    pub(crate) classes: Vec<String>,
    pub(crate) trees: Vec<Tree>,
}

/// The nodes of a tree; the first is the root.
pub(crate) type Tree = Vec<Node>;

/// One node of a tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Node {
    /// Rows whose `feature` is at most `at_most` continue at node `then`, others at `otherwise`.
    Split {
        feature: usize,
        at_most: f64,
        then: usize,
        otherwise: usize,
    },
    /// Votes for a class.
    Leaf { class: usize },
}

impl Forest {
    /// Grows `trees` trees. The same seed grows the same forest.
    pub fn fit(examples: &Examples, trees: u16, seed: u64) -> Result<Self> {
        let classes: BTreeSet<&str> = examples.rows().map(|(_, label)| label).collect();
        if classes.len() < 2 {
            return Err(format!(
                "all rows of `{}` have the same class, but a forest needs two classes",
                examples.name
            )
            .into());
        }
        let numbers: BTreeMap<&str, u32> = classes.iter().copied().zip(0..).collect();

        let y: Vec<u32> = examples.rows().map(|(_, label)| numbers[label]).collect();
        let parameters = RandomForestClassifierParameters::default()
            .with_n_trees(trees)
            .with_seed(seed);
        let fitted = RandomForestClassifier::fit(&matrix(examples)?, &y, parameters)?;

        Ok(Self {
            features: examples.columns.clone(),
            classes: classes.into_iter().map(str::to_owned).collect(),
            trees: plain_trees(&fitted)?,
        })
    }

    /// The class with most votes; of a tie, the first in alphabetical order.
    pub fn predict(&self, row: &[f64]) -> &str {
        self.winner(&self.votes(row))
    }

    /// Predicts the classes of examples and compares them with their labels.
    pub fn score(&self, examples: &Examples) -> Result<Score> {
        if examples.columns != self.features {
            let (found, wanted) = (quoted(&examples.columns), quoted(&self.features));
            return Err(format!(
                "`{}` has the columns {found}, but the forest was trained on {wanted}",
                examples.name
            )
            .into());
        }
        let voted: Vec<_> = examples
            .rows()
            .map(|(row, label)| (self.votes(row), label))
            .collect();
        let pairs = voted
            .iter()
            .map(|(votes, label)| (*label, self.winner(votes)));
        let confusion = Confusion::new(&self.classes, pairs);
        let roc = match &self.classes[..] {
            [_, positive] => Roc::new(
                voted
                    .iter()
                    .map(|(votes, label)| (votes[1], label == positive)),
                self.trees.len(),
            ),
            _ => None,
        };
        Ok(Score { confusion, roc })
    }

    /// The number of trees that vote for each class.
    fn votes(&self, row: &[f64]) -> Vec<usize> {
        let mut votes = vec![0; self.classes.len()];
        for tree in &self.trees {
            votes[vote(tree, row)] += 1;
        }
        votes
    }

    fn winner(&self, votes: &[usize]) -> &str {
        let most = votes.iter().max();
        let first = votes.iter().position(|count| Some(count) == most);
        &self.classes[first.unwrap_or_default()]
    }
}

fn quoted(names: &[String]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The index of the class a tree votes for.
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
                node = &tree[if row[feature] <= at_most {
                    then
                } else {
                    otherwise
                }];
            }
        }
    }
}

fn matrix(examples: &Examples) -> Result<DenseMatrix<f64>> {
    let (rows, columns) = (examples.labels.len(), examples.columns.len());
    Ok(DenseMatrix::new(
        rows,
        columns,
        examples.values.clone(),
        false,
    )?)
}

/// The trees of smartcore's forest, which only its serialization exposes.
#[derive(Deserialize)]
struct FittedForest {
    trees: Vec<FittedTree>,
}

#[derive(Deserialize)]
struct FittedTree {
    nodes: Vec<FittedNode>,
}

#[derive(Deserialize)]
struct FittedNode {
    output: usize,
    split_feature: usize,
    split_value: Option<f64>,
    true_child: Option<usize>,
    false_child: Option<usize>,
}

/// The trees without the fields that only fitting needs.
fn plain_trees(fitted: &impl Serialize) -> Result<Vec<Tree>> {
    // Through text, which takes less memory than a tree of JSON values.
    let fitted: FittedForest = serde_json::from_slice(&serde_json::to_vec(fitted)?)?;
    let plain = |node: FittedNode| match (node.split_value, node.true_child, node.false_child) {
        (Some(at_most), Some(then), Some(otherwise)) => Node::Split {
            feature: node.split_feature,
            at_most,
            then,
            otherwise,
        },
        _ => Node::Leaf { class: node.output },
    };
    Ok(fitted
        .trees
        .into_iter()
        .map(|tree| tree.nodes.into_iter().map(plain).collect())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iris(every: usize) -> Examples {
        let lines = include_str!("../../../pipelines/iris/iris.csv")
            .lines()
            .step_by(every);
        let (x, y): (Vec<_>, Vec<_>) = lines.map(|line| line.rsplit_once(',').unwrap()).unzip();
        Examples::read(
            ("x", x.join("\n").as_bytes()),
            ("y", y.join("\n").as_bytes()),
        )
        .unwrap()
    }

    #[test]
    fn our_trees_vote_as_smartcores_do() {
        let (all, third) = (iris(1), iris(3));
        let parameters = RandomForestClassifierParameters::default()
            .with_n_trees(7)
            .with_seed(1);
        let forest = Forest::fit(&third, 7, 1).unwrap();
        let number = |label: &str| {
            forest
                .classes
                .iter()
                .position(|class| class == label)
                .unwrap()
        };

        let y: Vec<u32> = third
            .rows()
            .map(|(_, label)| u32::try_from(number(label)).unwrap())
            .collect();
        let theirs = RandomForestClassifier::fit(&matrix(&third).unwrap(), &y, parameters).unwrap();
        let theirs: Vec<u32> = theirs.predict(&matrix(&all).unwrap()).unwrap();
        let ours = all
            .rows()
            .map(|(row, _)| u32::try_from(number(forest.predict(row))).unwrap());
        assert_eq!(ours.collect::<Vec<_>>(), theirs);
    }
}
