//! `kfp-comp catalog build`: a catalog's index, page and other layouts from the releases in its directory.

use std::path::PathBuf;

use anyhow::Result;
use kfp_catalog::{Built, Catalog, Settings};
use kfp_workspace::{Dependencies, Workspace};

use crate::{
    error::hinted,
    exit::ExitCode,
    output::{Console, Style},
};

/// Derive a catalog's index, page and other layouts from the releases in its directory
///
/// Checks every hash on the way. Publishing does this by itself; run it where the catalog is deployed, and after putting
/// a pinned component.yaml into components/<NAME>/<VERSION>/ by hand.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp catalog build
  kfp-comp catalog build --url https://acme.github.io/components --title 'Acme components'")]
pub(crate) struct Args {
    /// The catalog's directory, relative to the current one; by default the workspace's
    #[arg(long, value_name = "DIR")]
    catalog: Option<PathBuf>,
    /// Where it is served, for Tangle and Elyra; kept until another one is given
    #[arg(long, value_parser = url)]
    url: Option<String>,
    /// The catalog's title; kept until another one is given
    #[arg(long)]
    title: Option<String>,
}

/// Builds the catalog.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let directory = if let Some(directory) = &args.catalog {
        directory.clone()
    } else {
        let workspace = Workspace::open(Dependencies::Ignored)?;
        workspace.root.join(&workspace.settings.catalog)
    };
    if !directory.is_dir() {
        return Err(hinted(
            format!("there is no catalog at `{}`", directory.display()),
            "cargo xtask publish --registry REGISTRY makes a catalog",
        ));
    }
    let Built {
        components,
        releases,
        adopted,
    } = Catalog::at(&directory).build(&Settings {
        title: args.title.clone(),
        url: args.url.clone(),
    })?;
    let new = if adopted > 0 {
        format!(", {adopted} of them new")
    } else {
        String::new()
    };
    console.status(
        Style::Success,
        "Built",
        &format!(
            "{}: {components} components, {releases} releases{new}",
            directory.display()
        ),
    );
    Ok(ExitCode::Done)
}

fn url(text: &str) -> Result<String, String> {
    if text.starts_with("https://") || text.starts_with("http://") {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err("an address begins with https:// or http://".to_owned())
    }
}
