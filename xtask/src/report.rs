//! What the tasks say: data on stdout, everything else on stderr.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::time::Duration;

/// Data, for people and programs that read stdout.
pub(crate) fn data(text: &str) {
    // A closed pipe has nobody left to tell.
    let _closed = io::stdout().write_all(text.as_bytes());
}

/// A line of progress or explanation.
pub(crate) fn line(text: &str) {
    let _closed = writeln!(io::stderr(), "{text}");
}

/// A step, in cargo's form: the word right-aligned to 12 columns.
pub(crate) fn status(word: &str, text: &str) {
    line(&format!("{word:>12} {text}"));
}

/// An error and its causes.
pub(crate) fn error(error: &anyhow::Error) {
    line(&format!("error: {error}"));
    for cause in error.chain().skip(1) {
        line(&format!("cause: {cause}"));
    }
}

/// Rows in columns as wide as they need to be, two blanks between them.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    rows.iter().fold(String::new(), |text, row| {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _infallible = write!(line, "{cell:<width$}  ");
        }
        text + line.trim_end() + "\n"
    })
}

/// `850 ms`, `12.3 s`, `4 min 05 s`.
pub(crate) fn duration(time: Duration) -> String {
    match time.as_secs() {
        0 => format!("{} ms", time.as_millis()),
        seconds if seconds < 60 => format!("{:.1} s", time.as_secs_f64()),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}
