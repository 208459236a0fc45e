//! Splits a table into features and labels, for training and for testing.

mod draw;
mod missing;
mod side;
mod table;
#[cfg(test)]
mod tests;

use kfp_component::prelude::*;

use draw::Census;
use side::Side;
use table::{Row, Table};

/// Splits a table into features and labels, for training and for testing.
///
/// The rows keep their order and their text; every column but the label is a feature. Empty and NaN cells are refused.
#[component]
fn data_preprocess(
    /// A CSV table whose first line names the columns.
    ingested_data: Input<Dataset>,
    /// The column to predict.
    label_colname: String,
    /// Which share of the rows is for testing.
    #[arg(default = 0.2, range = 0.001..=0.999)]
    test_fraction: f64,
    /// Another seed draws other rows; the same seed draws the same.
    #[arg(default = 42)]
    seed: u64,
    /// Whether each class keeps its share on both sides.
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
    // Read twice, first to count and then to divide, so that memory does not grow with the rows.
    let mut census = Census::default();
    let mut rows = Table::open(&ingested_data, &label_colname)?;
    while let Some(row) = rows.next()? {
        census.count(class(&row, stratify), row.start())?;
    }
    let mut draw = census.draw(test_fraction, seed, |start| rows.line(start))?;

    let mut rows = Table::open(&ingested_data, &label_colname)?;
    let mut train = Side::create(&x_train, &y_train, &rows.header())?;
    let mut test = Side::create(&x_test, &y_test, &rows.header())?;
    while let Some(row) = rows.next()? {
        let side = if draw.is_for_testing(class(&row, stratify))? {
            &mut test
        } else {
            &mut train
        };
        side.write(&row)?;
    }
    train.finish()?;
    test.finish()
}

/// What keeps its share on both sides: a class, or the table as a whole.
fn class<'a>(row: &'a Row, stratify: bool) -> &'a str {
    if stratify { row.label() } else { "" }
}

kfp_component::main!(data_preprocess);
