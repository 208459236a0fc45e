//! Errors with something to type next, or with places to look at.

use std::{fmt::Display, path::PathBuf};

use kfp_component_spec::source::Diagnostic;

/// A message, what caused it, and what to do about it.
///
/// Found anywhere in an error's chain: its hint is printed after the causes.
#[derive(Debug)]
pub struct Hinted {
    message: String,
    hint: String,
    cause: Option<anyhow::Error>,
}

impl Hinted {
    /// What to do, without the word `hint:`.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

impl Display for Hinted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Hinted {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(AsRef::as_ref)
    }
}

/// An error with a hint.
pub fn hinted(message: impl Display, hint: impl Display) -> anyhow::Error {
    Hinted {
        message: message.to_string(),
        hint: hint.to_string(),
        cause: None,
    }
    .into()
}

/// An error of the command line rather than of the work: it exits with 2.
#[derive(Debug)]
pub struct Usage(pub String);

impl Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// Adds a message and a hint to whatever failed.
pub trait Hint<T> {
    /// `message` stands before the cause, `hint` after it.
    fn hint(self, message: impl Display, hint: impl Display) -> anyhow::Result<T>;
}

impl<T, E: Into<anyhow::Error>> Hint<T> for Result<T, E> {
    fn hint(self, message: impl Display, hint: impl Display) -> anyhow::Result<T> {
        self.map_err(|error| {
            Hinted {
                message: message.to_string(),
                hint: hint.to_string(),
                cause: Some(error.into()),
            }
            .into()
        })
    }
}

/// Mistakes in sources, all at once, each with its place.
#[derive(Debug, Default)]
pub struct Mistakes(pub Vec<(PathBuf, Diagnostic)>);

impl Display for Mistakes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, (path, mistake)) in self.0.iter().enumerate() {
            let Diagnostic {
                message,
                line,
                column,
            } = mistake;
            let separator = if i == 0 { "" } else { "\n" };
            write!(
                f,
                "{separator}{}:{line}:{column}: {message}",
                path.display()
            )?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}
