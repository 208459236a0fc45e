//! ONNX Runtime answers as the model does, on rows chosen to be hard.

use std::path::Path;
use std::process::Command;

use kfp_model::{Column, Forest, Manifest, Model, Node};
use kfp_test_support::models_python;
use serde_json::{Value, json};

use crate::support::{hard_rows, predict, random_forest, small, write_rows};

/// With an operator for trees, and with plain ones.
const FILES: [&str; 2] = [
    "serving/onnx/model/1/model.onnx",
    "serving/openvino/1/model.onnx",
];

/// What ONNX Runtime answers for rows of 32-bit floats, for each model and both of its files.
fn onnx_runtime(python: &Path, cases: &[(Model, Vec<f32>)]) -> Vec<Value> {
    let place = tempfile::tempdir().unwrap();
    let mut script = Command::new(python);
    script.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scores.py"));
    for (at, (model, rows)) in cases.iter().enumerate() {
        let folder = place.path().join(at.to_string());
        model.save(&folder).unwrap();
        let table = folder.join("rows");
        write_rows(&table, rows);
        for file in FILES {
            script.arg(folder.join(file)).arg(&table);
        }
    }
    let output = script.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let answers: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answers.len(), 2 * cases.len());
    answers
}

fn compare(python: &Path, cases: &[(Model, Vec<f32>)]) {
    let answers = onnx_runtime(python, cases);
    for ((model, rows), answers) in cases.iter().zip(answers.chunks(2)) {
        let ours = predict(model, rows);
        assert!(!ours.classes.is_empty());
        let probabilities: Vec<f64> = ours.probabilities.into_iter().map(f64::from).collect();
        for (file, theirs) in FILES.iter().zip(answers) {
            assert_eq!(theirs["labels"], json!(ours.classes), "{file}");
            // Not close: equal, to the last bit.
            assert_eq!(theirs["probabilities"], json!(probabilities), "{file}");
        }
    }
}

#[test]
fn onnx_runtime_agrees_on_random_forests_at_their_thresholds() {
    let Some(python) = models_python() else {
        return;
    };
    let shapes = [
        (1, 1, 2),
        (2, 10, 2),
        (3, 150, 2),
        (4, 1, 3),
        (5, 10, 3),
        (6, 150, 7),
    ];
    let cases = shapes.map(|(seed, trees, classes)| {
        let model = random_forest(seed, trees, 5, classes);
        let rows = hard_rows(&model, seed, true);
        (model, rows)
    });
    compare(&python, &cases);
}

#[test]
fn onnx_runtime_agrees_on_trees_without_branches_and_classes_without_votes() {
    let Some(python) = models_python() else {
        return;
    };
    let forests = [
        (2, vec![0, 0]),
        (2, vec![1]),
        (2, vec![0, 1]),
        (4, vec![2]),
        (4, vec![3, 1]),
    ];
    let cases = forests.map(|(classes, leaves)| {
        let names = (0..classes).map(|at| format!("c{at}")).collect();
        let manifest = Manifest::classification(vec![Column::new("x")], names);
        let trees = leaves.into_iter().map(|class| vec![Node::Leaf { class }]);
        let trees = trees.collect();
        let model = Model::new(manifest, Forest { trees }).unwrap();
        (model, vec![0.0, f32::NAN])
    });
    compare(&python, &cases);
}

#[test]
fn an_onnx_file_has_two_plain_outputs_and_the_names_of_classes() {
    let Some(python) = models_python() else {
        return;
    };
    let answers = onnx_runtime(&python, &[(small(), vec![0.0, 0.0])]);
    let opsets = [json!({"": 17, "ai.onnx.ml": 3}), json!({"": 17})];
    for (answer, opsets) in answers.iter().zip(opsets) {
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
