//! `kfp-comp doctor`.

use crate::{exit::ExitCode, output::Console};

/// Say what is missing on this machine
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the verb.
///
/// # Errors
/// What the user should read.
pub fn run(_args: &Args, _console: &mut Console) -> anyhow::Result<ExitCode> {
    anyhow::bail!("`doctor` is being written")
}
