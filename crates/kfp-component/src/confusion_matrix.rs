//! A confusion matrix in both versions of KFP.
//!
//! One that a UI would fail to draw cannot be built.

use std::fmt::Display;
use std::io;

use serde_json::{Value, json};

use crate::error::misuse;
use crate::ui;

/// A square matrix with one distinct label a side.
pub(crate) struct Matrix {
    labels: Vec<String>,
    rows: Vec<Vec<u64>>,
}

impl Matrix {
    pub(crate) fn new<L, R, C>(labels: &[L], counts: &[R]) -> io::Result<Self>
    where
        L: AsRef<str>,
        R: AsRef<[C]>,
        C: Copy + Display + TryInto<u64>,
    {
        // KFP 1 trims them when it reads the table, and then looks them up.
        let labels: Vec<_> = labels
            .iter()
            .map(|label| label.as_ref().trim().to_owned())
            .collect();
        if labels.is_empty() {
            return Err(misuse("a confusion matrix needs at least one class"));
        }
        if let Some(twice) = labels
            .iter()
            .enumerate()
            .find(|(index, label)| labels[..*index].contains(label))
        {
            return Err(misuse(format!(
                "two classes of the confusion matrix are called `{}`",
                twice.1
            )));
        }
        if counts.len() != labels.len() {
            return Err(misuse(format!(
                "a confusion matrix of {} classes has {} rows",
                labels.len(),
                counts.len()
            )));
        }
        let row = |(label, row): (&String, &R)| {
            let row = row.as_ref();
            if row.len() != labels.len() {
                return Err(misuse(format!(
                    "row `{label}` of a confusion matrix of {} classes has {} counts",
                    labels.len(),
                    row.len()
                )));
            }
            let count = |count: &C| {
                (*count)
                    .try_into()
                    .map_err(|_| misuse(format!("row `{label}` holds the count {count}")))
            };
            row.iter().map(count).collect()
        };
        let rows = labels
            .iter()
            .zip(counts)
            .map(row)
            .collect::<io::Result<_>>()?;
        Ok(Self { labels, rows })
    }

    pub(crate) fn metadata(&self) -> Value {
        let specs: Vec<_> = self
            .labels
            .iter()
            .map(|label| json!({"displayName": label}))
            .collect();
        let rows: Vec<_> = self.rows.iter().map(|row| json!({"row": row})).collect();
        json!({"annotationSpecs": specs, "rows": rows})
    }

    pub(crate) fn view(&self) -> Value {
        let mut table = String::new();
        for (target, row) in self.labels.iter().zip(&self.rows) {
            for (predicted, count) in self.labels.iter().zip(row) {
                table += &ui::csv_row([&**target, predicted, &count.to_string()]);
            }
        }
        json!({
            "type": "confusion_matrix",
            "format": "csv",
            "storage": "inline",
            "schema": [
                {"name": "target", "type": "CATEGORY"},
                {"name": "predicted", "type": "CATEGORY"},
                {"name": "count", "type": "NUMBER"},
            ],
            "source": table,
            "labels": self.labels,
        })
    }
}
