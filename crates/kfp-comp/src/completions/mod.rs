//! `kfp-comp completions`: a script that lets a shell ask this program what can be typed next.

pub(crate) mod values;

use anyhow::Context as _;
use clap_complete::{Shell, env::Shells};

use crate::{exit::ExitCode, output::Console};

/// The variable by which a shell asks.
pub(crate) const VARIABLE: &str = "COMPLETE";

/// Print completions for a shell
///
/// Verbs and options, the names of this workspace's components, pipelines, and after `--` the inputs of the component or
/// pipeline that is named.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp completions bash > ~/.local/share/bash-completion/completions/kfp-comp
  kfp-comp completions fish > ~/.config/fish/completions/kfp-comp.fish")]
pub(crate) struct Args {
    /// The shell to complete in
    shell: Shell,
}

/// Prints the script.
pub(crate) fn run(args: &Args, console: &mut Console) -> anyhow::Result<ExitCode> {
    const NAME: &str = "kfp-comp";
    let shells = Shells::builtins();
    let name = args.shell.to_string();
    let shell = shells
        .completer(&name)
        .context("the shell is not supported")?;
    let mut script = Vec::new();
    shell.write_registration(VARIABLE, NAME, NAME, NAME, &mut script)?;
    console.data(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::Done)
}
