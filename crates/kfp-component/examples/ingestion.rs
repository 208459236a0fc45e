//! The interface of the catalog's data-ingestion, to replay what KFP handed to it.

use kfp_component::prelude::*;

/// Writes down what it got.
#[component(name = "Data Ingestion")]
fn ingestion(
    url: String,
    sha256: Option<String>,
    #[arg(default = 10_737_418_240, range = 1..)] max_bytes: u64,
    data: Output<Dataset>,
) -> Result<()> {
    data.write(format!("{url:?} {sha256:?} {max_bytes}"))?;
    data.metadata("sha256", "4d32")?;
    Ok(())
}

kfp_component::main!(ingestion);
