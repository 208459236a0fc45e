//! OpenVINO answers as the model does.

use kfp_test_support::models_python;
use serde_json::json;

use crate::support::{answer, hard_rows, predict, random_forest};

#[test]
fn openvino_agrees_on_random_forests_at_their_thresholds() {
    let Some(python) = models_python() else {
        return;
    };
    for (seed, trees, classes) in [(1, 1, 2), (2, 150, 2), (3, 10, 3), (4, 150, 7)] {
        let model = random_forest(seed, trees, 5, classes);
        let rows = hard_rows(&model, seed, true);
        let file = "serving/openvino/1/model.onnx";
        let theirs = answer(&python, "tests/openvino_scores.py", &model, file, &rows);
        let ours = predict(&model, &rows);
        assert_eq!(theirs["label"], json!(ours.classes));
        // How exactly it divides depends on the processor.
        let theirs: Vec<f32> = serde_json::from_value(theirs["probabilities"].clone()).unwrap();
        assert_eq!(theirs.len(), ours.probabilities.len());
        for (theirs, ours) in theirs.iter().zip(ours.probabilities) {
            assert!((theirs - ours).abs() < 1e-6, "{theirs} {ours}");
        }
    }
}
