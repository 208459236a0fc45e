//! `kfp-comp model show`: what a model takes and answers.

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::Result;
use kfp_model::{Column, Layout, Model};
use serde_json::{Value, json};

use crate::{
    exit::ExitCode,
    output::{Console, printable, table},
};

/// Show a model's columns, classes and scores
///
/// Every file of the folder is verified first.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp model show model
  kfp-comp model show model --json")]
pub(crate) struct Args {
    /// The folder of the model
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Print the manifest as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the verb.
pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let model = Model::load(&args.folder)?;
    if args.json {
        console.json(&as_json(&model)?)?;
    } else {
        console.data(&printable(&text(&model)))?;
    }
    Ok(ExitCode::Done)
}

fn as_json(model: &Model) -> Result<Value> {
    let mut value = json!({
        "version": model.format_version(),
        "trees": model.forest().trees.len(),
    });
    let manifest = serde_json::to_value(model.manifest())?;
    if let (Some(value), Value::Object(manifest)) = (value.as_object_mut(), manifest) {
        value.extend(manifest);
    }
    Ok(value)
}

fn text(model: &Model) -> String {
    let manifest = model.manifest();
    let label = manifest.label.as_deref();
    let trees = match model.forest().trees.len() {
        1 => "one tree".to_owned(),
        trees => format!("{trees} trees"),
    };
    let mut text = format!(
        "A forest of {trees} that predicts {}\n",
        label.map_or_else(|| "a class".to_owned(), |label| format!("`{label}`"))
    );
    let _ = writeln!(text, "\nFormat: {}", model.format_version());
    if let Some(producer) = &manifest.producer {
        let _ = writeln!(text, "Trained by: {producer}");
    }
    if let Some(rows) = manifest.training_rows {
        let _ = writeln!(text, "Trained on: {rows} rows");
    }
    for (name, score) in &manifest.scores {
        let _ = writeln!(text, "{name}: {score:.4}");
    }
    let columns = manifest.columns.iter().map(column);
    let _ = write!(text, "\nColumns:\n{}", table(columns));
    let classes = manifest.classes.iter().enumerate();
    let classes = classes.map(|(index, class)| vec![format!("  {index}"), class.clone()]);
    let _ = write!(text, "\nClasses:\n{}", table(classes));
    if !manifest.files.is_empty() {
        let layouts =
            Layout::ALL.map(|layout| vec![format!("  {layout}"), layout.subfolder().to_owned()]);
        let _ = write!(text, "\nFolders for runtimes:\n{}", table(layouts));
    }
    text
}

fn column(column: &Column) -> Vec<String> {
    let range = column.minimum.zip(column.maximum);
    let range = range.map(|(minimum, maximum)| format!("{minimum} to {maximum}"));
    let nullable = if column.nullable { "or missing" } else { "" };
    vec![
        format!("  {}", column.name),
        column.kind.datatype().to_owned(),
        range.unwrap_or_default(),
        nullable.to_owned(),
    ]
}
