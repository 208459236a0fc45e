//! `cargo xtask demo`: the iris pipeline, natively, on the table in this repository; then its images.
//!
//! Needs no Docker, no cluster and no registry. Every step is a command that can be typed.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::process::{cargo, run as execute};
use crate::{publish, report, workspace};

const TABLE: &str = "pipelines/iris/iris.csv";

/// Runs the pipeline, packs the images and says what came of it.
pub(crate) fn run() -> Result<()> {
    let start = Instant::now();
    report::line(
        "The iris pipeline: three components, each one typed Rust function, run as KFP 2 would run them.\n",
    );
    report::status("Building", "kfp-comp, which runs components");
    execute(cargo("build").args(["--package", "kfp-comp"]))?;

    let url = format!("file://{}", workspace::root().join(TABLE).display());
    component("1 of 3: fetch the table", "data-ingestion", &[("url", url)])?;
    let fetched = [
        ("ingested_data", output("data-ingestion", "data")),
        ("label_colname", "variety".into()),
    ];
    component(
        "2 of 3: split it, four fifths to train on",
        "data-preprocess",
        &fetched,
    )?;
    let split = ["x_train", "x_test", "y_train", "y_test"]
        .map(|name| (name, output("data-preprocess", name)));
    component("3 of 3: grow a forest and score it", "train-eval", &split)?;
    let ran = start.elapsed();

    let layout = workspace::target().join("demo/images");
    heading(
        "The same components as images",
        "cargo xtask publish --oci-layout target/demo/images",
    );
    let packed = pack(&layout)?;

    let (accuracy, matrix) = score()?;
    report::line("");
    report::data(&matrix);
    report::data(&format!(
        "\naccuracy {:.1} %, in {} from source to score\n",
        accuracy * 100.0,
        report::duration(ran)
    ));
    if packed {
        report::line(&format!("images are in {}", layout.display()));
    }
    report::line("next: cargo comp new word-count, or cargo xtask test");
    Ok(())
}

/// Runs one component through kfp-comp.
fn component(title: &str, name: &str, inputs: &[(&str, String)]) -> Result<()> {
    let words: Vec<String> = inputs
        .iter()
        .flat_map(|(input, value)| [format!("--{}", input.replace('_', "-")), value.clone()])
        .collect();
    heading(
        title,
        &format!("cargo comp run {name} -- {}", words.join(" ")),
    );
    execute(
        cargo("run")
            .args(["--quiet", "--package", "kfp-comp", "--", "run", name, "--"])
            .args(words),
    )
}

fn heading(title: &str, command: &str) {
    report::line(&format!("\n{title}\n$ {command}"));
}

/// Where kfp-comp put an output, as a user would type it.
fn output(component: &str, name: &str) -> String {
    let path = kept(component).join(name);
    path.strip_prefix(workspace::root())
        .unwrap_or(&path)
        .display()
        .to_string()
}

fn kept(component: &str) -> PathBuf {
    workspace::target().join("kfp").join(component)
}

/// Packs what this machine can build; whether it could build anything.
fn pack(layout: &PathBuf) -> Result<bool> {
    if layout.exists() {
        fs::remove_dir_all(layout).with_context(|| layout.display().to_string())?;
    }
    publish::pack(layout).context("the images could not be packed")?;
    Ok(layout.exists())
}

/// The accuracy, and the confusion matrix as a table.
fn score() -> Result<(f64, String)> {
    let path = kept("train-eval").join("output_metadata.json");
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let artifacts = serde_json::from_str::<Value>(&text)?["artifacts"].take();
    let metadata = |name: &str| artifacts[name]["artifacts"][0]["metadata"].clone();
    let accuracy = metadata("mlpipeline_metrics")["accuracy_score"]
        .as_f64()
        .context("no accuracy was recorded")?;
    let matrix = &metadata("mlpipeline_ui_metadata")["confusionMatrix"];
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let labels: Vec<String> = list(&matrix["annotationSpecs"])
        .iter()
        .filter_map(|spec| Some(spec["displayName"].as_str()?.to_owned()))
        .collect();
    let head = std::iter::once("is \\ taken for".to_owned())
        .chain(labels.clone())
        .collect();
    let rows = labels
        .into_iter()
        .zip(list(&matrix["rows"]))
        .map(|(label, row)| {
            std::iter::once(label)
                .chain(list(&row["row"]).iter().map(ToString::to_string))
                .collect()
        });
    Ok((
        accuracy,
        report::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>()),
    ))
}
