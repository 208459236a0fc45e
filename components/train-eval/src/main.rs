//! Trains a random forest and scores it on the test set.

use forest::{Examples, Forest};
use kfp_component::prelude::*;

/// Trains a random forest and scores it on the test set.
///
/// Features are numbers, labels any text. With two classes there is a ROC curve too.
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
    /// How many trees to grow.
    #[arg(default = 100, range = 1..=10_000)]
    number_of_estimators: u16,
    /// Another seed grows another forest; the same seed grows the same.
    #[arg(default = 42)]
    seed: u64,
    /// The trained forest: a directory of `MANIFEST.json` and `model.json`.
    model: Output<Model>,
    /// How well it did.
    mlpipeline_metrics: Output<Metrics>,
    /// Which class was taken for which.
    mlpipeline_ui_metadata: Output<ClassificationMetrics>,
) -> Result<()> {
    let train = Examples::read(("x_train", x_train.open()?), ("y_train", y_train.open()?))?;
    let test = Examples::read(("x_test", x_test.open()?), ("y_test", y_test.open()?))?;

    let forest = Forest::fit(&train, number_of_estimators, seed)?;
    forest.save(model.create_dir()?)?;
    model.metadata("framework", Forest::FORMAT)?;

    let score = forest.score(&test)?;
    mlpipeline_metrics.percentage("accuracy_score", score.confusion.accuracy())?;
    mlpipeline_ui_metadata.confusion_matrix(&score.confusion.labels, &score.confusion.counts)?;
    if let Some(roc) = score.roc {
        mlpipeline_ui_metadata.roc(
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
