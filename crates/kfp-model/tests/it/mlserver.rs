//! MLServer loads the folders that are meant for it, and answers as the model does.

use std::fs;
use std::path::Path;
use std::process::Command;

use kfp_model::{Layout, Model};
use kfp_test_support::models_python;
use serde_json::{Value, json};

use crate::support::{hard_rows, predict, random_forest, write, write_rows};

fn mlserver(python: &Path, folder: &Path, rows: &Path) -> Value {
    let output = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mlserver_scores.py"))
        .args([folder, rows])
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn compare(answer: &Value, model: &Model, rows: &[f32]) {
    assert_eq!(answer["shape"], json!([2000, 3]));
    let theirs: Vec<f32> = serde_json::from_value(answer["probabilities"].clone()).unwrap();
    let ours = predict(model, rows).probabilities;
    assert_eq!(theirs.len(), ours.len());
    for (theirs, ours) in theirs.iter().zip(ours) {
        assert!((theirs - ours).abs() < 1e-5, "{theirs} {ours}");
    }
}

#[test]
fn mlserver_loads_its_layout_and_the_folder_within_a_model() {
    let Some(python) = models_python() else {
        return;
    };
    let model = random_forest(7, 50, 5, 3);
    let rows = hard_rows(&model, 7, false);
    let place = tempfile::tempdir().unwrap();
    let table = place.path().join("rows");
    write_rows(&table, &rows);

    let exported = place.path().join("flowers");
    fs::create_dir(&exported).unwrap();
    write(&exported, &Layout::MlServer.files(&model, "flowers"));
    let answer = mlserver(&python, &exported, &table);
    assert_eq!(answer["name"], "flowers");
    compare(&answer, &model, &rows);

    let folder = place.path().join("model");
    model.save(&folder).unwrap();
    let within = folder.join(Layout::MlServer.subfolder());
    compare(&mlserver(&python, &within, &table), &model, &rows);
}
