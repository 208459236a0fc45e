//! Fits a forest with smartcore, keeps its trees, and scores them.

use std::collections::{BTreeMap, BTreeSet};

use kfp_model::{Column, Forest, Manifest, Model, Node};
use serde::{Deserialize, Serialize};
use smartcore::ensemble::random_forest_classifier::{
    RandomForestClassifier, RandomForestClassifierParameters,
};
use smartcore::linalg::basic::matrix::DenseMatrix;

use crate::score::{Confusion, Roc, Score};
use crate::{Examples, Result};

/// Grows `trees` trees. The same seed grows the same forest.
pub fn fit(examples: &Examples, trees: u16, seed: u64) -> Result<Model> {
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

    let classes = classes.into_iter().map(str::to_owned).collect();
    let mut manifest = Manifest::classification(columns(examples), classes);
    manifest.label = Some(examples.label.clone());
    manifest.training_rows = Some(examples.row_count() as u64);
    manifest.producer =
        Some(concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).to_owned());
    Ok(Model::new(manifest, plain_trees(&fitted)?)?)
}

/// Predicts the classes of examples and compares them with their labels.
pub fn score(model: &Model, examples: &Examples) -> Result<Score> {
    let names = model.columns().iter().map(|column| &column.name);
    if !names.clone().eq(&examples.columns) {
        let (found, wanted) = (quoted(&examples.columns), quoted(names));
        return Err(format!(
            "`{}` has the columns {found}, but the forest was trained on {wanted}",
            examples.name
        )
        .into());
    }
    let classes = model.classes();
    let predicted = model.predict(&examples.values)?.classes;
    let labels = examples.labels.iter().map(String::as_str);
    let pairs = labels.zip(predicted.iter().map(|&class| &*classes[class]));
    let confusion = Confusion::new(classes, pairs);
    let roc = match classes {
        [_, positive] => {
            let forest = model.forest();
            let rows = examples
                .rows()
                .map(|(row, label)| (forest.votes(row, 2)[1] as usize, label == positive));
            Roc::new(rows, forest.trees.len())
        }
        _ => None,
    };
    Ok(Score { confusion, roc })
}

/// The columns with the range of their values.
fn columns(examples: &Examples) -> Vec<Column> {
    let column = |(at, name): (usize, &String)| {
        let values = || examples.rows().map(|(row, _)| row[at]);
        let mut column = Column::new(name);
        column.minimum = values().reduce(f64::min).map(as_written);
        column.maximum = values().reduce(f64::max).map(as_written);
        column
    };
    examples.columns.iter().enumerate().map(column).collect()
}

/// 4.3, which was rounded to 4.300000190734863, for people to read.
fn as_written(rounded: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, reason = "it has 32 bits")]
    let shortest = (rounded as f32).to_string();
    shortest.parse().unwrap_or(rounded)
}

fn quoted<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    let quoted: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
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
fn plain_trees(fitted: &impl Serialize) -> Result<Forest> {
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
    let trees = fitted
        .trees
        .into_iter()
        .map(|tree| tree.nodes.into_iter().map(plain).collect());
    Ok(Forest {
        trees: trees.collect(),
    })
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
        let model = fit(&third, 7, 1).unwrap();
        let number = |label: &str| {
            let classes = model.classes();
            classes.iter().position(|class| class == label).unwrap()
        };

        let y: Vec<u32> = third
            .rows()
            .map(|(_, label)| u32::try_from(number(label)).unwrap())
            .collect();
        let theirs = RandomForestClassifier::fit(&matrix(&third).unwrap(), &y, parameters).unwrap();
        let theirs: Vec<u32> = theirs.predict(&matrix(&all).unwrap()).unwrap();
        let ours = model.predict(&all.values).unwrap().classes;
        let ours = ours.into_iter().map(|class| u32::try_from(class).unwrap());
        assert_eq!(ours.collect::<Vec<_>>(), theirs);
    }
}
