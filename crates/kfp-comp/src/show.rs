//! `kfp-comp show`.

use crate::{exit::ExitCode, output::Console};

/// Show a component's interface
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the verb.
///
/// # Errors
/// What the user should read.
pub fn run(_args: &Args, _console: &mut Console) -> anyhow::Result<ExitCode> {
    anyhow::bail!("`show` is being written")
}
