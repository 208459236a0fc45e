//! The forest as one operator for machine learning, which ONNX Runtime walks fastest.

use super::build::{floats, ints, node, number, string, strings};
use super::{VOTES, proto, round_down};
use crate::{Model, Node, tensor};

/// The operator that counts votes.
pub(super) fn votes(model: &Model) -> proto::Node {
    proto::Node {
        domain: "ai.onnx.ml".to_owned(),
        attribute: attributes(model),
        ..node(
            "TreeEnsembleClassifier",
            &[tensor::FEATURES],
            &["vote", VOTES],
        )
    }
}

/// The attributes of the classifier: all nodes of all trees, one list per property.
fn attributes(model: &Model) -> Vec<proto::Attribute> {
    let classes = model.classes().len();
    let mut nodes = Nodes::default();
    let mut leaves = Leaves::default();
    for (t, tree) in model.forest.trees.iter().enumerate() {
        for (n, node) in tree.iter().enumerate() {
            nodes.tree.push(number(t));
            nodes.node.push(number(n));
            match *node {
                Node::Split {
                    feature,
                    at_most,
                    then,
                    otherwise,
                } => {
                    nodes.mode.push(b"BRANCH_LEQ".to_vec());
                    nodes.feature.push(number(feature));
                    nodes.value.push(round_down(at_most));
                    nodes.then.push(number(then));
                    nodes.otherwise.push(number(otherwise));
                }
                Node::Leaf { class } => {
                    nodes.mode.push(b"LEAF".to_vec());
                    nodes.feature.push(0);
                    nodes.value.push(0.0);
                    nodes.then.push(0);
                    nodes.otherwise.push(0);
                    // Runtimes take a class that no leaf mentions for one without a score, and with two classes they
                    // then compute the score of the other from it.
                    let voted = (0..classes).filter(|&other| classes == 2 || other == class);
                    for other in voted {
                        leaves.tree.push(number(t));
                        leaves.node.push(number(n));
                        leaves.class.push(number(other));
                        leaves.weight.push(f32::from(other == class));
                    }
                }
            }
        }
    }
    vec![
        ints("nodes_treeids", nodes.tree),
        ints("nodes_nodeids", nodes.node),
        ints("nodes_featureids", nodes.feature),
        ints("nodes_truenodeids", nodes.then),
        ints("nodes_falsenodeids", nodes.otherwise),
        floats("nodes_values", nodes.value),
        strings("nodes_modes", nodes.mode),
        ints("class_treeids", leaves.tree),
        ints("class_nodeids", leaves.node),
        ints("class_ids", leaves.class),
        floats("class_weights", leaves.weight),
        ints("classlabels_int64s", (0..number(classes)).collect()),
        string("post_transform", "NONE"),
    ]
}

#[derive(Default)]
struct Nodes {
    tree: Vec<i64>,
    node: Vec<i64>,
    feature: Vec<i64>,
    value: Vec<f32>,
    mode: Vec<Vec<u8>>,
    then: Vec<i64>,
    otherwise: Vec<i64>,
}

#[derive(Default)]
struct Leaves {
    tree: Vec<i64>,
    node: Vec<i64>,
    class: Vec<i64>,
    weight: Vec<f32>,
}
