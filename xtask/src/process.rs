//! Other programs: run, read, and say what failed.

use std::env;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::workspace;

/// A program, started in the repository.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(workspace::root());
    command
}

/// The cargo that runs this task, with its verb.
pub(crate) fn cargo(verb: &str) -> Command {
    let mut cargo = command(&env::var("CARGO").unwrap_or_else(|_| "cargo".into()));
    cargo.arg(verb);
    // What the outer cargo says of this program would make build scripts run again.
    let about_us =
        |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_str().is_some_and(about_us)) {
        cargo.env_remove(name);
    }
    cargo
}

/// A program of this workspace, built by cargo before it runs.
pub(crate) fn tool(package: &str) -> Command {
    let mut command = cargo("run");
    command.args(["--quiet", "--package", package, "--"]);
    command
}

/// Builds a program of this workspace with a profile, and gives where it is.
pub(crate) fn build(program: &str, profile: &str) -> Result<PathBuf> {
    run(cargo("build").args(["--quiet", "--package", program, "--profile", profile]))?;
    let folder = if profile == "dev" { "debug" } else { profile };
    let file = format!("{program}{}", env::consts::EXE_SUFFIX);
    Ok(workspace::target().join(folder).join(file))
}

/// A port of this machine that is free now.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Runs it with our own stdout and stderr.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| shown(command))?;
    if !status.success() {
        bail!("`{}`: {status}", shown(command));
    }
    Ok(())
}

/// Runs it, and keeps what it says for the error.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let output = capture(command)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said: Vec<&str> = said.trim().lines().rev().take(8).collect();
        let said = said.into_iter().rev().collect::<Vec<_>>().join("\n");
        bail!("`{}`: {}\n{said}", shown(command), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether it runs and succeeds.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    capture(command).is_ok_and(|output| output.status.success())
}

fn capture(command: &mut Command) -> Result<Output> {
    command
        .stdin(Stdio::null())
        .output()
        .with_context(|| shown(command))
}

/// Where a program is, if it is on the search path.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    find_all(program).next()
}

/// Everywhere on the search path that a program is.
pub(crate) fn find_all(program: &str) -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let files: Vec<_> = env::split_paths(&path)
        .map(|dir| dir.join(program))
        .collect();
    files.into_iter().filter(|file| file.is_file())
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    words.join(" ")
}
