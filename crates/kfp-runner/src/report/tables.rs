//! Tables of several runs that have the same columns, as one.

use std::collections::BTreeMap;

use serde::Serialize;

use super::run::RunView;

/// The first rows of the same output in each run.
#[derive(Debug, Serialize)]
pub(super) struct Merged {
    name: String,
    columns: Vec<String>,
    /// The run's id, and its rows.
    runs: Vec<(String, Vec<Vec<String>>)>,
}

/// A run's id, and the first rows of a table.
type Rows<'a> = (&'a str, &'a [Vec<String>]);

/// The outputs that are tables with the same first row in all runs, and not the same table.
pub(super) fn merged(runs: &[RunView]) -> Vec<Merged> {
    let mut tables: BTreeMap<&str, Vec<Rows<'_>>> = BTreeMap::new();
    for run in runs {
        for preview in &run.previews {
            if let Some(rows) = preview.table() {
                tables
                    .entry(&preview.name)
                    .or_default()
                    .push((&run.id, rows));
            }
        }
    }
    tables
        .into_iter()
        .filter(|(_, tables)| tables.len() > 1 && tables.len() == runs.len())
        .filter_map(|(name, tables)| {
            let (columns, _) = tables.first()?.1.split_first()?;
            let same = tables.iter().all(|(_, rows)| rows.first() == Some(columns));
            let differ = tables.iter().any(|(_, rows)| *rows != tables[0].1);
            (same && differ).then(|| Merged {
                name: name.to_owned(),
                columns: columns.clone(),
                runs: tables
                    .iter()
                    .map(|(run, rows)| ((*run).to_owned(), rows[1..].to_vec()))
                    .collect(),
            })
        })
        .collect()
}
