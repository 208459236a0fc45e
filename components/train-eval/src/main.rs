//! Trains a random forest and scores it on the test set.

#![expect(clippy::print_stderr, reason = "the log of the task")]

use forest::Examples;
use kfp_component::prelude::*;

/// Trains a random forest and scores it on the test set.
///
/// Features are numbers; labels may be any text.
#[component]
fn train_eval(
    /// Features to train on.
    x_train: Input<Dataset>,
    /// Features to test on.
    x_test: Input<Dataset>,
    /// Labels to train on.
    y_train: Input<Dataset>,
    /// Labels to test on.
    y_test: Input<Dataset>,
    /// Number of trees.
    #[arg(default = 100, range = 1..=10_000)]
    number_of_estimators: u16,
    /// The same seed grows the same forest.
    #[arg(default = 42)]
    seed: u64,
    /// The trained forest: the folder of a model, which ONNX Runtime and the runtimes of KServe read.
    model: Output<Model>,
    /// The accuracy on the test set.
    #[arg(kfp1 = "mlpipeline_metrics")]
    metrics: Output<Metrics>,
    /// The confusion matrix and, with two classes, the ROC curve.
    #[arg(kfp1 = "mlpipeline_ui_metadata")]
    confusion_matrix: Output<ClassificationMetrics>,
) -> Result<()> {
    let train = Examples::read(("x_train", x_train.open()?), ("y_train", y_train.open()?))?;
    let test = Examples::read(("x_test", x_test.open()?), ("y_test", y_test.open()?))?;

    eprintln!(
        "{} rows to train on, {} to test on, {} features",
        train.row_count(),
        test.row_count(),
        train.columns().len()
    );
    for column in train.rounded_columns() {
        eprintln!(
            "warning: `x_train`: column `{column}` has integers above 16777216, which are rounded to 32 bits"
        );
    }

    let forest = forest::fit(&train, number_of_estimators, seed)?;
    let score = forest::score(&forest, &test)?;
    let accuracy = score.confusion.accuracy();
    let forest = forest.with_score("accuracy", accuracy)?;
    forest.save(model.create_dir()?)?;
    model.metadata("framework", "kfp-component")?;
    model.metadata("format", kfp_model::FORMAT)?;

    eprintln!(
        "{number_of_estimators} trees, {} classes, accuracy {accuracy:.4}",
        score.confusion.labels.len()
    );
    metrics.percentage("accuracy_score", accuracy)?;
    confusion_matrix.confusion_matrix(&score.confusion.labels, &score.confusion.counts)?;
    if let Some(roc) = score.roc {
        confusion_matrix.roc(
            &roc.false_positive_rates,
            &roc.true_positive_rates,
            &roc.thresholds,
        )?;
    }
    Ok(())
}

kfp_component::main!(train_eval);

#[cfg(test)]
mod tests;
