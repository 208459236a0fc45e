//! What the tasks of a loop wrote, joined.

use std::io::Write as _;

use kfp_component::prelude::*;

/// Joins tables, one below the other.
#[component]
fn join(
    /// What the loop's tasks wrote: `dsl.Collected(task.outputs["part"])`.
    parts: Vec<Input<Dataset>>,
    /// The tables in the order of the loop.
    joined: Output<Dataset>,
    /// How many they were.
    count: Output<u32>,
) -> Result<()> {
    let mut writer = joined.create()?;
    for part in &parts {
        write!(writer, "{}", part.read_to_string()?)?;
    }
    count.set(u32::try_from(parts.len())?)?;
    Ok(())
}

kfp_component::main!(join);
