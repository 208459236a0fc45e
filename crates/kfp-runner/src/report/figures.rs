//! Confusion matrices and ROC curves, of all runs under one heading.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::Serialize;
use serde_json::Value;

use super::run::RunView;

/// The side of the square a curve is drawn in.
const SIDE: f64 = 240.0;
const MAX_POINTS: usize = 500;
/// More figures than this are not drawn: those of a long loop are not looked at one by one.
const MAX_FIGURES: usize = 24;

/// What is drawn of an output of a task.
#[derive(Debug, Default, Serialize)]
pub(super) struct Figure {
    name: String,
    matrices: Vec<Matrix>,
    curves: Vec<Curve>,
}

#[derive(Debug, Serialize)]
struct Matrix {
    run: String,
    /// Which run, from 1.
    number: usize,
    labels: Vec<String>,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    label: String,
    cells: Vec<Cell>,
}

#[derive(Debug, Serialize)]
struct Cell {
    count: String,
    /// How much of its row it is, from 0 to 100.
    share: f64,
    is_right: bool,
}

#[derive(Debug, Serialize)]
struct Curve {
    run: String,
    /// Which run, from 1.
    number: usize,
    /// The points of a polyline in a square of side 240, the origin at the bottom left.
    points: String,
    /// Which of the colours.
    color: usize,
}

/// The figures, by task and output.
pub(super) fn of(runs: &[RunView]) -> Vec<Figure> {
    let mut figures: BTreeMap<String, Figure> = BTreeMap::new();
    for (index, run) in runs.iter().enumerate() {
        for task in &run.tasks {
            for (output, artifacts) in &task.outputs.artifacts {
                for artifact in artifacts {
                    let name = format!("{} {output}", task.path);
                    let metadata = &artifact.artifact.metadata;
                    let matrix = metadata
                        .get("confusionMatrix")
                        .and_then(|value| matrix(&run.id, index, value));
                    let curve = metadata
                        .get("confidenceMetrics")
                        .and_then(|value| curve(&run.id, index, value));
                    if matrix.is_none() && curve.is_none() {
                        continue;
                    }
                    let figure = figures.entry(name.clone()).or_insert_with(|| Figure {
                        name,
                        ..Figure::default()
                    });
                    figure.matrices.extend(matrix);
                    figure.curves.extend(curve);
                }
            }
        }
    }
    figures.into_values().take(MAX_FIGURES).collect()
}

fn matrix(run: &str, index: usize, value: &Value) -> Option<Matrix> {
    let labels: Vec<String> = value["annotationSpecs"]
        .as_array()?
        .iter()
        .map(|spec| spec["displayName"].as_str().unwrap_or_default().to_owned())
        .collect();
    let rows = value["rows"]
        .as_array()?
        .iter()
        .enumerate()
        .map(|(at, row)| {
            let counts: Vec<f64> = row["row"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|count| count.as_f64().unwrap_or_default())
                .collect();
            let all: f64 = counts.iter().sum();
            let cells = counts.iter().enumerate().map(|(column, count)| Cell {
                count: count.to_string(),
                share: if all > 0.0 {
                    (100.0 * count / all).round()
                } else {
                    0.0
                },
                is_right: at == column,
            });
            Row {
                label: labels.get(at).cloned().unwrap_or_default(),
                cells: cells.collect(),
            }
        });
    Some(Matrix {
        run: run.to_owned(),
        number: index + 1,
        rows: rows.collect(),
        labels: labels.clone(),
    })
}

fn curve(run: &str, index: usize, value: &Value) -> Option<Curve> {
    let mut points = String::new();
    let all = value.as_array()?;
    // More points than the square has columns draw the same line.
    let step = all.len().div_ceil(MAX_POINTS).max(1);
    let last = all.len().saturating_sub(1);
    for (at, point) in all.iter().enumerate() {
        if at % step != 0 && at != last {
            continue;
        }
        let x = point["falsePositiveRate"].as_f64()?;
        let y = point["recall"].as_f64()?;
        let _ = write!(points, "{:.2},{:.2} ", x * SIDE, (1.0 - y) * SIDE);
    }
    Some(Curve {
        run: run.to_owned(),
        number: index + 1,
        points,
        color: index % 6,
    })
}
