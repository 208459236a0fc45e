//! A CSV table, row by row. Rows that do not fit the header, are not UTF-8 or have missing values are refused with their line.

use std::error::Error;
use std::io::Read;

use csv::{ErrorKind, Position, StringRecord};
use kfp_component::Reader;
use kfp_component::prelude::*;

use crate::missing::is_missing;

/// A longer row is a quote that is never closed.
const MAX_ROW_BYTES: u64 = 16 << 20;

/// An open table. Only one row is in memory.
pub(crate) struct Table<'a> {
    input: &'a Input<Dataset>,
    reader: csv::Reader<RowLimit>,
    header: StringRecord,
    record: StringRecord,
    label: usize,
}

/// One row, or the header.
pub(crate) struct Row<'a> {
    record: &'a StringRecord,
    label: usize,
}

impl<'a> Table<'a> {
    /// Opens the table and finds the label among its columns.
    pub(crate) fn open(input: &'a Input<Dataset>, label: &str) -> Result<Self> {
        let source = RowLimit {
            file: input.open()?,
            left: MAX_ROW_BYTES,
        };
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(source);
        let mut table = Self {
            input,
            reader,
            header: StringRecord::new(),
            record: StringRecord::new(),
            label: 0,
        };
        if !table.read()? {
            return Err("`ingested_data` is empty, but line 1 must name the columns".into());
        }
        table.header = std::mem::take(&mut table.record);
        table.label = find(&table.header, label)?;
        Ok(table)
    }

    pub(crate) fn header(&self) -> Row<'_> {
        Row {
            record: &self.header,
            label: self.label,
        }
    }

    /// The next row.
    pub(crate) fn next(&mut self) -> Result<Option<Row<'_>>> {
        if !self.read()? {
            return Ok(None);
        }
        if let Some(column) = self.record.iter().position(is_missing) {
            let cell = &self.record[column];
            let what = if cell.trim().is_empty() {
                "empty".into()
            } else {
                format!("`{}`", cell.trim())
            };
            return Err(self.refuse(
                self.record.position(),
                &format!("column `{}` is {what}", &self.header[column]),
            ));
        }
        Ok(Some(Row {
            record: &self.record,
            label: self.label,
        }))
    }

    fn read(&mut self) -> Result<bool> {
        self.reader.get_mut().left = MAX_ROW_BYTES;
        self.reader.read_record(&mut self.record).map_err(|error| {
            let place = error.position().cloned();
            match error.into_kind() {
                ErrorKind::Io(error) => error.into(),
                ErrorKind::UnequalLengths {
                    expected_len, len, ..
                } => self.refuse(
                    place.as_ref(),
                    &format!("the header names {expected_len} columns, but the row has {len}"),
                ),
                ErrorKind::Utf8 { err, .. } => {
                    let column = self
                        .header
                        .get(err.field())
                        .map(|name| format!("column `{name}`"));
                    self.refuse(
                        place.as_ref(),
                        &format!("{} is not UTF-8", column.as_deref().unwrap_or("the header")),
                    )
                }
                other => format!("`ingested_data` is not a table: {other:?}").into(),
            }
        })
    }

    fn refuse(&self, place: Option<&Position>, what: &str) -> Box<dyn Error + Send + Sync> {
        match self.line(place.map_or(0, Position::byte)) {
            Ok(line) => format!("`ingested_data`, line {line}: {what}").into(),
            Err(error) => error,
        }
    }

    /// The line of the row at byte offset `start`. The CSV reader miscounts after CR LF and blank lines.
    pub(crate) fn line(&self, start: u64) -> Result<u64> {
        let mut line = 1;
        for (at, byte) in (0..).zip(self.input.open()?.bytes()) {
            match byte? {
                b'\n' => line += 1,
                b'\r' => {}
                _ if at >= start => break,
                _ => {}
            }
        }
        Ok(line)
    }
}

impl Row<'_> {
    /// Its byte offset.
    pub(crate) fn start(&self) -> u64 {
        self.record.position().map_or(0, Position::byte)
    }

    pub(crate) fn label(&self) -> &str {
        &self.record[self.label]
    }

    pub(crate) fn features(&self) -> impl Iterator<Item = &str> {
        let cells = self.record.iter().enumerate();
        cells
            .filter(|(column, _)| *column != self.label)
            .map(|(_, cell)| cell)
    }
}

/// The index of the label column.
fn find(header: &StringRecord, label: &str) -> Result<usize> {
    if let Some((_, twice)) = header
        .iter()
        .enumerate()
        .find(|(at, name)| header.iter().take(*at).any(|other| other == *name))
    {
        return Err(format!("`ingested_data`, line 1: two columns are called `{twice}`").into());
    }
    let Some(found) = header.iter().position(|name| name == label) else {
        return Err(format!(
            "`label_colname` is `{label}`, but line 1 of `ingested_data` has no such column\nhint: {}",
            hint(header, label)
        )
        .into());
    };
    if header.len() == 1 {
        return Err(format!(
            "`ingested_data` has no column besides `{label}`, so there are no features"
        )
        .into());
    }
    Ok(found)
}

/// The column probably meant, or the columns there are.
fn hint(header: &StringRecord, label: &str) -> String {
    let likeness = |name: &str| {
        strsim::normalized_damerau_levenshtein(&name.to_lowercase(), &label.to_lowercase())
    };
    let best = header
        .iter()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    if let Some(best) = best.filter(|name| likeness(name) > 0.5) {
        return format!("did you mean `{best}`?");
    }
    let names: Vec<_> = header
        .iter()
        .take(10)
        .map(|name| format!("`{name}`"))
        .collect();
    let rest = if header.len() > names.len() {
        ", …"
    } else {
        ""
    };
    format!("there are {}{rest}", names.join(", "))
}

/// A file that limits the bytes of each row.
struct RowLimit {
    file: Reader,
    left: u64,
}

impl Read for RowLimit {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 {
            let limit = MAX_ROW_BYTES >> 20;
            return Err(std::io::Error::other(format!(
                "`ingested_data` has a row longer than {limit} MiB\nhint: is a quote never closed?"
            )));
        }
        let read = self.file.read(buffer)?;
        self.left = self.left.saturating_sub(read as u64);
        Ok(read)
    }
}
