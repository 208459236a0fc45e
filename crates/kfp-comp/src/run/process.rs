//! The processes that `run` starts: cargo and the component.
//!
//! Of their output, only the path of the program and the component's last error are interpreted.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    thread,
};

use anyhow::{Context, Result, bail};
use cargo_metadata::Message;

use crate::error::hinted;

/// A component that has ended.
#[derive(Debug)]
pub(super) struct Completed {
    /// Its exit status.
    pub(super) status: ExitStatus,
    /// The last error it printed.
    pub(super) error: PrintedError,
}

/// An error as a component prints it.
#[derive(Debug, Default)]
pub(super) struct PrintedError {
    /// The line that begins with `error: `, and its causes.
    pub(super) chain: Vec<String>,
    /// The lines that begin with `hint: `.
    pub(super) hints: Vec<String>,
}

/// Builds a program of the workspace and returns its path. Cargo's output passes through to stderr.
pub(crate) fn build(root: &Path, name: &str, release: bool, quiet: bool) -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args([
        "build",
        "--package",
        name,
        "--bin",
        name,
        "--message-format",
        "json-render-diagnostics",
    ]);
    command
        .args(release.then_some("--release"))
        .args(quiet.then_some("--quiet"));
    let mut child = command
        .current_dir(root)
        .stdout(Stdio::piped())
        .spawn()
        .context("could not run cargo")?;
    let mut program = None;
    for message in Message::parse_stream(BufReader::new(child.stdout.take().expect("it is piped")))
    {
        if let Message::CompilerArtifact(artifact) =
            message.context("could not read cargo's messages")?
            && artifact.target.name == name
            && artifact.executable.is_some()
        {
            program = artifact.executable;
        }
    }
    if !child.wait().context("could not run cargo")?.success() {
        bail!("`{name}` does not compile");
    }
    program
        .map(PathBuf::from)
        .with_context(|| format!("cargo built no program named `{name}`"))
}

/// Runs a program and passes its stdout and stderr on to stderr as they come.
pub(super) fn run(program: &Path, arguments: &[String]) -> Result<Completed> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| match error.kind() {
            // Each argument fits, so it is the sum of all arguments and the environment.
            io::ErrorKind::ArgumentListTooLong => hinted(
                format!(
                    "could not run `{}`: its arguments and the environment are too long together",
                    program.display()
                ),
                "pass large values as files, by declaring `Input<Artifact>`",
            ),
            _ => {
                anyhow::Error::new(error).context(format!("could not run `{}`", program.display()))
            }
        })?;
    let stdout = child.stdout.take().expect("it is piped");
    let stderr = child.stderr.take().expect("it is piped");
    let (status, error) = thread::scope(|scope| {
        scope.spawn(|| pass_on(stdout));
        let error = scope.spawn(|| pass_on(stderr));
        (child.wait(), error.join().unwrap_or_default())
    });
    Ok(Completed {
        status: status.context("could not wait for the component")?,
        error,
    })
}

/// Runs a program with this process's stdin, stdout and stderr, for its `--help`.
pub(super) fn show(program: &Path, arguments: &[String]) -> Result<ExitStatus> {
    Command::new(program)
        .args(arguments)
        .status()
        .with_context(|| format!("could not run `{}`", program.display()))
}

/// Copies lines to stderr and returns the last error among them.
fn pass_on(stream: impl Read) -> PrintedError {
    let mut printed = PrintedError::default();
    let mut lines = BufReader::new(stream);
    let mut line = Vec::new();
    while lines
        .read_until(b'\n', &mut line)
        .is_ok_and(|read| read > 0)
    {
        // A closed stderr must not stop the component.
        let _ = io::stderr().write_all(&line);
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end();
        if let Some(message) = text.strip_prefix("error: ") {
            printed = PrintedError {
                chain: vec![message.to_owned()],
                hints: Vec::new(),
            };
        } else if !printed.chain.is_empty() {
            if let Some(cause) = text.trim_start().strip_prefix("cause: ") {
                printed.chain.push(cause.to_owned());
            } else if let Some(hint) = text.strip_prefix("hint: ") {
                printed.hints.push(hint.to_owned());
            }
        }
        line.clear();
    }
    printed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_error_is_kept_with_its_causes() {
        let log = "error: first\nworking\nerror: f failed\n  cause: could not open input `x`\n  cause: no such file\n\
                   hint: did you mean `y`?\n";
        let printed = pass_on(log.as_bytes());
        assert_eq!(
            printed.chain,
            ["f failed", "could not open input `x`", "no such file"]
        );
        assert_eq!(printed.hints, ["did you mean `y`?"]);
        let printed = pass_on("all is well\nhint: none\n".as_bytes());
        assert!(printed.chain.is_empty() && printed.hints.is_empty());
    }
}
