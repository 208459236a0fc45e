//! Parameters and metrics of all runs in one table.

use std::collections::{BTreeMap, BTreeSet};

use kfp_pipeline::value;
use serde::Serialize;
use serde_json::Value;

use super::run::RunView;
use crate::display::seconds;

/// A parameter or metric, in each run.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    kind: &'static str,
    name: String,
    cells: Vec<Cell>,
    /// Whether the runs differ in it.
    differs: bool,
}

/// A task, in each run.
#[derive(Debug, Serialize)]
pub(super) struct TaskRow {
    path: String,
    cells: Vec<Option<TaskCell>>,
    differs: bool,
}

#[derive(Debug, Serialize)]
struct TaskCell {
    state: &'static str,
    time: String,
    /// How much longer it took than in the first run.
    delta: Option<String>,
    /// Its row in the run's own table, from 0.
    row: usize,
}

/// All tasks of several runs, in the order of the first run that has them.
pub(super) fn tasks(runs: &[RunView]) -> Vec<TaskRow> {
    if runs.len() < 2 {
        return Vec::new();
    }
    let by_path: Vec<BTreeMap<&str, usize>> = runs
        .iter()
        .map(|run| {
            let rows = run.tasks.iter().enumerate();
            rows.map(|(row, task)| (task.path.as_str(), row)).collect()
        })
        .collect();
    let mut seen = BTreeSet::new();
    let paths = runs
        .iter()
        .flat_map(|run| &run.tasks)
        .map(|task| &task.path);
    paths
        .filter(|path| seen.insert(path.as_str()))
        .map(|path| {
            let find = |run: usize| {
                let row = *by_path[run].get(path.as_str())?;
                Some((row, &runs[run].tasks[row]))
            };
            let first = find(0);
            let cells: Vec<Option<TaskCell>> = (0..runs.len())
                .map(|run| {
                    let (row, task) = find(run)?;
                    let before = first
                        .filter(|_| run > 0)
                        .and_then(|(_, task)| task.seconds());
                    Some(TaskCell {
                        state: task.state,
                        time: task.time.clone(),
                        delta: before
                            .zip(task.seconds())
                            .and_then(|(before, now)| longer(now - before)),
                        row,
                    })
                })
                .collect();
            let states: BTreeSet<_> = cells
                .iter()
                .map(|cell| cell.as_ref().map(|cell| cell.state))
                .collect();
            TaskRow {
                path: path.clone(),
                cells,
                differs: states.len() > 1,
            }
        })
        .collect()
}

/// `+1.20 s`; a difference of less than a millisecond is none.
fn longer(difference: f64) -> Option<String> {
    let sign = if difference < 0.0 { "−" } else { "+" };
    (difference.abs() >= 0.001).then(|| format!("{sign}{}", seconds(difference.abs())))
}

#[derive(Debug, PartialEq, Serialize)]
struct Cell {
    text: String,
    /// The difference from the first run, if both are numbers.
    delta: Option<String>,
}

/// Parameters, the values the pipeline produced, then the runs' scalar metrics, each by name.
pub(super) fn rows(runs: &[RunView]) -> Vec<Row> {
    let parameters: Vec<BTreeMap<String, Value>> = runs
        .iter()
        .map(|run| run.parameters.clone().into_iter().collect())
        .collect();
    let metrics: Vec<BTreeMap<String, Value>> = runs.iter().map(metrics).collect();
    let outputs: Vec<BTreeMap<String, Value>> =
        runs.iter().map(|run| run.outputs.clone()).collect();
    let mut rows = table("parameter", &parameters);
    rows.extend(table("output", &outputs));
    rows.extend(table("metric", &metrics));
    rows
}

fn table(kind: &'static str, runs: &[BTreeMap<String, Value>]) -> Vec<Row> {
    let names: BTreeSet<&String> = runs.iter().flat_map(BTreeMap::keys).collect();
    names
        .into_iter()
        .map(|name| {
            let first = runs.first().and_then(|run| run.get(name));
            let cells: Vec<Cell> = runs
                .iter()
                .map(|run| Cell {
                    text: run.get(name).map_or_else(String::new, shown),
                    delta: delta(first, run.get(name)),
                })
                .collect();
            // A run that did not come to it says nothing about it.
            let known: BTreeSet<&str> = cells
                .iter()
                .map(|cell| cell.text.as_str())
                .filter(|text| !text.is_empty())
                .collect();
            Row {
                kind,
                name: name.clone(),
                differs: known.len() > 1,
                cells,
            }
        })
        .collect()
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "not given".to_owned(),
        value => value::text(value),
    }
}

fn delta(first: Option<&Value>, this: Option<&Value>) -> Option<String> {
    let (first, this) = (first?.as_f64()?, this?.as_f64()?);
    // Six digits are more than a difference needs, and hide what is not one.
    let difference = ((this - first) * 1e6).round() / 1e6;
    let sign = if difference < 0.0 { "−" } else { "+" };
    (difference != 0.0).then(|| format!("{sign}{}", difference.abs()))
}

/// The scalars of all artifacts of type `system.Metrics`: `task accuracy`.
fn metrics(run: &RunView) -> BTreeMap<String, Value> {
    let mut metrics = BTreeMap::new();
    for task in &run.tasks {
        for artifact in task.outputs.artifacts.values().flatten() {
            if artifact.artifact.ty.schema_title != "system.Metrics" {
                continue;
            }
            for (name, value) in &artifact.artifact.metadata {
                let is_own = matches!(name.as_str(), "display_name" | "store_session_info");
                if !is_own && !value.is_object() && !value.is_array() {
                    metrics.insert(format!("{} {name}", task.path), value.clone());
                }
            }
        }
    }
    metrics
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_numbers_that_differ_have_a_difference() {
        let of = |first: Value, this: Value| delta(Some(&first), Some(&this));
        assert_eq!(of(json!(0.9), json!(0.95)).as_deref(), Some("+0.05"));
        assert_eq!(of(json!(3), json!(1)).as_deref(), Some("−2"));
        assert_eq!(of(json!(3), json!(3.0)), None);
        assert_eq!(of(json!("3"), json!(4)), None);
        assert_eq!(delta(None, Some(&json!(4))), None);
    }
}
