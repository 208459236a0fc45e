//! Prints what arrived.

use kfp_component::prelude::*;
use serde_json::json;

/// Reads every kind of artifact.
#[component]
fn probe(
    /// Anything.
    artifact: Input<Artifact>,
    dataset: Input<Dataset>,
    model: Input<Model>,
    metrics: Input<Metrics>,
    html: Input<Html>,
    markdown: Input<Markdown>,
    /// Left out in one of the runs.
    maybe: Option<Input<Dataset>>,
    copy: Output<Artifact>,
) -> Result<()> {
    let arrived = json!({
        "artifact": artifact.read_to_string()?,
        "dataset": dataset.read_to_string()?,
        "model": model.read_to_string()?,
        "metrics": metrics.read_to_string()?,
        "html": html.read_to_string()?,
        "markdown": markdown.read_to_string()?,
        "maybe": maybe.map(|maybe| maybe.read_to_string()).transpose()?,
    });
    println!("arrived: {arrived}");
    copy.write("copied")?;
    Ok(())
}

kfp_component::main!(probe);
