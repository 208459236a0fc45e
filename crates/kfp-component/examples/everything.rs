//! Takes one of everything and writes down what it got.

use std::collections::BTreeMap;
use std::io::Write as _;

use kfp_component::prelude::*;

#[derive(Choice, Clone, Copy, Debug)]
enum Criterion {
    Gini,
    #[choice(name = "log loss")]
    LogLoss,
}

/// Takes one of everything.
///
/// And writes down what it got.
#[component]
fn everything(
    /// Any text.
    text: String,
    count: i64,
    share: f64,
    flag: bool,
    items: Vec<i64>,
    options: Json<BTreeMap<String, u8>>,
    /// What to minimise.
    criterion: Criterion,
    #[arg(default = 10, range = 1..=100)] depth: u8,
    #[arg(default = 0.1, range = 0.0..1.0)] rate: f32,
    #[arg(default = "a, b: \"c\"")] title: String,
    #[arg(default = [1, 2])] sizes: Vec<u32>,
    note: Option<String>,
    limit: Option<f64>,
    r#type: Option<i64>,
    table: Input<Dataset>,
    extra: Option<Input<Artifact>>,
    seen: Output<Artifact>,
    best: Output<String>,
    rows: Output<u32>,
    mlpipeline_metrics: Output<Metrics>,
) -> Result<()> {
    let extra = extra.map(|extra| extra.read_to_string()).transpose()?;
    let mut file = seen.create()?;
    writeln!(
        file,
        "{text:?} {count} {share:e} {flag} {items:?} {:?} {criterion:?}",
        options.0
    )?;
    let ty = r#type;
    writeln!(
        file,
        "{depth} {rate} {title:?} {sizes:?} {note:?} {limit:?} {ty:?}"
    )?;
    writeln!(file, "{:?} {extra:?}", table.read_to_string()?)?;
    seen.metadata("framework", "none")?;
    best.set(text)?;
    rows.set(depth.into())?;
    mlpipeline_metrics.percentage("share", share)?;
    mlpipeline_metrics.raw("count", 1.0)?;
    Ok(())
}

kfp_component::main!(everything);
