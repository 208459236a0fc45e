//! The visualisation file KFP 1 draws, and KFP 2 too if its output has no type.

use std::io;

use serde_json::{Value, json};

use crate::artifact::UiMetadata;
use crate::fault::misuse;
use crate::output::Output;
use crate::sink::State;

impl Output<UiMetadata> {
    /// Shows a table.
    pub fn table<H, R, C>(&self, header: &[H], rows: &[R]) -> io::Result<()>
    where
        H: AsRef<str>,
        R: AsRef<[C]>,
        C: AsRef<str>,
    {
        let header: Vec<_> = header.iter().map(AsRef::as_ref).collect();
        if header.is_empty() {
            return Err(misuse("a table needs at least one column"));
        }
        let mut source = String::new();
        for (index, row) in rows.iter().enumerate() {
            let row = row.as_ref();
            if row.len() != header.len() {
                return Err(misuse(format!(
                    "row {index} of a table of {} columns has {} cells",
                    header.len(),
                    row.len()
                )));
            }
            source += &csv_row(row);
        }
        let view = json!({"type": "table", "format": "csv", "storage": "inline", "header": header, "source": source});
        show(&mut self.sink.state(), view);
        Ok(())
    }

    /// Shows Markdown text.
    pub fn markdown(&self, text: &str) {
        show(
            &mut self.sink.state(),
            json!({"type": "markdown", "storage": "inline", "source": text}),
        );
    }

    /// Shows a web page, given as HTML.
    pub fn web_page(&self, html: &str) {
        show(
            &mut self.sink.state(),
            json!({"type": "web-app", "storage": "inline", "source": html}),
        );
    }
}

/// Adds one view to the file.
pub(crate) fn show(state: &mut State, view: Value) {
    state.entries.push(view);
    state.content = Some(json!({"version": 1, "outputs": state.entries}).to_string());
}

/// One line of CSV as RFC 4180 quotes it.
pub(crate) fn csv_row(cells: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let quote = |cell: &str| {
        if cell.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.into()
        }
    };
    let cells: Vec<_> = cells.into_iter().map(|cell| quote(cell.as_ref())).collect();
    cells.join(",") + "\n"
}
