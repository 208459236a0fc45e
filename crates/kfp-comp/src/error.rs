//! Errors with a hint, and errors of the command line.

use std::fmt::Display;

/// A message and what to do about it.
///
/// Wherever it stands in an error's chain, its hint is printed after the causes.
#[derive(Debug)]
pub(crate) struct Hinted {
    message: String,
    hint: String,
    is_usage: bool,
}

impl Hinted {
    /// What to do, without the prefix `hint:`.
    pub(crate) fn hint(&self) -> &str {
        &self.hint
    }

    /// Whether the mistake is in the command line, as with [`Usage`].
    pub(crate) fn is_usage(&self) -> bool {
        self.is_usage
    }
}

impl Display for Hinted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Hinted {}

/// An error with a hint.
pub(crate) fn hinted(message: impl Display, hint: impl Display) -> anyhow::Error {
    Hinted {
        message: message.to_string(),
        hint: hint.to_string(),
        is_usage: false,
    }
    .into()
}

/// A mistake in the command line, with a hint.
pub(crate) fn hinted_usage(message: impl Display, hint: impl Display) -> anyhow::Error {
    Hinted {
        message: message.to_string(),
        hint: hint.to_string(),
        is_usage: true,
    }
    .into()
}

/// A mistake in the command line; the program exits with 2.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}
