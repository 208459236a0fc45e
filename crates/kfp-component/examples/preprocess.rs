//! The interface of the catalog's data-preprocess, to replay what KFP handed to it.

use kfp_component::prelude::*;

/// Writes down what it got.
#[component(name = "Data Preprocess")]
fn preprocess(
    ingested_data: Input<Dataset>,
    label_colname: String,
    #[arg(default = 0.2, range = 0.0..1.0)] test_fraction: f64,
    #[arg(default = 42)] seed: u64,
    #[arg(default = true)] stratify: bool,
    x_train: Output<Dataset>,
    x_test: Output<Dataset>,
    y_train: Output<Dataset>,
    y_test: Output<Dataset>,
) -> Result<()> {
    x_train.write(ingested_data.read_to_string()?)?;
    x_test.write(format!(
        "{label_colname:?} {test_fraction} {seed} {stratify}"
    ))?;
    y_train.write(
        ingested_data
            .metadata("sha256")
            .and_then(|it| it.as_str())
            .unwrap_or_default(),
    )?;
    y_test.write(ingested_data.uri().unwrap_or_default())?;
    Ok(())
}

kfp_component::main!(preprocess);
