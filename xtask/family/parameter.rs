//! Prints what arrived.

use kfp_component::{Parameter, prelude::*};
use serde_json::json;

// ITEMS
/// Takes „RUST“: größe, 猫, "quotes", {braces}? Yes: all of it.
#[component]
fn probe(
    /// Value's description: 100 % — 🦀 #1.
    // ATTRIBUTE
    value: RUST,
    /// The same again.
    copy: Output<Artifact>,
) -> Result<()> {
    println!("arrived: {}", json!({"value": ARRIVED}));
    copy.write("copied")?;
    Ok(())
}

kfp_component::main!(probe);
