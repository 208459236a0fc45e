//! `kfp-comp new`.

use crate::{exit::ExitCode, output::Console};

/// Create a component
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the verb.
///
/// # Errors
/// What the user should read.
pub fn run(_args: &Args, _console: &mut Console) -> anyhow::Result<ExitCode> {
    anyhow::bail!("`new` is being written")
}
