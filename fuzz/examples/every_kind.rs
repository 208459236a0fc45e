//! The component that `tests/executor_input.rs` starts with random executor input: one argument of each kind.

use kfp_component::prelude::*;
use std::collections::BTreeMap;

/// Writes down the values it received.
#[component]
fn every_kind(
    /// An artifact.
    data: Option<Input<Dataset>>,
    /// A text.
    text: String,
    /// A number.
    #[arg(default = 3, range = 0..=100)]
    count: u32,
    /// A fraction.
    share: Option<f64>,
    /// A switch.
    flag: Option<bool>,
    /// A list.
    list: Option<Vec<i64>>,
    /// A map.
    map: Option<BTreeMap<String, f64>>,
    /// Where the values go.
    copy: Output<Dataset>,
    /// How many bytes the text has.
    length: Output<i64>,
) -> Result<()> {
    let path = data.map(|data| data.path().to_owned());
    let values = serde_json::json!([path, text, count, share, flag, list, map]);
    copy.write(values.to_string())?;
    length.set(i64::try_from(text.len())?)?;
    Ok(())
}

kfp_component::main!(every_kind);
