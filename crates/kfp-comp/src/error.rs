//! Errors with something to type next, or with places to look at.

use std::fmt::Display;

/// A message and what to do about it.
///
/// Found anywhere in an error's chain: its hint is printed after the causes.
#[derive(Debug)]
pub(crate) struct Hinted {
    message: String,
    hint: String,
}

impl Hinted {
    /// What to do, without the word `hint:`.
    pub(crate) fn hint(&self) -> &str {
        &self.hint
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
    }
    .into()
}

/// An error of the command line rather than of the work: it exits with 2.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}
