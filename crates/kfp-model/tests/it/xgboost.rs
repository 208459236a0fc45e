//! XGBoost answers as the model does, within the precision of its sums.

use kfp_test_support::models_python;
use serde_json::json;

use crate::support::{answer, hard_rows, predict, random_forest};

#[test]
fn xgboost_agrees_on_random_forests_at_their_thresholds() {
    let Some(python) = models_python() else {
        return;
    };
    for (seed, trees, classes) in [(1, 1, 2), (2, 150, 2), (3, 10, 3), (4, 150, 7)] {
        let model = random_forest(seed, trees, 5, classes);
        // XGBoost refuses infinite values.
        let rows = hard_rows(&model, seed, false);
        let file = "serving/xgboost/model.json";
        let theirs = answer(&python, "tests/xgboost_scores.py", &model, file, &rows);
        assert_eq!(theirs["shape"], json!([2000, classes]));
        let theirs: Vec<f32> = serde_json::from_value(theirs["probabilities"].clone()).unwrap();
        let ours = predict(&model, &rows);
        let differences = theirs.iter().zip(&ours.probabilities);
        let worst = differences.map(|(theirs, ours)| (theirs - ours).abs());
        let worst = worst.reduce(f32::max).unwrap();
        assert!(worst < 1e-5, "{worst}");
        for (shares, class) in theirs.chunks(classes).zip(ours.classes) {
            let most = shares.iter().copied().reduce(f32::max);
            let first = shares.iter().position(|share| Some(*share) == most);
            assert_eq!(first, Some(class), "{shares:?}");
        }
    }
}
