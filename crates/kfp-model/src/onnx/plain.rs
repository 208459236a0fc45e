//! The forest as plain operators: every row goes down all trees at once, one level at a time.

use super::build::{FLOAT, INT64, int, node, number, tensor as constant};
use super::proto::{self, Tensor};
use super::{VOTES, round_down};
use crate::{Model, Node, Tree, tensor};

/// The nodes of all trees, one list per property; children are indices into these lists, and leaves their own children.
#[derive(Default)]
struct Table {
    roots: Vec<i64>,
    feature: Vec<i64>,
    threshold: Vec<f32>,
    then: Vec<i64>,
    otherwise: Vec<i64>,
    class: Vec<i64>,
}

/// The operators that count votes, and their constants.
pub(super) fn votes(model: &Model) -> (Vec<proto::Node>, Vec<Tensor>) {
    let trees = &model.forest.trees;
    let table = Table::new(trees);
    let mut nodes = Vec::new();
    let mut at = "roots".to_owned();
    for level in 0..trees.iter().map(depth).max().unwrap_or_default().max(1) {
        let name = |what: &str| format!("{what}.{level}");
        let look_up = |what: &str| node("Gather", &[what, &at], &[&name(what)]);
        nodes.extend(["feature", "threshold", "then", "otherwise"].map(look_up));
        // At the roots the features are the same for every row.
        let pick = if level == 0 {
            "Gather"
        } else {
            "GatherElements"
        };
        nodes.push(proto::Node {
            attribute: vec![int("axis", 1)],
            ..node(
                pick,
                &[tensor::FEATURES, &name("feature")],
                &[&name("value")],
            )
        });
        let (small, next) = (name("small"), name("node"));
        let compared = [&*name("value"), &*name("threshold")];
        nodes.push(node("LessOrEqual", &compared, &[&small]));
        let branches = [&*small, &*name("then"), &*name("otherwise")];
        nodes.push(node("Where", &branches, &[&next]));
        at = next;
    }
    nodes.push(node("Gather", &["class", &at], &["vote"]));
    nodes.push(node("OneHot", &["vote", "classes", "no.yes"], &["ballots"]));
    nodes.push(proto::Node {
        attribute: vec![int("keepdims", 0)],
        ..node("ReduceSum", &["ballots", "of.trees"], &[VOTES])
    });
    for (index, node) in nodes.iter_mut().enumerate() {
        node.name = format!("{}.{index}", node.op_type);
    }
    let integers = |name: &str, int64_data: Vec<i64>| Tensor {
        dims: vec![number(int64_data.len())],
        int64_data,
        ..constant(name, INT64, Vec::new())
    };
    let floats = |name: &str, float_data: Vec<f32>| Tensor {
        dims: vec![number(float_data.len())],
        float_data,
        ..constant(name, FLOAT, Vec::new())
    };
    let constants = vec![
        integers("roots", table.roots),
        integers("feature", table.feature),
        floats("threshold", table.threshold),
        integers("then", table.then),
        integers("otherwise", table.otherwise),
        integers("class", table.class),
        integers("classes", vec![number(model.classes().len())]),
        floats("no.yes", vec![0.0, 1.0]),
        integers("of.trees", vec![1]),
    ];
    (nodes, constants)
}

impl Table {
    fn new(trees: &[Tree]) -> Self {
        let mut table = Self::default();
        for tree in trees {
            let root = table.feature.len();
            table.roots.push(number(root));
            for (at, node) in tree.iter().enumerate() {
                let (feature, threshold, children, class) = match *node {
                    Node::Split {
                        feature,
                        at_most,
                        then,
                        otherwise,
                    } => (feature, round_down(at_most), [then, otherwise], 0),
                    Node::Leaf { class } => (0, 0.0, [at, at], class),
                };
                table.feature.push(number(feature));
                table.threshold.push(threshold);
                table.then.push(number(root + children[0]));
                table.otherwise.push(number(root + children[1]));
                table.class.push(number(class));
            }
        }
        table
    }
}

/// The number of branches on the longest path.
fn depth(tree: &Tree) -> usize {
    let mut below = vec![0; tree.len()];
    for (at, node) in tree.iter().enumerate().rev() {
        if let Node::Split {
            then, otherwise, ..
        } = *node
        {
            below[at] = 1 + usize::max(below[then], below[otherwise]);
        }
    }
    below.first().copied().unwrap_or_default()
}
