//! A forest as an ONNX model of two tensors, which answers on every row as [`Model::predict`] does.
//!
//! The versions are those that servers of the last years read: IR 8, operator set 17, and version 3 of the operators for
//! machine learning. There is no `ZipMap`, whose sequences of maps Triton refuses.

mod proto;

use prost::Message as _;
use proto::{
    Attribute, AttributeType, Dimension, Entry, Graph, OperatorSet, Shape, Size, Tensor,
    TensorType, Type, ValueInfo,
};

use crate::{Model, Node, tensor};

/// `TensorProto.DataType` of 32-bit floats.
const FLOAT: i32 = 1;
/// `TensorProto.DataType` of 64-bit integers.
const INT64: i32 = 7;
const VOTES: &str = "votes";
const TREES: &str = "trees";

impl Model {
    /// The model as an ONNX file.
    ///
    /// It takes [`tensor::FEATURES`] and answers [`tensor::LABEL`] and [`tensor::PROBABILITIES`]. The names of the classes and
    /// columns are JSON lists in its metadata, as `classes` and `columns`.
    pub fn to_onnx(&self) -> Vec<u8> {
        let columns: Vec<&str> = self.columns().iter().map(|column| &*column.name).collect();
        let model = proto::Model {
            ir_version: 8,
            producer_name: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"))
                .to_owned(),
            graph: Some(self.graph()),
            opset_import: vec![
                OperatorSet {
                    domain: String::new(),
                    version: 17,
                },
                OperatorSet {
                    domain: "ai.onnx.ml".to_owned(),
                    version: 3,
                },
            ],
            metadata_props: vec![entry("classes", self.classes()), entry("columns", &columns)],
        };
        model.encode_to_vec()
    }

    /// The classifier only counts votes: sums of ones are exact, so that a tie is a tie in whatever order threads add them up.
    fn graph(&self) -> Graph {
        let (columns, classes) = (self.columns().len(), self.classes().len());
        Graph {
            name: "forest".to_owned(),
            node: vec![
                proto::Node {
                    domain: "ai.onnx.ml".to_owned(),
                    attribute: self.ensemble(),
                    ..node(
                        "TreeEnsembleClassifier",
                        &[tensor::FEATURES],
                        &["vote", VOTES],
                    )
                },
                proto::Node {
                    attribute: vec![int("axis", 1), int("keepdims", 0)],
                    ..node("ArgMax", &[VOTES], &[tensor::LABEL])
                },
                node("Div", &[VOTES, TREES], &[tensor::PROBABILITIES]),
            ],
            initializer: vec![Tensor {
                dims: vec![1],
                data_type: FLOAT,
                float_data: vec![self.tree_count()],
                name: TREES.to_owned(),
            }],
            input: vec![value(tensor::FEATURES, FLOAT, Some(columns))],
            output: vec![
                value(tensor::LABEL, INT64, None),
                value(tensor::PROBABILITIES, FLOAT, Some(classes)),
            ],
        }
    }

    /// The attributes of the classifier: all nodes of all trees, one list per property.
    fn ensemble(&self) -> Vec<Attribute> {
        let classes = self.classes().len();
        let mut nodes = Nodes::default();
        let mut leaves = Leaves::default();
        for (t, tree) in self.forest.trees.iter().enumerate() {
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

/// The largest 32-bit number that is not above `threshold`, which the same 32-bit values do not exceed.
pub(crate) fn round_down(threshold: f64) -> f32 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "what rounding does is looked at below"
    )]
    let near = threshold as f32;
    if f64::from(near) > threshold {
        near.next_down()
    } else {
        near
    }
}

/// An index: lists are shorter than `i64::MAX`.
fn number(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

fn entry<T: AsRef<str>>(key: &str, names: &[T]) -> Entry {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    Entry {
        key: key.to_owned(),
        value: serde_json::Value::from(names).to_string(),
    }
}

fn node(operator: &str, input: &[&str], output: &[&str]) -> proto::Node {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    proto::Node {
        input: names(input),
        output: names(output),
        name: operator.to_owned(),
        op_type: operator.to_owned(),
        attribute: Vec::new(),
        domain: String::new(),
    }
}

/// A tensor of any number of rows, and of `width` columns.
fn value(name: &str, element: i32, width: Option<usize>) -> ValueInfo {
    let rows = Size::Param("rows".to_owned());
    let sizes = std::iter::once(rows).chain(width.map(|width| Size::Value(number(width))));
    let dim = sizes.map(|size| Dimension { value: Some(size) }).collect();
    ValueInfo {
        name: name.to_owned(),
        r#type: Some(Type {
            tensor_type: Some(TensorType {
                elem_type: element,
                shape: Some(Shape { dim }),
            }),
        }),
    }
}

fn attribute(name: &str, kind: AttributeType) -> Attribute {
    Attribute {
        name: name.to_owned(),
        r#type: kind.into(),
        ..Attribute::default()
    }
}

fn int(name: &str, i: i64) -> Attribute {
    Attribute {
        i,
        ..attribute(name, AttributeType::Int)
    }
}

fn string(name: &str, text: &str) -> Attribute {
    Attribute {
        s: text.into(),
        ..attribute(name, AttributeType::String)
    }
}

fn ints(name: &str, ints: Vec<i64>) -> Attribute {
    Attribute {
        ints,
        ..attribute(name, AttributeType::Ints)
    }
}

fn floats(name: &str, floats: Vec<f32>) -> Attribute {
    Attribute {
        floats,
        ..attribute(name, AttributeType::Floats)
    }
}

fn strings(name: &str, strings: Vec<Vec<u8>>) -> Attribute {
    Attribute {
        strings,
        ..attribute(name, AttributeType::Strings)
    }
}

#[cfg(test)]
mod tests {
    use super::round_down;

    #[test]
    fn a_threshold_separates_the_same_32_bit_values_when_it_is_rounded() {
        let nearby = |value: f32| [value.next_down(), value, value.next_up()];
        let thresholds = [
            0.1,
            -0.1,
            0.7,
            2.45,
            1e-50,
            -1e-50,
            0.0,
            -0.0,
            1e300,
            -1e300,
            16_777_217.0,
            -16_777_217.0,
        ];
        for threshold in thresholds {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the nearest value is wanted"
            )]
            for value in nearby(threshold as f32) {
                assert_eq!(
                    value <= round_down(threshold),
                    f64::from(value) <= threshold,
                    "{value} and {threshold}"
                );
            }
        }
    }
}
