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
    let arrived = json!({"value": ARRIVED});
    println!("arrived: {arrived}");
    copy.write(arrived.to_string())?;
    Ok(())
}

kfp_component::main!(probe);
