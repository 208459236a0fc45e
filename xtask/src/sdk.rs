//! The tiers with the real SDKs: our components load, compile and receive the values that were sent.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::process::command;
use crate::test_summary;
use crate::tier::{Outcome, Sdks};
use crate::{signature_matrix, workspace};

/// kfp 1.8.
pub(crate) fn kfp1(sdks: &Sdks) -> Result<Outcome> {
    tier(&sdks.kfp1, "kfp1")
}

/// kfp 2 and its local runner.
pub(crate) fn kfp2(sdks: &Sdks) -> Result<Outcome> {
    tier(&sdks.kfp2, "kfp2")
}

fn tier(python: &Result<PathBuf, String>, tests: &str) -> Result<Outcome> {
    match python {
        Err(why) => Ok(Outcome::Skipped(why.clone())),
        Ok(python) => unittest(
            python,
            tests,
            &[("KFP_SIGNATURES", &signature_matrix::build()?)],
        ),
    }
}

/// Runs the Python tests of a folder below xtask/python.
pub(crate) fn unittest(python: &Path, tests: &str, variables: &[(&str, &Path)]) -> Result<Outcome> {
    let mut unittest = command(&python.to_string_lossy());
    let folder = workspace::root().join("xtask/python").join(tests);
    unittest
        .args([
            "-m",
            "unittest",
            "discover",
            "--verbose",
            "--start-directory",
        ])
        .arg(&folder)
        .env("PYTHONPATH", workspace::root().join("xtask/python"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONWARNINGS", "ignore")
        .envs(variables.iter().copied());
    test_summary::run(&mut unittest).map(Outcome::Ran)
}
