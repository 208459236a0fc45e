//! Pipelines where programs have no process groups: they are refused, with the way out.

use std::path::Path;

use anyhow::Result;

use crate::{error::hinted_usage, exit::ExitCode, output::Console, run::Args};

/// No options: pipelines do not run here.
#[derive(Debug, clap::Args)]
pub(super) struct PipelineArgs {}

/// Refuses the pipeline.
pub(super) fn run(
    path: &Path,
    _options: &PipelineArgs,
    _args: &Args,
    _console: &mut Console,
) -> Result<ExitCode> {
    Err(hinted_usage(
        format!(
            "`{}` cannot run on this system: pipelines run on Linux and macOS",
            path.display()
        ),
        "run it in the Windows Subsystem for Linux: https://learn.microsoft.com/windows/wsl/install",
    ))
}
