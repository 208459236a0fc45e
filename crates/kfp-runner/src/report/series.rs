//! Curves from tables: a metric for each step, of all runs in one picture.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{budget::Budget, run::RunView};

const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 160.0;
/// More points than this draw the same line.
const MAX_POINTS: usize = 300;
/// More columns than this are not drawn.
const MAX_COLUMNS: usize = 8;
/// First columns that count steps, so that the others are curves.
const STEPS: &[&str] = &["step", "epoch", "iteration", "round"];

/// The columns of a table that are drawn, over another.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Series {
    x: String,
    columns: Vec<(String, Vec<(f64, f64)>)>,
}

/// A picture for each column, with a line for each run.
#[derive(Debug, Serialize)]
pub(super) struct Chart {
    name: String,
    panels: Vec<Panel>,
}

#[derive(Debug, Serialize)]
struct Panel {
    x: String,
    y: String,
    /// Least and greatest values.
    x_ends: [String; 2],
    y_ends: [String; 2],
    lines: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    run: String,
    /// Which run, from 1.
    number: usize,
    color: usize,
    points: String,
}

/// Which run, from 0, over which column, and the points of a column.
type Found<'a> = (usize, &'a str, &'a [(f64, f64)]);

/// The series of a table. An artifact's metadata `x` names the column they are over, and `y` those that are drawn, as a list
/// or with commas; else the first column is `x` if it is called as what counts steps, and all numbers are drawn.
pub(super) fn read(text: &str, metadata: &Map<String, Value>) -> Option<Series> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names: Vec<String> = reader.headers().ok()?.iter().map(str::to_owned).collect();
    let x = match metadata.get("x") {
        Some(Value::String(x)) => x.clone(),
        _ => names
            .first()
            .filter(|name| STEPS.contains(&name.to_lowercase().as_str()))?
            .clone(),
    };
    let at = names.iter().position(|name| *name == x)?;
    let wanted: Option<Vec<String>> = match metadata.get("y") {
        Some(Value::String(names)) => Some(
            names
                .split(',')
                .map(|name| name.trim().to_owned())
                .collect(),
        ),
        Some(Value::Array(names)) => Some(
            names
                .iter()
                .filter_map(|name| Some(name.as_str()?.to_owned()))
                .collect(),
        ),
        _ => None,
    };
    // The last row may be cut off, so a row that is not one ends the table.
    let rows: Vec<csv::StringRecord> = reader.records().map_while(Result::ok).collect();
    let number = |row: &csv::StringRecord, column: usize| {
        let value: f64 = row.get(column)?.trim().parse().ok()?;
        value.is_finite().then_some(value)
    };
    let columns: Vec<(String, Vec<(f64, f64)>)> = names
        .iter()
        .enumerate()
        .filter(|(column, name)| {
            *column != at && wanted.as_ref().is_none_or(|wanted| wanted.contains(name))
        })
        .map(|(column, name)| {
            let points = rows
                .iter()
                .filter_map(|row| Some((number(row, at)?, number(row, column)?)));
            (name.clone(), points.collect::<Vec<_>>())
        })
        .filter(|(_, points)| points.len() > 1)
        .take(MAX_COLUMNS)
        .collect();
    (!columns.is_empty()).then_some(Series { x, columns })
}

/// The charts of all runs' tables, by task and output, as far as there is room.
pub(super) fn charts(runs: &[RunView], budget: &mut Budget) -> Vec<Chart> {
    let mut found: BTreeMap<&str, BTreeMap<&str, Vec<Found<'_>>>> = BTreeMap::new();
    for (index, run) in runs.iter().enumerate() {
        for preview in &run.previews {
            let Some(series) = &preview.series else {
                continue;
            };
            let columns = found.entry(&preview.name).or_default();
            for (column, points) in &series.columns {
                columns
                    .entry(column)
                    .or_default()
                    .push((index, &series.x, points));
            }
        }
    }
    let mut charts = Vec::new();
    for (name, columns) in found {
        let panels: Vec<Panel> = columns
            .into_iter()
            .map(|(column, lines)| panel(runs, column, &lines))
            .collect();
        let bytes = panels
            .iter()
            .flat_map(|panel| &panel.lines)
            .map(|line| line.points.len() + 200)
            .sum();
        if budget.take(bytes) {
            charts.push(Chart {
                name: name.to_owned(),
                panels,
            });
        }
    }
    charts
}

fn panel(runs: &[RunView], column: &str, lines: &[Found<'_>]) -> Panel {
    let all = || lines.iter().flat_map(|(_, _, points)| points.iter());
    let x_ends = ends(all().map(|point| point.0));
    let y_ends = ends(all().map(|point| point.1));
    let scale = |value: f64, [least, most]: [f64; 2]| {
        if most > least {
            (value - least) / (most - least)
        } else {
            0.5
        }
    };
    let drawn = lines
        .iter()
        .map(|(index, _, points)| {
            let step = points.len().div_ceil(MAX_POINTS).max(1);
            let places: Vec<String> = points
                .iter()
                .enumerate()
                .filter(|(at, _)| at % step == 0 || at + 1 == points.len())
                .map(|(_, (x, y))| {
                    format!(
                        "{:.1},{:.1}",
                        WIDTH * scale(*x, x_ends),
                        HEIGHT * (1.0 - scale(*y, y_ends))
                    )
                })
                .collect();
            Line {
                run: runs[*index].id.clone(),
                number: index + 1,
                color: index % 6,
                points: places.join(" "),
            }
        })
        .collect();
    Panel {
        x: lines
            .first()
            .map_or(String::new(), |(_, x, _)| (*x).to_owned()),
        y: column.to_owned(),
        x_ends: x_ends.map(shown),
        y_ends: y_ends.map(shown),
        lines: drawn,
    }
}

fn ends(values: impl Iterator<Item = f64>) -> [f64; 2] {
    values.fold([f64::MAX, f64::MIN], |[least, most], value| {
        [least.min(value), most.max(value)]
    })
}

/// A number with as many digits as fit beside an axis.
fn shown(value: f64) -> String {
    let digits = format!("{value:.4}");
    if value != 0.0 && (value.abs() >= 1e6 || value.abs() < 1e-3) {
        return format!("{value:.2e}");
    }
    digits
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn columns(text: &str, metadata: &Value) -> Option<Vec<String>> {
        let series = read(text, metadata.as_object().unwrap())?;
        Some(series.columns.into_iter().map(|(name, _)| name).collect())
    }

    #[test]
    fn steps_and_declared_columns_are_curves_and_other_tables_are_not() {
        let table = "epoch,loss,note,accuracy\n1,0.5,x,0.1\n2,0.25,y,nan\n3,0.1,z,0.4\n";
        assert_eq!(columns(table, &json!({})).unwrap(), ["loss", "accuracy"]);
        assert_eq!(
            columns(table, &json!({"x": "loss", "y": "accuracy"})).unwrap(),
            ["accuracy"]
        );
        assert_eq!(columns(table, &json!({"y": ["loss"]})).unwrap(), ["loss"]);
        assert_eq!(columns("sepal,petal\n1,2\n3,4\n", &json!({})), None);
        assert_eq!(columns(table, &json!({"x": "nothing"})), None);
        let series = read(table, &Map::new()).unwrap();
        assert_eq!(
            series.columns[1].1,
            [(1.0, 0.1), (3.0, 0.4)],
            "NaN is not drawn"
        );
    }

    #[test]
    fn numbers_beside_an_axis_are_short() {
        let texts = [0.25, 100.0, 0.000_012, -3.5, 0.0, 12_345_678.0].map(shown);
        assert_eq!(texts, ["0.25", "100", "1.20e-5", "-3.5", "0", "1.23e7"]);
    }
}
