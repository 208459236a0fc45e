//! `kfp-comp completions`: shell completions on stdout.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::{cli::Cli, exit::ExitCode, output::Console};

/// Print completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp completions bash > ~/.local/share/bash-completion/completions/kfp-comp
  kfp-comp completions fish > ~/.config/fish/completions/kfp-comp.fish")]
pub(crate) struct Args {
    /// The shell to complete in
    shell: Shell,
}

/// Prints the completions.
pub(crate) fn run(args: &Args, console: &mut Console) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "kfp-comp", &mut script);
    console.data(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::Done)
}
