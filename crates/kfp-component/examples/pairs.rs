//! Takes two texts, an optional one and an optional number, and writes down what it got.

use kfp_component::prelude::*;

/// Writes down what it got.
#[component]
fn pairs(
    first: String,
    second: String,
    note: Option<String>,
    limit: Option<u32>,
    seen: Output<Artifact>,
) -> Result<()> {
    seen.write(format!("{first:?} {second:?} {note:?} {limit:?}"))?;
    Ok(())
}

kfp_component::main!(pairs);
