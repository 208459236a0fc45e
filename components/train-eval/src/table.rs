//! Features and labels, read from CSV. Cells that are not finite numbers and empty labels are refused with argument and line.

use std::error::Error;
use std::io::{Cursor, Read};

use csv::{ErrorKind, Position, StringRecord};

use kfp_model::ColumnType;

use crate::Result;

/// Rows of features, each with its label.
#[derive(Clone, Debug, PartialEq)]
pub struct Examples {
    /// The argument's name, for errors.
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    /// Columns with integers that 32 bits cannot hold.
    pub(crate) rounded: Vec<String>,
    /// Finite numbers, row by row, rounded to 32 bits as the model sees them.
    pub(crate) values: Vec<f64>,
    /// The name of the column of labels.
    pub(crate) label: String,
    pub(crate) labels: Vec<String>,
}

impl Examples {
    /// Reads a table of features and a table with one column, the labels. Each comes with the name errors use for it.
    pub fn read(features: (&str, impl Read), labels: (&str, impl Read)) -> Result<Self> {
        let names = (features.0, labels.0);
        let Features {
            columns,
            rounded,
            values,
        } = read_features(features.0, features.1)?;
        let (label, labels) = read_labels(labels.0, labels.1)?;
        let rows = values.len() / columns.len();
        if rows != labels.len() {
            return Err(format!(
                "`{}` has {rows} rows, but `{}` has {}",
                names.0,
                names.1,
                labels.len()
            )
            .into());
        }
        if rows == 0 {
            return Err(format!("`{}` has a header but no rows", names.0).into());
        }
        Ok(Self {
            name: names.0.to_owned(),
            columns,
            rounded,
            values,
            label,
            labels,
        })
    }

    /// The number of rows.
    pub fn row_count(&self) -> usize {
        self.labels.len()
    }

    /// The names of the features.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The names of features with integers that 32 bits cannot hold, so that the model cannot tell neighbours apart.
    pub fn rounded_columns(&self) -> &[String] {
        &self.rounded
    }

    /// Each row with its label.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&[f64], &str)> {
        self.values
            .chunks_exact(self.columns.len())
            .zip(self.labels.iter().map(String::as_str))
    }
}

struct Features {
    columns: Vec<String>,
    rounded: Vec<String>,
    values: Vec<f64>,
}

fn read_features(name: &str, file: impl Read) -> Result<Features> {
    let mut csv = Csv::read(name, file)?;
    let columns: Vec<String> = csv
        .header
        .iter()
        .map(|column| column.trim().to_owned())
        .collect();
    for (at, column) in columns.iter().enumerate() {
        if columns[..at].contains(column) {
            let what = format!("two columns are named `{column}`");
            return Err(csv.refuse(csv.header.position(), &what));
        }
    }
    let mut values = Vec::new();
    let mut rounded = Vec::new();
    while let Some(row) = csv.next()? {
        for (cell, column) in row.iter().zip(&columns) {
            let number = cell.trim().parse().unwrap_or(f64::NAN);
            let seen = ColumnType::Float32.round(number);
            if !seen.is_finite() {
                let what = format!(
                    "column `{column}` is `{}`, but must be a finite number",
                    cell.trim()
                );
                return Err(csv.refuse(row.position(), &what));
            }
            #[expect(clippy::float_cmp, reason = "whether rounding changed the number")]
            if number.fract() == 0.0 && number != seen && !rounded.contains(column) {
                rounded.push(column.clone());
            }
            values.push(seen);
        }
    }
    Ok(Features {
        columns,
        rounded,
        values,
    })
}

fn read_labels(name: &str, file: impl Read) -> Result<(String, Vec<String>)> {
    let mut csv = Csv::read(name, file)?;
    if csv.header.len() != 1 {
        return Err(format!(
            "`{name}` has {} columns, but must have one: the label",
            csv.header.len()
        )
        .into());
    }
    let mut labels = Vec::new();
    while let Some(row) = csv.next()? {
        match row[0].trim() {
            "" => return Err(csv.refuse(row.position(), "the label is empty")),
            label => labels.push(label.to_owned()),
        }
    }
    Ok((csv.header[0].trim().to_owned(), labels))
}

/// A CSV file in memory, row by row.
struct Csv {
    name: String,
    header: StringRecord,
    reader: csv::Reader<Cursor<Vec<u8>>>,
}

impl Csv {
    fn read(name: &str, mut file: impl Read) -> Result<Self> {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(Cursor::new(bytes));
        let mut csv = Self {
            name: name.to_owned(),
            header: StringRecord::new(),
            reader,
        };
        csv.header = csv
            .next()?
            .ok_or_else(|| format!("`{name}` is empty, but line 1 must name the columns"))?;
        Ok(csv)
    }

    fn next(&mut self) -> Result<Option<StringRecord>> {
        let mut row = StringRecord::new();
        let read = self.reader.read_record(&mut row).map_err(|error| {
            let what = match error.kind() {
                ErrorKind::UnequalLengths {
                    expected_len, len, ..
                } => {
                    format!("the header names {expected_len} columns, but the row has {len}")
                }
                ErrorKind::Utf8 { .. } => "the row is not UTF-8".to_owned(),
                _ => error.to_string(),
            };
            self.refuse(error.position(), &what)
        })?;
        Ok(read.then_some(row))
    }

    fn refuse(&self, position: Option<&Position>, what: &str) -> Box<dyn Error + Send + Sync> {
        let start = position.map_or(0, Position::byte);
        format!(
            "`{}`, line {}: {what}",
            self.name,
            line(self.reader.get_ref().get_ref(), start)
        )
        .into()
    }
}

/// The line of the row at byte offset `start`. The CSV reader miscounts after CR LF and blank lines.
fn line(bytes: &[u8], start: u64) -> usize {
    let before = (0..)
        .zip(bytes)
        .take_while(|(at, byte)| *at < start || matches!(byte, b'\r' | b'\n'));
    1 + before.filter(|(_, byte)| **byte == b'\n').count()
}
