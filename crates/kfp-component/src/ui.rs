//! The visualisation file that KFP 1 draws; KFP 2 draws it too if the output has no type.

use std::io;

use serde_json::{Value, json};

use crate::artifact::UiMetadata;
use crate::error::misuse;
use crate::output::Output;
use crate::staged::State;

impl Output<UiMetadata> {
    /// Shows a table.
    ///
    /// # Errors
    ///
    /// Of the kind [`InvalidInput`](io::ErrorKind::InvalidInput): there is no column, or a row does not have as many cells as
    /// the header.
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
        show(&mut self.staged.state(), view);
        Ok(())
    }

    /// Shows Markdown text.
    ///
    /// # Errors
    ///
    /// None yet; it returns what [`table`](Self::table) returns.
    pub fn markdown(&self, text: &str) -> io::Result<()> {
        show(
            &mut self.staged.state(),
            json!({"type": "markdown", "storage": "inline", "source": text}),
        );
        Ok(())
    }

    /// Shows a web page, given as HTML.
    ///
    /// # Errors
    ///
    /// None yet; it returns what [`table`](Self::table) returns.
    pub fn web_page(&self, html: &str) -> io::Result<()> {
        show(
            &mut self.staged.state(),
            json!({"type": "web-app", "storage": "inline", "source": html}),
        );
        Ok(())
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::artifact::UiMetadata;
    use crate::{Output, testing::output};

    fn views(ui: &Output<UiMetadata>) -> Value {
        serde_json::from_str(&ui.text()).unwrap()
    }

    #[test]
    fn views_stand_in_the_order_they_were_shown() {
        let ui = output::<UiMetadata>();
        ui.markdown("# Done").unwrap();
        ui.table(&["name", "note"], &[["a", "1"], ["b, c", "say \"no\"\n"]])
            .unwrap();
        ui.web_page("<p>Done").unwrap();
        assert_eq!(
            views(&ui),
            json!({"version": 1, "outputs": [
                {"type": "markdown", "storage": "inline", "source": "# Done"},
                {
                    "type": "table",
                    "format": "csv",
                    "storage": "inline",
                    "header": ["name", "note"],
                    "source": "a,1\n\"b, c\",\"say \"\"no\"\"\n\"\n",
                },
                {"type": "web-app", "storage": "inline", "source": "<p>Done"},
            ]})
        );
    }

    #[test]
    fn a_ragged_table_is_refused() {
        let ui = output::<UiMetadata>();
        let error = ui
            .table(&["a", "b"], &[vec!["1", "2"], vec!["3"]])
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "row 1 of a table of 2 columns has 1 cells"
        );
        assert!(ui.table(&[""; 0], &[[""; 0]]).is_err());
    }
}
