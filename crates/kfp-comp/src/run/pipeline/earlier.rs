//! What a run takes from an earlier one.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use kfp_pipeline::Pipeline;
use kfp_runner::{
    record::{self, Event, Outputs, RunStart},
    runs::Runs,
    select,
    task::digest,
};
use serde_json::{Map, Value};

use super::PipelineArgs;
use crate::error::{Usage, hinted, hinted_usage};

/// What a run takes from an earlier one.
#[derive(Debug, Default)]
pub(super) struct Earlier {
    /// The run that is taken up.
    pub(super) resumed: Option<String>,
    /// Its parameters.
    pub(super) parameters: Option<Map<String, Value>>,
    /// Outputs of tasks that are not run again.
    pub(super) done: BTreeMap<String, Outputs>,
    /// The run they are of.
    pub(super) run: Option<String>,
    /// The tasks that are looked at; none means all.
    pub(super) selected: Option<BTreeSet<String>>,
}

/// Looks for the run that `--resume`, `--from` or `--only` means.
///
/// # Errors
/// If there is none, or it is of something else.
pub(super) fn find(
    runs: &Runs,
    pipeline: &Pipeline,
    text: &str,
    args: &PipelineArgs,
    given: &Map<String, Value>,
) -> Result<Earlier> {
    if let Some(id) = &args.resume {
        return resumed(runs, pipeline, text, id, given);
    }
    let (Some(part), Some(dag)) = (args.part(), &pipeline.spec.root.dag) else {
        return Ok(Earlier::default());
    };
    if !dag.tasks.contains_key(part.task()) {
        let known: Vec<&str> = dag.tasks.keys().map(String::as_str).collect();
        let message = format!("the pipeline has no task `{}` to run", part.task());
        let hint = format!("its tasks are {}", known.join(", "));
        return Err(hinted_usage(message, hint));
    }
    let selected = part.selected(dag);
    if matches!(part, select::Part::Until(_)) {
        return Ok(Earlier {
            selected,
            ..Earlier::default()
        });
    }
    let start = latest(runs, pipeline)?;
    let records =
        record::read(&runs.directory(&start.id)).context("could not read the record of the run")?;
    Ok(Earlier {
        done: part.taken(dag, select::done(&records)),
        run: Some(start.id),
        selected,
        ..Earlier::default()
    })
}

fn resumed(
    runs: &Runs,
    pipeline: &Pipeline,
    text: &str,
    id: &str,
    given: &Map<String, Value>,
) -> Result<Earlier> {
    let start = if id == "latest" {
        latest(runs, pipeline)?
    } else {
        let start = runs.start_of(id);
        start.map_err(|error| {
            let message = format!("there is no run `{id}` to resume: {error}");
            hinted_usage(message, "`kfp-comp runs` lists the runs")
        })?
    };
    if start.ir_sha256 != digest::of_bytes(text) {
        let name = &pipeline.spec.pipeline_info.name;
        let message = if start.pipeline == *name {
            format!("run {} is of another version of the pipeline", start.id)
        } else {
            format!("run {} is of the pipeline `{}`", start.id, start.pipeline)
        };
        let hint = "start a new run: tasks that did not change are taken from the cache";
        return Err(hinted(message, hint).context(Usage("the run cannot be resumed".to_owned())));
    }
    if let Some(name) = given.iter().find_map(|(name, value)| {
        let same = start.parameters.get(name) == Some(value);
        (!same).then_some(name)
    }) {
        let message = format!("run {} has another value of `{name}`", start.id);
        let hint = "leave parameters out when a run is resumed: it has its own";
        return Err(hinted(message, hint).context(Usage("the run cannot be resumed".to_owned())));
    }
    let records =
        record::read(&runs.directory(&start.id)).context("could not read the record of the run")?;
    // What was left out is null in the record.
    let parameters = start
        .parameters
        .into_iter()
        .filter(|(_, value)| !value.is_null());
    Ok(Earlier {
        resumed: Some(start.id.clone()),
        run: Some(start.id),
        parameters: Some(parameters.collect()),
        done: select::done(&records),
        selected: None,
    })
}

fn latest(runs: &Runs, pipeline: &Pipeline) -> Result<RunStart> {
    let name = &pipeline.spec.pipeline_info.name;
    let latest = runs.latest(name).context("could not read the runs")?;
    latest.ok_or_else(|| Usage(format!("the pipeline `{name}` was not run here yet")).into())
}

/// Why a task ran or did not in the latest run, a line for each of its iterations.
///
/// # Errors
/// If there is no run, or no such task in it.
pub(super) fn why(runs: &Runs, pipeline: &Pipeline, wanted: &str) -> Result<String> {
    let start = latest(runs, pipeline)?;
    let records =
        record::read(&runs.directory(&start.id)).context("could not read the record of the run")?;
    let is_wanted = |task: &str| task == wanted || task.rsplit('/').next() == Some(wanted);
    let mut lines = Vec::new();
    let mut asked = BTreeSet::new();
    for record in &records {
        let (task, reason) = match &record.event {
            Event::Miss { task, because, .. } => {
                asked.insert(task.as_str());
                (task, format!("ran: {because}"))
            }
            Event::Start { task, attempt, .. }
                if *attempt == 1 && !asked.contains(task.as_str()) =>
            {
                (task, "ran: caching is off for it".to_owned())
            }
            Event::Cached { task, from_run, .. } => {
                (task, format!("cached: equal to the one of run {from_run}"))
            }
            Event::Skipped { task, why } => (task, format!("skipped: {why}")),
            Event::Omitted { task, because } => {
                let because: Vec<&str> = because.iter().map(String::as_str).collect();
                (task, format!("omitted: it needs {}", because.join(", ")))
            }
            Event::Cancelled { task } => (task, "cancelled: the run was stopped".to_owned()),
            Event::Group {
                task,
                error: Some(error),
                ..
            } => (task, format!("failed before it ran: {error}")),
            _ => continue,
        };
        if is_wanted(task) {
            lines.push(format!("{task} {reason}\n"));
        }
    }
    if lines.is_empty() {
        return Err(Usage(format!("run {} has no task `{wanted}`", start.id)).into());
    }
    Ok(lines.concat())
}
