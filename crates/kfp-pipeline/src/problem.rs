//! What is wrong with a pipeline, and where.

use std::fmt;

use kfp_pyyaml::Position;

use crate::rule::{Rule, Severity};

/// Something wrong with a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The kind of problem, which says how bad it is.
    pub rule: &'static Rule,
    /// What is wrong: a lower-case fragment.
    pub message: String,
    /// What can be done about it in this very case.
    pub hint: Option<String>,
    /// Where in the file.
    pub position: Position,
}

impl Problem {
    /// Whether it keeps the pipeline from running.
    pub fn is_error(&self) -> bool {
        self.rule.severity == Severity::Error
    }

    /// What can be done about it: in this very case, or as the rule says.
    pub fn help(&self) -> &str {
        self.hint.as_deref().unwrap_or(self.rule.help)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.message, self.position)
    }
}

impl std::error::Error for Problem {}
