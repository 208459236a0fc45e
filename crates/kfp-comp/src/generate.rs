//! `kfp-comp generate`.

use crate::{exit::ExitCode, output::Console};

/// Write component.yaml and Dockerfile from the signatures
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs the verb.
///
/// # Errors
/// What the user should read.
pub fn run(_args: &Args, _console: &mut Console) -> anyhow::Result<ExitCode> {
    anyhow::bail!("`generate` is being written")
}
