//! `kfp-comp list`.

use crate::{exit::ExitCode, output::Console};

/// List the components
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the verb.
///
/// # Errors
/// What the user should read.
pub fn run(_args: &Args, _console: &mut Console) -> anyhow::Result<ExitCode> {
    anyhow::bail!("`list` is being written")
}
