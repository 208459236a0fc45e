//! `kfp-comp check`.

use crate::{exit::ExitCode, output::Console};

/// Fail if anything generated is stale
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the verb.
///
/// # Errors
/// What the user should read.
pub fn run(_args: &Args, _console: &mut Console) -> anyhow::Result<ExitCode> {
    anyhow::bail!("`check` is being written")
}
