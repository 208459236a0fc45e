//! What a tier of tests is asked to run, what it needs, and what came of it.

use std::path::PathBuf;

use crate::test_summary::Summary;

/// What has to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// What this machine can run.
    Available,
    /// Everything: what cannot run is a failure.
    All,
}

/// What is asked of each tier.
pub(crate) struct Request {
    pub(crate) scope: Scope,
    pub(crate) sdks: Sdks,
    /// Whether the tier of all Rust tests runs, too.
    pub(crate) runs_rust: bool,
}

/// The Python that has each SDK, or why there is none.
pub(crate) struct Sdks {
    pub(crate) kfp1: Result<PathBuf, String>,
    pub(crate) kfp2: Result<PathBuf, String>,
}

/// What came of a tier.
pub(crate) enum Outcome {
    Ran(Summary),
    Skipped(String),
}
