//! Everything the program prints: data on stdout, the rest on stderr.
//!
//! Verbs print through [`Console`] only. Colour repeats what the words say and never carries meaning alone.

use std::{
    borrow::Cow,
    fmt,
    io::{self, IsTerminal, Write},
    path::Path,
};

use anstyle::AnsiColor;
use serde::Serialize;

use crate::error::Hinted;

/// The narrowest terminal a live line is made for.
const COLUMNS: usize = 79;

/// What a status line means to its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Done, or nothing to do.
    Success,
    /// Worth a look.
    Warning,
    /// Wrong.
    Error,
    /// Neutral.
    Info,
}

impl Style {
    fn ansi(self) -> anstyle::Style {
        match self {
            Self::Success => AnsiColor::Green.on_default().bold(),
            Self::Warning => AnsiColor::Yellow.on_default().bold(),
            Self::Error => AnsiColor::Red.on_default().bold(),
            Self::Info => AnsiColor::Cyan.on_default().bold(),
        }
    }
}

/// What to do about an error of the operating system, where that is known.
fn hint_of_the_system(error: &io::Error) -> Option<String> {
    let is_full = matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    );
    is_full.then(|| {
        "free some space: `kfp-comp runs prune --keep 3 --cache` deletes what earlier runs left"
            .to_owned()
    })
}

/// The program's two outputs. `anstream` strips colours where the stream is not a terminal.
pub(crate) struct Console {
    out: Box<dyn Write>,
    err: Box<dyn Write>,
    /// 0 by default, negative with `-q`, positive with `-v`.
    level: i16,
    /// Whether the last line is a live one.
    is_live: bool,
}

impl Console {
    /// The process's own stdout and stderr.
    pub(crate) fn new(level: i16) -> Self {
        Self {
            out: Box::new(anstream::stdout()),
            err: Box::new(anstream::stderr()),
            level,
            is_live: false,
        }
    }

    /// Whether `-v` was given.
    pub(crate) fn is_verbose(&self) -> bool {
        self.level > 0
    }

    /// Whether `-q` was given.
    pub(crate) fn is_quiet(&self) -> bool {
        self.level < 0
    }

    /// Whether stderr is a terminal and `-q` was not given.
    pub(crate) fn is_watched(&self) -> bool {
        self.level >= 0 && io::stderr().is_terminal()
    }

    /// A status line in cargo's form: the word right-aligned to 12 columns.
    pub(crate) fn status(&mut self, style: Style, word: &str, text: &str) {
        let style = style.ansi();
        let text = printable(text);
        self.say(&format!("{style}{word:>12}{style:#} {text}"));
    }

    /// A status line that is shown with `-v` only.
    pub(crate) fn detail(&mut self, word: &str, text: &str) {
        if self.is_verbose() {
            self.status(Style::Info, word, text);
        }
    }

    /// A hint on what to do next; hidden by `-q`.
    pub(crate) fn hint(&mut self, text: &str) {
        if !self.is_quiet() {
            self.hint_always(text);
        }
    }

    /// A line on stderr, hidden by `-q`.
    pub(crate) fn say(&mut self, line: &str) {
        if self.level >= 0 {
            self.tell(line);
        }
    }

    /// Data for stdout, with a final newline.
    pub(crate) fn data(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        if !text.is_empty() && !text.ends_with('\n') {
            self.out.write_all(b"\n")?;
        }
        self.out.flush()
    }

    /// One JSON document on a line of its own.
    pub(crate) fn json_line(&mut self, value: &impl Serialize) -> io::Result<()> {
        self.data(&serde_json::to_string(value)?)
    }

    /// One JSON document.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        self.data(&serde_json::to_string_pretty(value)?)
    }

    /// An error with its causes, followed by its hint.
    pub(crate) fn error(&mut self, error: &anyhow::Error) {
        let workspace = error.downcast_ref::<kfp_workspace::Error>();
        if let Some(kfp_workspace::Error::Mistakes(mistakes)) = workspace {
            for (path, mistake) in &mistakes.0 {
                self.failure(&mistake.message, std::iter::empty());
                self.position(path, mistake.line, mistake.column);
            }
            return;
        }
        self.failure(
            &error.to_string(),
            error.chain().skip(1).map(ToString::to_string),
        );
        let hint = error.chain().find_map(|error| {
            let own = error
                .downcast_ref::<Hinted>()
                .map(|hinted| hinted.hint().to_owned());
            own.or_else(|| error.downcast_ref::<kfp_registry::Error>()?.hint())
                .or_else(|| error.downcast_ref::<kfp_http::Error>()?.hint())
                .or_else(|| error.downcast_ref::<kfp_catalog::Error>()?.hint())
                .or_else(|| error.downcast_ref::<kfp_kserve::Error>()?.hint())
                .or_else(|| error.downcast_ref::<kfp_kube::Error>()?.hint())
                .or_else(|| error.downcast_ref::<kfp_workspace::Error>()?.hint())
                .or_else(|| hint_of_the_system(error.downcast_ref()?))
                .or_else(|| error.downcast_ref::<kfp_model::Error>()?.hint())
                .or_else(|| of_cluster(error))
        });
        if let Some(hint) = hint {
            self.hint_always(&hint);
        }
    }

    /// A failure given as text: a message and its causes.
    pub(crate) fn failure(&mut self, message: &str, causes: impl Iterator<Item = String>) {
        let style = AnsiColor::Red.on_default().bold();
        let message = printable(message);
        self.tell(&format!("{style}error{style:#}: {message}"));
        for cause in causes {
            self.tell(&format!("  cause: {}", printable(cause.trim_end())));
        }
    }

    fn hint_always(&mut self, text: &str) {
        let style = AnsiColor::Cyan.on_default().bold();
        let text = as_typed(&printable(text));
        self.tell(&format!("{style}hint{style:#}: {text}"));
    }

    /// Where in a file the failure above is.
    pub(crate) fn position(&mut self, path: &Path, line: usize, column: usize) {
        self.tell(&format!(" --> {}:{line}:{column}", path.display()));
    }

    /// What is going on, on a line that the next one replaces; only for people, and only if there is something.
    #[cfg(unix)]
    pub(crate) fn live(&mut self, word: &str, text: &str) {
        if !self.is_watched() || text.is_empty() {
            return;
        }
        let style = Style::Info.ansi();
        let text: String = printable(text).chars().take(COLUMNS - 13).collect();
        self.clear_live();
        let _ = write!(self.err, "{style}{word:>12}{style:#} {text}");
        let _ = self.err.flush();
        self.is_live = true;
    }

    fn tell(&mut self, line: &str) {
        // There is nowhere to report that stderr is closed.
        self.clear_live();
        let _ = writeln!(self.err, "{line}");
    }

    /// Overwrites a live line with blanks, which works on terminals without colours too.
    fn clear_live(&mut self) {
        if std::mem::take(&mut self.is_live) {
            let _ = write!(self.err, "\r{:COLUMNS$}\r", "");
        }
    }
}

#[cfg(unix)]
fn of_cluster(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    crate::cluster::hint(error)
}

#[cfg(not(unix))]
fn of_cluster(_: &(dyn std::error::Error + 'static)) -> Option<String> {
    None
}

/// A value as it stands in a table: on one line of at most 70 characters.
pub(crate) fn shortened(text: &str) -> String {
    kfp_pipeline::value::shortened(&text.replace('\n', "\\n"), 70)
}

/// Set by `cargo comp` to its own name, because `kfp-comp` need not be on the `PATH` then.
const COMMAND: &str = "KFP_COMP_COMMAND";

/// How the user typed the program's name, if it was not `kfp-comp`.
pub(crate) fn alias() -> Option<String> {
    std::env::var(COMMAND).ok()
}

/// The text with every command as the user can type it.
fn as_typed(text: &str) -> String {
    match alias() {
        Some(alias) => text.replace("`kfp-comp ", &format!("`{alias} ")),
        None => text.to_owned(),
    }
}

/// The text with control characters replaced, so that text from others cannot drive the terminal.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    let is_harmful = |c: char| c.is_control() && c != '\n' && c != '\t';
    if text.contains(is_harmful) {
        text.replace(is_harmful, "\u{fffd}").into()
    } else {
        text.into()
    }
}

/// Aligns rows in columns, separated by two spaces.
pub(crate) fn table(rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let rows: Vec<Vec<String>> = rows.into_iter().collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
    };
    let widths: Vec<usize> = (0..columns)
        .map(|column| width(column).unwrap_or(0))
        .collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = fmt::Write::write_fmt(&mut line, format_args!("{cell:<width$}  "));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
