//! `kfp-comp model`: the folder of a trained model.

mod check;
mod export;
mod show;

use anyhow::Result;

use crate::{exit::ExitCode, output::Console};

/// Show, check or export a trained model
#[derive(Debug, clap::Args)]
#[command(
    arg_required_else_help = true,
    after_help = "\
Examples:
  kfp-comp model show model
  kfp-comp model check model
  kfp-comp model check exported --layout triton
  kfp-comp model export model --layout mlserver -o exported"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    Show(show::Args),
    Check(check::Args),
    Export(export::Args),
}

/// Runs the verb.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    match &args.verb {
        Verb::Show(args) => show::run(args, console),
        Verb::Check(args) => check::run(args, console),
        Verb::Export(args) => export::run(args, console),
    }
}

/// The layout of a name on the command line.
fn layout(name: &str) -> Result<kfp_model::Layout, String> {
    name.parse()
        .map_err(|error: kfp_model::Error| error.to_string())
}
