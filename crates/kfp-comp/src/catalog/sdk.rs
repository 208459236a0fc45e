//! Has an installed kfp SDK load and compile component files.

use std::{
    collections::BTreeMap,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use semver::Version;
use serde::Deserialize;

use crate::error::hinted;

const SCRIPT: &str = include_str!("sdk.py");

/// What an SDK says about component files.
#[derive(Debug, Deserialize)]
pub(super) struct Verdict {
    /// The version of kfp.
    pub(super) version: Version,
    /// The error for each file it refused, by file name.
    pub(super) problems: BTreeMap<String, String>,
}

/// Has the kfp installed for `python` load and compile files, given by name.
pub(super) fn ask(python: &Path, files: &BTreeMap<&str, &str>) -> Result<Verdict> {
    let failed = || format!("could not ask `{}` for its kfp", python.display());
    // A script passed as text would import modules from the current folder first.
    let folder = tempfile::tempdir().with_context(failed)?;
    let script = folder.path().join("sdk.py");
    std::fs::write(&script, SCRIPT).with_context(failed)?;
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(failed)?;
    let given = serde_json::to_vec(files)?;
    if let Some(mut stdin) = child.stdin.take() {
        // If the process ends without reading, its exit status says why.
        let _closed = stdin.write_all(&given);
    }
    let output = child.wait_with_output().with_context(failed)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.trim().lines().last().unwrap_or_default();
        if last.contains("No module named 'kfp'") {
            return Err(hinted(
                format!("`{}` has no kfp", python.display()),
                format!("{} -m pip install kfp", python.display()),
            ));
        }
        bail!("{}: {last}", failed());
    }
    serde_json::from_slice(&output.stdout).with_context(failed)
}
