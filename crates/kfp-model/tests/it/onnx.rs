//! ONNX Runtime answers as the model does, on rows chosen to be hard.

use std::fs;
use std::path::Path;
use std::process::Command;

use kfp_model::{Column, Forest, Manifest, Model, Node};
use kfp_test_support::models_python;
use oorandom::Rand64;
use serde_json::{Value, json};

use crate::support::small;

/// What ONNX Runtime answers for rows of 32-bit floats.
fn onnx_runtime(python: &Path, model: &Model, rows: &[f32]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    model.save(folder.path()).unwrap();
    let table = folder.path().join("rows");
    let bytes: Vec<u8> = rows.iter().flat_map(|value| value.to_le_bytes()).collect();
    fs::write(&table, bytes).unwrap();
    let output = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scores.py"))
        .arg(folder.path().join("serving/onnx/model/1/model.onnx"))
        .arg(table)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let [answer] = serde_json::from_slice(&output.stdout).unwrap();
    answer
}

fn compare(python: &Path, model: &Model, rows: &[f32]) {
    let theirs = onnx_runtime(python, model, rows);
    let values: Vec<f64> = rows.iter().copied().map(f64::from).collect();
    let ours = model.predict(&values).unwrap();
    assert!(!ours.classes.is_empty());
    assert_eq!(theirs["labels"], json!(ours.classes));
    // Not close: equal, to the last bit.
    let probabilities: Vec<f64> = ours.probabilities.iter().copied().map(f64::from).collect();
    assert_eq!(theirs["probabilities"], json!(probabilities));
}

/// Grows branches of random features and thresholds, which are not 32-bit numbers.
fn grow(random: &mut Rand64, tree: &mut Vec<Node>, depth: u32, columns: usize, classes: usize) {
    let below = |random: &mut Rand64, end: usize| {
        usize::try_from(random.rand_range(0..end as u64)).unwrap()
    };
    if depth == 0 || random.rand_range(0..8) == 0 {
        let class = below(random, classes);
        return tree.push(Node::Leaf { class });
    }
    let at = tree.len();
    let (feature, at_most) = (below(random, columns), random.rand_float() * 2.0 - 1.0);
    tree.push(Node::Leaf { class: 0 });
    grow(random, tree, depth - 1, columns, classes);
    let otherwise = tree.len();
    grow(random, tree, depth - 1, columns, classes);
    tree[at] = Node::Split {
        feature,
        at_most,
        then: at + 1,
        otherwise,
    };
}

fn random_forest(seed: u128, trees: usize, columns: usize, classes: usize) -> Model {
    let mut random = Rand64::new(seed);
    let trees = (0..trees).map(|_| {
        let mut tree = Vec::new();
        grow(&mut random, &mut tree, 6, columns, classes);
        tree
    });
    let trees = trees.collect();
    let names = |letter: char, count: usize| (0..count).map(move |at| format!("{letter}{at}"));
    let columns = names('x', columns).map(Column::new).collect();
    let manifest = Manifest::classification(columns, names('c', classes).collect());
    Model::new(manifest, Forest { trees }).unwrap()
}

/// Values at thresholds and beside them, missing and infinite ones.
fn hard_rows(model: &Model, seed: u128, rows: usize) -> Vec<f32> {
    let nodes = model.forest().trees.iter().flatten();
    let thresholds: Vec<f64> = nodes
        .filter_map(|node| match node {
            Node::Split { at_most, .. } => Some(*at_most),
            Node::Leaf { .. } => None,
        })
        .collect();
    let mut random = Rand64::new(seed);
    #[expect(clippy::cast_possible_truncation, reason = "rows have 32 bits")]
    let value = |_| {
        let at = random.rand_range(0..thresholds.len() as u64);
        let near = thresholds[usize::try_from(at).unwrap()] as f32;
        match random.rand_range(0..10) {
            0 => f32::NAN,
            1 => f32::INFINITY,
            2 => f32::NEG_INFINITY,
            3 => near.next_up(),
            4 => near.next_down(),
            5 => near,
            _ => random.rand_float() as f32 * 2.0 - 1.0,
        }
    };
    (0..rows * model.columns().len()).map(value).collect()
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
        compare(&python, &model, &hard_rows(&model, seed, 2000));
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
    let answer = onnx_runtime(&python, &small(), &[0.0, 0.0]);
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
    assert_eq!(answer["opsets"], json!({"": 17, "ai.onnx.ml": 3}));
    assert_eq!(
        answer["operators"],
        json!(["ArgMax", "Div", "TreeEnsembleClassifier"])
    );
}
