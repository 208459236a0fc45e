//! The command line of `cargo xtask catalog`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use super::{Built, Catalog, Settings};
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::workspace::Workspace;

/// Derive a catalog's index, page and other layouts from the releases in its folder
///
/// Checks every hash on the way. `cargo xtask publish` does this by itself; run it where the catalog is deployed, and
/// after putting a pinned component.yaml into components/<NAME>/<VERSION>/ by hand.
#[derive(Debug, Parser)]
#[command(
    name = "catalog",
    bin_name = "cargo xtask catalog",
    after_help = "Examples:\n  cargo xtask catalog build\n  \
                  cargo xtask catalog build --url https://acme.github.io/components --title 'Acme components'"
)]
enum Arguments {
    /// Build the catalog
    Build {
        /// Its folder, relative to the current directory; else what the workspace says
        #[arg(long, value_name = "DIR")]
        catalog: Option<PathBuf>,
        /// Where it is served, for Tangle and Elyra; kept until another one is given
        #[arg(long, value_parser = url)]
        url: Option<String>,
        /// What it is called; kept until another one is given
        #[arg(long)]
        title: Option<String>,
    },
}

/// Runs the command with `arguments`, the program's name left out.
pub fn cli(arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> ExitCode {
    let arguments =
        std::iter::once(OsString::from("catalog")).chain(arguments.into_iter().map(Into::into));
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help goes to stdout and is no failure; clap knows which is which.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let progress = Progress::new(false);
    match run(arguments) {
        Ok((
            folder,
            Built {
                components,
                releases,
                adopted,
            },
        )) => {
            let new = if adopted > 0 {
                format!(", {adopted} of them new")
            } else {
                String::new()
            };
            progress.step(
                "Built",
                &format!(
                    "{}: {components} components, {releases} releases{new}",
                    folder.display()
                ),
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            progress.error(&error.report());
            ExitCode::FAILURE
        }
    }
}

fn run(
    Arguments::Build {
        catalog,
        url,
        title,
    }: Arguments,
) -> Result<(PathBuf, Built)> {
    let folder = if let Some(folder) = catalog {
        folder
    } else {
        let workspace = Workspace::open()?;
        workspace.root.join(&workspace.settings.catalog)
    };
    if !folder.is_dir() {
        return Err(Error::new(format!("`{}` is not there", folder.display()))
            .hint("cargo xtask publish --registry REGISTRY makes a catalog"));
    }
    let built = Catalog::at(&folder).build(&Settings { title, url })?;
    Ok((folder, built))
}

fn url(text: &str) -> std::result::Result<String, String> {
    if text.starts_with("https://") || text.starts_with("http://") {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err("an address begins with https:// or http://".to_owned())
    }
}
