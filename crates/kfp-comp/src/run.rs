//! `kfp-comp run`.

use crate::{exit::ExitCode, output::Console};

/// Run a component here as KFP would
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the verb.
///
/// # Errors
/// What the user should read.
pub fn run(_args: &Args, _console: &mut Console) -> anyhow::Result<ExitCode> {
    anyhow::bail!("`run` is being written")
}
