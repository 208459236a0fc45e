//! A forest as an ONNX model of two tensors, which answers on every row as [`Model::predict`] does.
//!
//! The versions are those that servers of the last years read: IR 8, operator set 17, and version 3 of the operators for
//! machine learning. There is no `ZipMap`, whose sequences of maps Triton refuses.
//!
//! The forest only counts votes, whose sums are exact, so that a tie is a tie in whatever order threads add them up.

mod build;
mod ensemble;
mod plain;
mod proto;

use build::{FLOAT, INT64, entry, int, node, value};
use prost::Message as _;
use proto::{Graph, OperatorSet, Tensor};

use crate::{Model, tensor};

/// The name of the tensor of votes, for each row and class.
const VOTES: &str = "votes";
const TREES: &str = "trees";

impl Model {
    /// The model as an ONNX file, for ONNX Runtime and Triton.
    ///
    /// It takes [`tensor::FEATURES`] and answers [`tensor::LABEL`] and [`tensor::PROBABILITIES`]. The names of the classes and
    /// columns are JSON lists in its metadata, as `classes` and `columns`. Columns of 64 bits, which only format 1 has, are taken
    /// with 32.
    pub(crate) fn to_onnx(&self) -> Vec<u8> {
        self.onnx(vec![ensemble::votes(self)], Vec::new(), Some(3))
    }

    /// The model as an ONNX file without operators for machine learning, for runtimes that lack them, as OpenVINO does.
    ///
    /// Inputs, outputs and answers are those of [`to_onnx`](Self::to_onnx). It is slower in ONNX Runtime.
    pub(crate) fn to_plain_onnx(&self) -> Vec<u8> {
        let (nodes, initializers) = plain::votes(self);
        self.onnx(nodes, initializers, None)
    }

    /// The model whose votes these nodes count.
    fn onnx(
        &self,
        mut nodes: Vec<proto::Node>,
        mut initializer: Vec<Tensor>,
        machine_learning: Option<i64>,
    ) -> Vec<u8> {
        let (columns, classes) = (self.columns().len(), self.classes().len());
        nodes.push(proto::Node {
            attribute: vec![int("axis", 1), int("keepdims", 0)],
            ..node("ArgMax", &[VOTES], &[tensor::LABEL])
        });
        nodes.push(node("Div", &[VOTES, TREES], &[tensor::PROBABILITIES]));
        initializer.push(Tensor {
            float_data: vec![self.tree_count()],
            ..build::tensor(TREES, FLOAT, vec![1])
        });
        let graph = Graph {
            name: "forest".to_owned(),
            node: nodes,
            initializer,
            input: vec![value(tensor::FEATURES, FLOAT, Some(columns))],
            output: vec![
                value(tensor::LABEL, INT64, None),
                value(tensor::PROBABILITIES, FLOAT, Some(classes)),
            ],
        };
        let operators = [("", Some(17)), ("ai.onnx.ml", machine_learning)];
        let operators = operators.into_iter().filter_map(|(domain, version)| {
            Some(OperatorSet {
                domain: domain.to_owned(),
                version: version?,
            })
        });
        let names: Vec<&str> = self.columns().iter().map(|column| &*column.name).collect();
        let model = proto::Model {
            ir_version: 8,
            producer_name: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"))
                .to_owned(),
            graph: Some(graph),
            opset_import: operators.collect(),
            metadata_props: vec![entry("classes", self.classes()), entry("columns", &names)],
        };
        model.encode_to_vec()
    }
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
