//! Parameters and metrics of all runs in one table.

use std::collections::{BTreeMap, BTreeSet};

use kfp_pipeline::value;
use serde::Serialize;
use serde_json::Value;

use super::RunView;

/// A parameter or metric, in each run.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    kind: &'static str,
    name: String,
    cells: Vec<Cell>,
    /// Whether the runs differ in it.
    differs: bool,
}

#[derive(Debug, PartialEq, Serialize)]
struct Cell {
    text: String,
    /// The difference from the first run, if both are numbers.
    delta: Option<String>,
}

/// Parameters, then the runs' scalar metrics, each by name.
pub(super) fn rows(runs: &[RunView]) -> Vec<Row> {
    let parameters: Vec<BTreeMap<String, Value>> = runs
        .iter()
        .map(|run| run.parameters.clone().into_iter().collect())
        .collect();
    let metrics: Vec<BTreeMap<String, Value>> = runs.iter().map(metrics).collect();
    let mut rows = table("parameter", &parameters);
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
    (difference != 0.0).then(|| format!("{difference:+}"))
}

/// The scalars of all artifacts of type `system.Metrics`: `task accuracy`.
fn metrics(run: &RunView) -> BTreeMap<String, Value> {
    let mut metrics = BTreeMap::new();
    for (task, outputs) in &run.outputs {
        for artifact in outputs.artifacts.values().flatten() {
            if artifact.artifact.ty.schema_title != "system.Metrics" {
                continue;
            }
            for (name, value) in &artifact.artifact.metadata {
                let is_own = matches!(name.as_str(), "display_name" | "store_session_info");
                if !is_own && !value.is_object() && !value.is_array() {
                    metrics.insert(format!("{task} {name}"), value.clone());
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
        assert_eq!(of(json!(3), json!(1)).as_deref(), Some("-2"));
        assert_eq!(of(json!(3), json!(3.0)), None);
        assert_eq!(of(json!("3"), json!(4)), None);
        assert_eq!(delta(None, Some(&json!(4))), None);
    }
}
