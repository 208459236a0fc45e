//! Formats a rendered template with the workspace's rustfmt settings.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

/// Formats the text; returns it unchanged if rustfmt is not installed.
pub(super) fn rustfmt(root: &Path, text: String) -> String {
    let run = || -> Option<String> {
        let mut child = Command::new("rustfmt")
            .args(["--edition", "2024"])
            .current_dir(root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        child.stdin.take()?.write_all(text.as_bytes()).ok()?;
        let output = child.wait_with_output().ok()?;
        output
            .status
            .success()
            .then(|| String::from_utf8(output.stdout).ok())?
    };
    run().unwrap_or(text)
}
