//! Prints what arrived.

use kfp_component::prelude::*;
use serde_json::json;

/// Takes nothing, gives nothing.
#[component]
fn probe() -> Result<()> {
    println!("arrived: {}", json!({}));
    Ok(())
}

kfp_component::main!(probe);
