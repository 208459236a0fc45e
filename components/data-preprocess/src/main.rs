//! Splits a table into features and labels, for training and for testing.

#![expect(clippy::print_stderr, reason = "the log of the task")]

mod missing;
mod sampling;
mod subset;
mod table;
#[cfg(test)]
mod tests;

use kfp_component::prelude::*;

use sampling::ClassCounts;
use subset::Subset;
use table::{Row, Table};

/// Splits a table into features and labels, for training and for testing.
///
/// Rows keep their order and cells their text; every column but the label is a feature. Empty and NaN cells are refused.
#[component]
fn data_preprocess(
    /// A CSV table whose first line names the columns.
    ingested_data: Input<Dataset>,
    /// The column to predict.
    label_colname: String,
    /// The share of the rows to test on.
    #[arg(default = 0.2, range = 0.001..=0.999)]
    test_fraction: f64,
    /// The same seed selects the same rows for testing.
    #[arg(default = 42)]
    seed: u64,
    /// Whether both subsets keep the proportions of the classes.
    #[arg(default = true)]
    stratify: bool,
    /// Features to train on.
    x_train: Output<Dataset>,
    /// Features to test on.
    x_test: Output<Dataset>,
    /// Labels to train on.
    y_train: Output<Dataset>,
    /// Labels to test on.
    y_test: Output<Dataset>,
) -> Result<()> {
    // The table is read twice, first to count and then to split, so that memory does not grow with the rows.
    let mut counts = ClassCounts::default();
    let mut rows = Table::open(&ingested_data, &label_colname)?;
    while let Some(row) = rows.next()? {
        counts.count(class(&row, stratify), row.start())?;
    }
    let classes = counts.len();
    let mut sampler = counts.sampler(test_fraction, seed, |start| rows.line(start))?;

    let mut rows = Table::open(&ingested_data, &label_colname)?;
    let mut train = Subset::create(&x_train, &y_train, &rows.header())?;
    let mut test = Subset::create(&x_test, &y_test, &rows.header())?;
    while let Some(row) = rows.next()? {
        let subset = if sampler.is_for_testing(class(&row, stratify))? {
            &mut test
        } else {
            &mut train
        };
        subset.write(&row)?;
    }
    let (train, test) = (train.finish()?, test.finish()?);
    let features = rows.header().features().count();
    eprintln!("{train} rows to train on, {test} to test on, {features} features");
    if stratify {
        eprintln!("{classes} classes of `{label_colname}`, in the same proportions");
    }
    Ok(())
}

/// What is sampled separately: each class, or the table as a whole.
fn class<'a>(row: &'a Row, stratify: bool) -> &'a str {
    if stratify { row.label() } else { "" }
}

kfp_component::main!(data_preprocess);
