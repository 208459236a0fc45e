//! The one table of what lint can find. A code never changes its meaning.

mod backend;
mod file;
mod schema;
mod sdk;
mod style;

use std::fmt;

pub(crate) use backend::*;
pub(crate) use file::*;
pub(crate) use schema::*;
pub(crate) use sdk::*;
pub(crate) use style::*;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Works, but not everywhere, not for long, or not as its author may think.
    Warning,
    /// Keeps an SDK, a backend or the local runner from using it.
    Error,
}

impl Severity {
    /// The word in reports.
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

/// Something that lint looks for, in a component or in a pipeline.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name in reports, for `--allow` and for `explain`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub summary: &'static str,
    /// What to write instead; a finding may know better.
    pub help: &'static str,
    /// Why it matters.
    pub explanation: &'static str,
}

/// Defines rules as statics, and the list of them in this order.
macro_rules! define {
    ($all:ident: $($name:ident = $rule:expr;)*) => {
        $(pub(crate) static $name: super::Rule = $rule;)*
        pub(super) static $all: &[&super::Rule] = &[$(&$name),*];
    };
}
use define;

/// Every rule: first what is wrong with the file, then with the schema, then what stops an SDK, what stops a backend,
/// and at last what would merely be better otherwise.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [FILE, SCHEMA, SDK, BACKEND, STYLE]
        .into_iter()
        .flatten()
        .copied()
}

/// The rule of a code.
pub fn rule(code: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.code == code)
}
