//! Takes every kind of parameter, and produces every kind of output from what it got.

use std::collections::BTreeMap;
use std::fs;

use kfp_component::prelude::*;

#[derive(Choice, Debug)]
enum Deed {
    Pass,
    Fail,
    Panic,
    Sleep,
}

/// Tells what it was given.
#[component]
fn probe(
    /// A text.
    text: String,
    /// A whole number.
    count: i64,
    /// A number.
    ratio: f64,
    /// Yes or no.
    flag: bool,
    /// Texts.
    items: Vec<String>,
    /// Names and numbers.
    settings: BTreeMap<String, f64>,
    /// May be absent.
    maybe: Option<String>,
    /// May be absent, a number.
    maybe_count: Option<i64>,
    /// May be absent, texts.
    maybe_items: Option<Vec<String>>,
    /// Has a default.
    #[arg(default = "a b")]
    text_default: String,
    /// Has a default.
    #[arg(default = true)]
    flag_default: bool,
    /// What to do.
    #[arg(default = "pass")]
    deed: Deed,
    /// A file that may be absent.
    table: Option<Input<Dataset>>,
    /// A text.
    text_out: Output<String>,
    /// A whole number.
    count_out: Output<i64>,
    /// A number.
    ratio_out: Output<f64>,
    /// Yes or no.
    flag_out: Output<bool>,
    /// Texts.
    items_out: Output<Vec<String>>,
    /// Names and numbers.
    settings_out: Output<BTreeMap<String, f64>>,
    /// Everything, as text.
    seen: Output<Dataset>,
    /// A directory.
    folder: Output<Artifact>,
    /// Numbers.
    numbers: Output<Metrics>,
    /// A matrix and a curve.
    classes: Output<ClassificationMetrics>,
    /// A page.
    page: Output<Html>,
) -> Result<()> {
    let content = table.as_ref().map(Input::read_to_string).transpose()?;
    seen.write(format!(
        "{maybe:?} {maybe_count:?} {maybe_items:?} {text_default:?} {flag_default} {deed:?}\n\
         {content:?} {:?} {:?}",
        table.as_ref().and_then(Input::uri),
        table.as_ref().map(Input::name),
    ))?;
    fs::write(folder.create_dir()?.join("part"), "x")?;
    numbers.raw("count", 3.0)?;
    classes.confusion_matrix(&["a", "b"], &[[1, 2], [3, 4]])?;
    page.write("<p>Done")?;
    text_out.set(text)?;
    count_out.set(count)?;
    ratio_out.set(ratio)?;
    flag_out.set(flag)?;
    items_out.set(items)?;
    settings_out.set(settings)?;
    Ok(())
}

kfp_component::main!(probe);
