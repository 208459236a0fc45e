//! Prints what arrived.

use kfp_component::prelude::*;
use serde_json::json;

/// Joins what the tasks of a loop wrote.
#[component]
fn joins(
    /// What the tasks wrote.
    parts: Vec<Input<Artifact>>,
    #[arg(default = ",")] separator: String,
    joined: Output<Dataset>,
) -> Result<()> {
    let texts: Vec<String> = parts
        .iter()
        .map(Input::read_to_string)
        .collect::<std::io::Result<_>>()?;
    println!("arrived: {}", json!(texts));
    joined.write(texts.join(&separator))?;
    Ok(())
}

kfp_component::main!(joins);
