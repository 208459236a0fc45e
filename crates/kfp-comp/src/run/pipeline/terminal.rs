//! Events on the terminal, and what is typed there.

use std::{io, path::Path, thread::JoinHandle};

use anyhow::{Context, Result};
use kfp_runner::{
    display::{self, Display},
    engine::Control,
    record::Record,
};
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::{Handle, Signals as Iterator},
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

/// The thread that hears Ctrl-C.
pub(super) struct Signals {
    handle: Handle,
    thread: JoinHandle<()>,
}

impl Signals {
    /// Interrupts a run whenever this program is asked to end.
    pub(super) fn pass_to(control: Control) -> Result<Self> {
        let mut signals =
            Iterator::new([SIGINT, SIGTERM]).context("could not listen to signals")?;
        let handle = signals.handle();
        let thread = std::thread::spawn(move || {
            for _ in signals.forever() {
                control.interrupt();
            }
        });
        Ok(Self { handle, thread })
    }

    /// Listens no more.
    pub(super) fn close(self) {
        self.handle.close();
        let _ = self.thread.join();
    }
}
