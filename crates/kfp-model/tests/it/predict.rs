//! How rows are scored, and what is said of columns and values that do not fit.

use kfp_model::{Error, Model};

use crate::support::small;

#[test]
fn the_class_with_most_votes_wins_and_of_a_tie_the_first() {
    let predictions = small()
        .predict(&[0.0, 0.0, 20.0, 3.0, 5.0, 3.0, 20.0, 2.5])
        .unwrap();
    assert_eq!(predictions.classes, [0, 1, 0, 0]);
    assert_eq!(
        predictions.probabilities,
        [1.0, 0.0, 0.0, 1.0, 0.5, 0.5, 0.5, 0.5]
    );
}

#[test]
fn a_value_is_rounded_to_32_bits_before_it_is_compared() {
    // 0.1 with 32 bits is larger than the threshold, which is 0.1 with 64.
    let predictions = small().predict(&[0.1, 0.0]).unwrap();
    assert_eq!(predictions.probabilities, [0.5, 0.5]);
    let below = f64::from(0.1_f32.next_down());
    assert_eq!(
        small().predict(&[below, 0.0]).unwrap().probabilities,
        [1.0, 0.0]
    );
}

#[test]
fn a_missing_value_takes_the_branch_of_large_ones() {
    let predictions = small().predict(&[f64::NAN, f64::NAN]).unwrap();
    assert_eq!(predictions.probabilities, [0.0, 1.0]);
}

#[test]
fn no_rows_have_no_predictions() {
    assert_eq!(
        small().predict(&[]).unwrap(),
        kfp_model::Predictions::default()
    );
}

#[test]
fn values_that_are_not_whole_rows_are_refused() {
    let error = small().predict(&[1.0, 2.0, 3.0]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "3 values are not whole rows of 2 columns"
    );
}

#[test]
fn a_model_is_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Model>();
    shared::<Error>();
}
