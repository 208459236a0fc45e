//! `cargo xtask demo`: the iris pipeline, natively, on the table in this repository; then its images.
//!
//! Needs no Docker, no cluster and no registry. Every step is a command that can be typed.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::process::{cargo, run as execute, tool};
use crate::{publish, report, workspace};

const TABLE: &str = "pipelines/iris/iris.csv";
const PIPELINE: &str = "pipelines/iris/iris.yaml";

/// Runs the pipeline, packs the images and says what came of it.
pub(crate) fn run() -> Result<()> {
    let start = Instant::now();
    report::line(
        "The iris pipeline: three components, each one typed Rust function, run as KFP 2 would run them.\n",
    );
    report::status("Building", "kfp-comp, which runs components");
    execute(cargo("build").args(["--package", "kfp-comp"]))?;

    let url = format!("file://{}", workspace::root().join(TABLE).display());
    heading(
        "The compiled pipeline, with the programs of this workspace",
        &format!("cargo comp run {PIPELINE} -- --url {url}"),
    );
    let ran = run_pipeline(&url)?;
    let time = start.elapsed();

    let layout = workspace::target().join("demo/images");
    heading(
        "The same components as images",
        &format!(
            "cargo xtask publish {} --oci-layout target/demo/images --skip-unavailable",
            workspace::COMPONENTS.join(" ")
        ),
    );
    let packed = pack(&layout)?;

    let (accuracy, matrix) = score(&ran)?;
    report::line("");
    report::data(&matrix);
    report::data(&format!(
        "\naccuracy {:.1} %, in {} from source to score\n",
        accuracy * 100.0,
        report::duration(time)
    ));
    if packed {
        report::line(&format!("images are in {}", layout.display()));
    }
    if let Some(path) = ran["report"].as_str() {
        report::line(&format!("the run's report is {path}"));
    }
    report::line("next: cargo comp new word-count, or cargo xtask test");
    Ok(())
}

/// Runs the pipeline; its progress is shown, its last event returned, with the path of the report.
fn run_pipeline(url: &str) -> Result<Value> {
    let output = tool("kfp-comp")
        .args(["run", PIPELINE, "--json", "--", "--url", url])
        .stderr(Stdio::inherit())
        .output()
        .context("could not run cargo")?;
    if !output.status.success() {
        bail!("the pipeline failed");
    }
    let events = String::from_utf8(output.stdout)?;
    let event = |line: Option<&str>| -> Result<Value> {
        Ok(serde_json::from_str(line.context("the run said nothing")?)?)
    };
    let (first, mut last) = (event(events.lines().next())?, event(events.lines().last())?);
    let id = first["id"].as_str().context("the run has no name")?;
    let report = workspace::target()
        .join("kfp/runs")
        .join(id)
        .join("report.html");
    last["report"] = report.display().to_string().into();
    Ok(last)
}

fn heading(title: &str, command: &str) {
    report::line(&format!("\n{title}\n$ {command}"));
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
fn score(ran: &Value) -> Result<(f64, String)> {
    let artifacts = &ran["outputs"]["artifacts"];
    let metadata = |name: &str| artifacts[name][0]["metadata"].clone();
    let accuracy = metadata("metrics")["accuracy_score"]
        .as_f64()
        .context("no accuracy was recorded")?;
    let matrix = &metadata("confusion_matrix")["confusionMatrix"];
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
