//! Prints what arrived.

use kfp_component::prelude::*;
use serde_json::json;

/// Names that Rust or Python knows otherwise.
#[component]
fn probe(
    r#type: String,
    values: Vec<i64>,
    input: String,
    name: String,
    x_1: i64,
    image: Output<String>,
) -> Result<()> {
    let arrived = json!({"type": r#type, "values": values, "input": input, "name": name, "x_1": x_1});
    println!("arrived: {arrived}");
    image.set("made".to_owned())?;
    Ok(())
}

kfp_component::main!(probe);
