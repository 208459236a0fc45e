//! `kfp-comp model export`: a folder for one serving runtime.
//!
//! The folder appears whole or not at all.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use kfp_model::{Layout, Model};

use crate::{
    error::hinted,
    exit::ExitCode,
    output::{Console, Style},
};

/// Write a model as a serving runtime expects it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp model export model --layout triton -o repository
  kfp-comp model export model --layout mlserver --name iris -o iris --dry-run")]
pub(crate) struct Args {
    /// The folder of the model
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The runtime: onnx, triton, openvino, mlserver or xgbserver
    #[arg(long, value_name = "LAYOUT", value_parser = super::layout)]
    layout: Layout,
    /// The name of the served model, for Triton and MLServer
    #[arg(long, value_name = "NAME", default_value = "model", value_parser = name)]
    name: String,
    /// The folder to write, which must not exist
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Say what would be written and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// Runs the verb.
pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let model = Model::load(&args.folder)?;
    let shown = args.output.display();
    if args.output.symlink_metadata().is_ok() {
        return Err(hinted(
            format!("`{shown}` already exists"),
            "nothing was written; choose another folder or remove it",
        ));
    }
    let files = args.layout.files(&model, &args.name);
    if !args.dry_run {
        write(&args.output, &files).with_context(|| format!("could not write `{shown}`"))?;
    }
    for (path, _) in &files {
        let shown = args.output.join(path).display().to_string();
        if args.dry_run {
            console.status(Style::Info, "Would write", &shown);
        } else {
            console.status(Style::Success, "Wrote", &shown);
        }
    }
    Ok(ExitCode::Done)
}

/// A name that is one folder, and a model's in every server.
fn name(name: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !name.is_empty() && name.bytes().all(plain) {
        Ok(name.to_owned())
    } else {
        Err("a name consists of letters, digits, `-` and `_`".to_owned())
    }
}

fn write(output: &Path, files: &[(String, Vec<u8>)]) -> Result<()> {
    let parent = match output.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".kfp-comp-");
    // A temporary folder is private otherwise, and this one stays.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    let staged = builder.tempdir_in(parent)?;
    for (path, content) in files {
        let path = staged.path().join(path);
        fs::create_dir_all(path.parent().unwrap_or(staged.path()))?;
        fs::write(path, content)?;
    }
    fs::rename(staged.path(), output)?;
    // What it would remove has another name by now.
    let _renamed = staged.keep();
    Ok(())
}
