//! `kfp-comp metrics`: what the tasks of runs measured, side by side.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use kfp_client::outputs::{Artifact, Metrics, RunOutputs, TaskOutputs};
use kfp_runner::record::{self, Event, Outputs};
use serde_json::json;

use super::{
    diagnosis, kept,
    server::{Server, ServerArgs},
};
use crate::{
    error::hinted_usage,
    exit::ExitCode,
    output::{Console, table},
    runs,
};

/// Print what the tasks of runs measured, side by side
///
/// For runs on a cluster, identified by a UUID, and for those of this machine. Clusters up to KFP 2.18 keep six decimals
/// of a number.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp metrics 4194e839-20a4-44f5-b474-1eb98d8fbde8
  kfp-comp metrics 2026-11-26-3 4194e839-20a4-44f5-b474-1eb98d8fbde8 --csv")]
pub(crate) struct Args {
    /// Identifiers of the runs
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<String>,
    /// Print numbers as CSV, one column per run
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Print everything as JSON, confusion matrices and ROC curves too
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerArgs,
}

/// Runs the verb.
///
/// # Errors
/// If there is no such run, or its metrics cannot be read.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let server = args.server.server_of(&args.runs)?;
    let mut all = Vec::new();
    for id in &args.runs {
        let outputs = match &server {
            Some(server) if kept::is_of_cluster(id) => of_cluster(server, id)?,
            _ => of_machine(id)?,
        };
        all.push((id.as_str(), outputs.metrics()));
    }
    if args.json {
        let runs: Vec<_> = all
            .iter()
            .map(|(id, metrics)| json!({"run": id, "metrics": metrics}))
            .collect();
        console.json(&runs)?;
        return Ok(ExitCode::Done);
    }
    let rows = scalars(&all);
    if args.csv {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in rows {
            writer.write_record(row)?;
        }
        let text = writer.into_inner().context("could not write CSV")?;
        console.data(&String::from_utf8_lossy(&text))?;
        return Ok(ExitCode::Done);
    }
    console.data(&table(rows))?;
    for (id, metrics) in &all {
        for matrix in &metrics.confusion_matrices {
            console.data(&format!(
                "\n{} {}, run {id}: true class, predicted as",
                matrix.task, matrix.output
            ))?;
            let head = [String::new()].into_iter().chain(matrix.labels.clone());
            let lines = matrix.labels.iter().zip(&matrix.rows).map(|(label, row)| {
                let counts = row.iter().map(ToString::to_string);
                [label.clone()].into_iter().chain(counts).collect()
            });
            console.data(&table([head.collect()].into_iter().chain(lines)))?;
        }
    }
    Ok(ExitCode::Done)
}

/// A line for each number, and a column for each run.
fn scalars(all: &[(&str, Metrics)]) -> Vec<Vec<String>> {
    let mut lines: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (column, (_, metrics)) in all.iter().enumerate() {
        for scalar in &metrics.scalars {
            let name = format!("{}.{}.{}", scalar.task, scalar.output, scalar.name);
            let line = lines
                .entry(name)
                .or_insert_with(|| vec![String::new(); all.len()]);
            line[column] = scalar.value.to_string();
        }
    }
    let head = [
        ["metric".to_owned()].to_vec(),
        all.iter().map(|(id, _)| (*id).to_owned()).collect(),
    ]
    .concat();
    let lines = lines
        .into_iter()
        .map(|(name, values)| [vec![name], values].concat());
    [head].into_iter().chain(lines).collect()
}

fn of_cluster(server: &Server, id: &str) -> Result<RunOutputs> {
    let run = kept::run(server, id)?;
    server.client.outputs(&run.run_id).map_err(|error| {
        let found = diagnosis::of_metadata(&error, server);
        anyhow::Error::new(found.of_error(error))
            .context(format!("could not read the metrics of run {id}"))
    })
}

/// What a run of this machine produced, in the form of a cluster's.
fn of_machine(id: &str) -> Result<RunOutputs> {
    let directory = runs::here()?.directory(id);
    let records = record::read(&directory).map_err(|error| {
        hinted_usage(
            format!("could not read the run `{id}`: {error}"),
            "`kfp-comp runs list` lists the runs of this machine",
        )
    })?;
    let tasks = records.into_iter().filter_map(|record| match record.event {
        Event::End { task, outputs, .. } | Event::Cached { task, outputs, .. } => {
            Some(task_outputs(task, outputs))
        }
        _ => None,
    });
    Ok(RunOutputs {
        tasks: tasks.collect(),
    })
}

fn task_outputs(task: String, outputs: Outputs) -> TaskOutputs {
    let artifacts = outputs.artifacts.into_iter().flat_map(|(output, all)| {
        all.into_iter().map(move |one| Artifact {
            output: output.clone(),
            schema_title: one.artifact.ty.schema_title,
            uri: one.artifact.uri,
            metadata: one.artifact.metadata,
            session: String::new(),
        })
    });
    TaskOutputs {
        task,
        artifacts: artifacts.collect(),
        parameters: outputs.parameters.into_iter().collect(),
        ..TaskOutputs::default()
    }
}
