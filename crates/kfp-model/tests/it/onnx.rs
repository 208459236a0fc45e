//! ONNX Runtime answers as the model does, on rows chosen to be hard.

use std::path::Path;

use kfp_model::{Column, Forest, Manifest, Model, Node};
use kfp_test_support::models_python;
use serde_json::{Value, json};

use crate::support::{answer, hard_rows, predict, random_forest, small};

const TREES: &str = "serving/onnx/model/1/model.onnx";
const PLAIN: &str = "serving/openvino/1/model.onnx";

/// What ONNX Runtime answers for rows of 32-bit floats.
fn onnx_runtime(python: &Path, model: &Model, file: &str, rows: &[f32]) -> Value {
    answer(python, "tests/scores.py", model, file, rows)[0].take()
}

/// Compares both files with the model.
fn compare(python: &Path, model: &Model, rows: &[f32]) {
    let ours = predict(model, rows);
    assert!(!ours.classes.is_empty());
    let probabilities: Vec<f64> = ours.probabilities.into_iter().map(f64::from).collect();
    for file in [TREES, PLAIN] {
        let theirs = onnx_runtime(python, model, file, rows);
        assert_eq!(theirs["labels"], json!(ours.classes), "{file}");
        // Not close: equal, to the last bit.
        assert_eq!(theirs["probabilities"], json!(probabilities), "{file}");
    }
}

#[test]
fn onnx_runtime_agrees_on_random_forests_at_their_thresholds() {
    let Some(python) = models_python() else {
        return;
    };
    for (seed, trees, classes) in [
        (1, 1, 2),
        (2, 10, 2),
        (3, 150, 2),
        (4, 1, 3),
        (5, 10, 3),
        (6, 150, 7),
    ] {
        let model = random_forest(seed, trees, 5, classes);
        compare(&python, &model, &hard_rows(&model, seed, true));
    }
}

#[test]
fn onnx_runtime_agrees_on_trees_without_branches_and_classes_without_votes() {
    let Some(python) = models_python() else {
        return;
    };
    for (classes, leaves) in [
        (2, vec![0, 0]),
        (2, vec![1]),
        (2, vec![0, 1]),
        (4, vec![2]),
        (4, vec![3, 1]),
    ] {
        let names = (0..classes).map(|at| format!("c{at}")).collect();
        let manifest = Manifest::classification(vec![Column::new("x")], names);
        let trees = leaves.into_iter().map(|class| vec![Node::Leaf { class }]);
        let trees = trees.collect();
        let model = Model::new(manifest, Forest { trees }).unwrap();
        compare(&python, &model, &[0.0, f32::NAN]);
    }
}

#[test]
fn an_onnx_file_has_two_plain_outputs_and_the_names_of_classes() {
    let Some(python) = models_python() else {
        return;
    };
    for (file, opsets) in [
        (TREES, json!({"": 17, "ai.onnx.ml": 3})),
        (PLAIN, json!({"": 17})),
    ] {
        let answer = onnx_runtime(&python, &small(), file, &[0.0, 0.0]);
        assert_eq!(
            answer["inputs"],
            json!([["features", "tensor(float)", ["rows", 2]]])
        );
        assert_eq!(
            answer["outputs"],
            json!([
                ["label", "tensor(int64)", ["rows"]],
                ["probabilities", "tensor(float)", ["rows", 2]]
            ])
        );
        assert_eq!(
            answer["metadata"],
            json!({"classes": r#"["small","large"]"#, "columns": r#"["width","height"]"#})
        );
        assert_eq!(answer["ir_version"], 8);
        assert_eq!(answer["opsets"], opsets);
    }
}
