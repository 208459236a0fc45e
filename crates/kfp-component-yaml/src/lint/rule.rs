//! What a rule of lint is.

use std::fmt;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Works, but not everywhere or not for long.
    Warning,
    /// Keeps an SDK or a backend from using the component.
    Error,
}

impl Severity {
    /// As reports write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something lint looks for.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// What it is known by, in reports and for `--allow`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub summary: &'static str,
    /// What to write instead.
    pub help: &'static str,
    /// Why it matters.
    pub explanation: &'static str,
}
