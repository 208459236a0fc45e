//! `kfp-comp model check`: whether a model can be loaded, or a folder be served.

use std::path::PathBuf;

use anyhow::Result;
use kfp_model::{Layout, Model};

use crate::{
    exit::ExitCode,
    output::{Console, Style},
};

/// Fail if a model is damaged, or not laid out as a runtime expects
///
/// Verifies every file of a model's folder and the layouts in it. With `--layout`, looks only at whether the runtime would
/// find a model, whoever wrote it. Exits with 4 if not.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp model check model
  kfp-comp model check exported --layout triton")]
pub(crate) struct Args {
    /// The folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Check for this runtime: onnx, triton, openvino, mlserver or xgbserver
    #[arg(long, value_name = "LAYOUT", value_parser = super::layout)]
    layout: Option<Layout>,
}

/// Runs the verb.
pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let checked = match args.layout {
        Some(layout) => layout.check(&args.folder),
        None => whole(args),
    };
    match checked {
        Ok(()) => {
            let shown = args.folder.display().to_string();
            console.status(Style::Success, "Checked", &shown);
            Ok(ExitCode::Done)
        }
        // A folder that cannot be read is neither sound nor damaged.
        Err(error @ kfp_model::Error::Io { .. }) => Err(error.into()),
        Err(error) => {
            console.error(&error.into());
            Ok(ExitCode::Found)
        }
    }
}

fn whole(args: &Args) -> kfp_model::Result<()> {
    let model = Model::load(&args.folder)?;
    // Format 1 has no layouts.
    if model.manifest().files.is_empty() {
        return Ok(());
    }
    let mut layouts = Layout::ALL.into_iter();
    layouts.try_for_each(|layout| layout.check(args.folder.join(layout.subfolder())))
}
