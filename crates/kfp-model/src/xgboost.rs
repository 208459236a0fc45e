//! A forest as a model of XGBoost, for KServe's xgbserver and for MLServer.
//!
//! XGBoost has no classifier by vote, but it predicts several numbers at once: here, the share of each class. Every tree
//! becomes one tree per class, which says whether the class was voted for. The file is of version 2.0, which later releases
//! read.

#![expect(
    clippy::struct_field_names,
    reason = "the names of fields are XGBoost's"
)]

use serde::Serialize;
use serde_json::{Value, json};

use crate::onnx::round_down;
use crate::{Model, Node, Tree};

/// `RegTree::kInvalidNodeId`: the parent of a root.
const NO_PARENT: i32 = i32::MAX;

#[derive(Serialize)]
struct File {
    learner: Learner,
    version: [u32; 3],
}

#[derive(Serialize)]
struct Learner {
    attributes: Value,
    /// Without names XGBoost takes tables without names, which is what servers make of a request.
    feature_names: [&'static str; 0],
    feature_types: [&'static str; 0],
    gradient_booster: Booster,
    learner_model_param: Value,
    objective: Value,
}

#[derive(Serialize)]
struct Booster {
    model: Trees,
    name: &'static str,
}

#[derive(Serialize)]
struct Trees {
    gbtree_model_param: Value,
    /// The first tree of each round, and the end.
    iteration_indptr: Vec<usize>,
    /// The class of each tree.
    tree_info: Vec<usize>,
    trees: Vec<Nodes>,
}

/// A tree, with one list per property of nodes.
#[derive(Default, Serialize)]
struct Nodes {
    base_weights: Vec<f32>,
    categories: [i32; 0],
    categories_nodes: [i32; 0],
    categories_segments: [i32; 0],
    categories_sizes: [i32; 0],
    /// Where missing values go: never left, which is where small values go.
    default_left: Vec<u8>,
    id: usize,
    left_children: Vec<i32>,
    loss_changes: Vec<f32>,
    parents: Vec<i32>,
    right_children: Vec<i32>,
    /// Thresholds, and the values of leaves.
    split_conditions: Vec<f32>,
    split_indices: Vec<usize>,
    split_type: Vec<u8>,
    sum_hessian: Vec<f32>,
    tree_param: Value,
}

impl Model {
    /// The model as a JSON file of XGBoost, which predicts the probability of each class.
    ///
    /// Probabilities are sums of 32-bit shares: with up to a thousand trees they are within 10⁻⁵ of those of
    /// [`predict`](Self::predict), with ten thousand within 10⁻⁴. Classes with as many votes have equal ones.
    pub(crate) fn to_xgboost(&self) -> Vec<u8> {
        let (columns, classes) = (self.columns().len(), self.classes().len());
        let share = 1.0 / self.tree_count();
        let of_classes = |tree| (0..classes).map(move |class| (tree, class));
        let pairs = self.forest.trees.iter().flat_map(of_classes);
        let trees: Vec<Nodes> = pairs
            .enumerate()
            .map(|(id, (tree, class))| {
                let mut nodes = votes_for(tree, class, share);
                nodes.id = id;
                nodes.tree_param = json!({
                    "num_deleted": "0",
                    "num_feature": columns.to_string(),
                    "num_nodes": nodes.parents.len().to_string(),
                    "size_leaf_vector": "1",
                });
                nodes
            })
            .collect();
        let booster = Trees {
            gbtree_model_param: json!({
                "num_parallel_tree": "1",
                "num_trees": trees.len().to_string(),
            }),
            iteration_indptr: (0..=trees.len()).step_by(classes).collect(),
            tree_info: (0..trees.len()).map(|tree| tree % classes).collect(),
            trees,
        };
        let file = File {
            learner: Learner {
                attributes: json!({}),
                feature_names: [],
                feature_types: [],
                gradient_booster: Booster {
                    model: booster,
                    name: "gbtree",
                },
                learner_model_param: json!({
                    "base_score": "0E0",
                    "boost_from_average": "0",
                    "num_class": "0",
                    "num_feature": columns.to_string(),
                    "num_target": classes.to_string(),
                }),
                objective: json!({
                    "name": "reg:squarederror",
                    "reg_loss_param": { "scale_pos_weight": "1" },
                }),
            },
            version: [2, 0, 0],
        };
        serde_json::to_vec(&file).expect("numbers, texts and lists are JSON")
    }
}

/// The tree that adds `share` where `tree` votes for `class`, without the branches that do not matter for that.
fn votes_for(tree: &Tree, class: usize, share: f32) -> Nodes {
    let same = whether_all_vote(tree, class);
    let mut nodes = Nodes::default();
    let mut queue = vec![(0, NO_PARENT)];
    let mut at = 0;
    while let Some(&(node, parent)) = queue.get(at) {
        let (mut left, mut right, mut index) = (-1, -1, 0);
        let condition = match (same[node], &tree[node]) {
            (
                None,
                &Node::Split {
                    feature,
                    at_most,
                    then,
                    otherwise,
                },
            ) => {
                left = number(queue.len());
                right = left + 1;
                index = feature;
                queue.extend([then, otherwise].map(|child| (child, number(at))));
                // XGBoost goes left below the threshold, not at it; JSON has no infinity.
                round_down(at_most).next_up().min(f32::MAX)
            }
            (votes, _) => f32::from(u8::from(votes == Some(true))) * share,
        };
        nodes.left_children.push(left);
        nodes.right_children.push(right);
        nodes.parents.push(parent);
        nodes.split_indices.push(index);
        nodes.split_conditions.push(condition);
        at += 1;
    }
    nodes.base_weights = vec![0.0; at];
    nodes.loss_changes = vec![0.0; at];
    nodes.sum_hessian = vec![0.0; at];
    nodes.default_left = vec![0; at];
    nodes.split_type = vec![0; at];
    nodes
}

/// For each node: whether the leaves below it vote for `class`, if all do or none does.
fn whether_all_vote(tree: &Tree, class: usize) -> Vec<Option<bool>> {
    let mut same = vec![None; tree.len()];
    for (at, node) in tree.iter().enumerate().rev() {
        same[at] = match *node {
            Node::Leaf { class: voted } => Some(voted == class),
            Node::Split {
                then, otherwise, ..
            } if same[then] == same[otherwise] => same[then],
            Node::Split { .. } => None,
        };
    }
    same
}

/// The number of a node: XGBoost counts them with 32 bits.
fn number(node: usize) -> i32 {
    i32::try_from(node).unwrap_or(i32::MAX)
}
