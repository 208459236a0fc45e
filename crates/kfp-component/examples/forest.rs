//! The design's own example, with a stand-in for the forest.

use std::path::Path;

use kfp_component::prelude::*;

/// Trains a random forest and scores it on the test set.
#[component(name = "Train & Eval")]
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
    number_of_estimators: u32,
    /// The trained forest.
    model: Output<Model>,
    /// How well it did.
    #[arg(kfp1 = "mlpipeline_metrics")]
    metrics: Output<Metrics>,
    /// Which class was taken for which.
    #[arg(kfp1 = "mlpipeline_ui_metadata")]
    confusion_matrix: Output<ClassificationMetrics>,
) -> Result<()> {
    let forest = Forest::fit(
        &read_table(&x_train)?,
        &read_labels(&y_train)?,
        number_of_estimators,
    )?;
    let confusion = forest.confusion(&read_table(&x_test)?, &read_labels(&y_test)?)?;
    forest.save(model.create_dir()?)?;
    metrics.percentage("accuracy_score", confusion.accuracy())?;
    confusion_matrix.confusion_matrix(&confusion.labels, &confusion.counts)?;
    Ok(())
}

kfp_component::main!(train_eval);

struct Forest {
    trees: u32,
}

struct Confusion {
    labels: Vec<String>,
    counts: Vec<Vec<u64>>,
}

impl Forest {
    fn fit(table: &[String], labels: &[String], trees: u32) -> Result<Self> {
        if table.len() != labels.len() {
            return Err(format!("{} rows, but {} labels", table.len(), labels.len()).into());
        }
        Ok(Self { trees })
    }

    fn confusion(&self, table: &[String], labels: &[String]) -> Result<Confusion> {
        if self.trees == 0 || table.is_empty() {
            return Err("nothing to score".into());
        }
        let mut classes = labels.to_vec();
        classes.sort_unstable();
        classes.dedup();
        let count = |class: &String| labels.iter().filter(|label| *label == class).count();
        let row = |class: &String| -> Result<Vec<u64>> {
            classes
                .iter()
                .map(|other| {
                    Ok(if class == other {
                        count(class).try_into()?
                    } else {
                        0
                    })
                })
                .collect()
        };
        Ok(Confusion {
            counts: classes.iter().map(row).collect::<Result<_>>()?,
            labels: classes,
        })
    }

    fn save(&self, directory: &Path) -> Result<()> {
        Ok(std::fs::write(
            directory.join("model.json"),
            format!("{{\"trees\":{}}}", self.trees),
        )?)
    }
}

impl Confusion {
    fn accuracy(&self) -> f64 {
        if self.labels.is_empty() { 0.0 } else { 1.0 }
    }
}

fn read_table(input: &Input<Dataset>) -> Result<Vec<String>> {
    Ok(input
        .read_to_string()?
        .lines()
        .skip(1)
        .map(String::from)
        .collect())
}

fn read_labels(input: &Input<Dataset>) -> Result<Vec<String>> {
    read_table(input)
}

#[cfg(test)]
mod tests {
    use kfp_component::testing::{input, output};

    use super::*;

    #[test]
    fn a_test_is_a_call() {
        let (model, metrics, confusion) = (output(), output(), output());
        train_eval(
            input("a\n1\n"),
            input("a\n1\n"),
            input("label\nx\n"),
            input("label\nx\n"),
            3,
            model.clone(),
            metrics.clone(),
            confusion.clone(),
        )
        .unwrap();
        assert!(model.path().join("model.json").is_file());
        assert_eq!(metrics.get("accuracy_score"), Some(1.0));
        assert!(confusion.text().contains("x,x,1"));
    }
}
