//! Events on the terminal.

use std::{io, path::Path};

use kfp_runner::{
    display::{self, Display},
    record::Record,
};

use crate::output::{Console, Style};

/// Shows events as they come.
pub(crate) struct Terminal {
    display: Display,
    /// Whether every event goes to stdout, as `run.jsonl` has it.
    as_json: bool,
    /// Whether stdout took them.
    written: io::Result<()>,
}

impl Terminal {
    /// For the run in a directory.
    pub(crate) fn new(directory: &Path, as_json: bool) -> Self {
        Self {
            display: Display::new(directory),
            as_json,
            written: Ok(()),
        }
    }

    /// # Errors
    /// If stdout did not take an event.
    pub(crate) fn finish(self) -> io::Result<()> {
        self.written
    }

    /// Shows an event.
    pub(crate) fn show(&mut self, record: &Record, console: &mut Console) {
        // The run goes on when nobody reads any more.
        if self.as_json && self.written.is_ok() {
            self.written = console.json_line(record);
        }
        let line = self.display.line(record);
        if let Some(line) = line {
            let tone = match line.tone {
                display::Tone::Good => Style::Success,
                display::Tone::Odd => Style::Warning,
                display::Tone::Bad => Style::Error,
                display::Tone::Plain => Style::Info,
            };
            console.status(tone, line.verb, &line.text);
            for output in line.output {
                console.say(&format!(
                    "             | {}",
                    crate::output::printable(&output)
                ));
            }
        }
        let running: Vec<&str> = self.display.running().collect();
        console.live("Running", &running.join(", "));
    }
}
