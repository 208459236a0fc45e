//! `kfp-comp list`: the workspace's components.

use anyhow::Result;
use serde_json::json;

use kfp_workspace::{Dependencies, Workspace};

use crate::{exit::ExitCode, output::Console};

/// List the components of this workspace
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp list
  kfp-comp list --json")]
pub(crate) struct Args {
    /// Print the components as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the verb.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let workspace = Workspace::open(Dependencies::Ignored)?;
    let crates = workspace.select(&[])?;
    let components = workspace.signatures(&crates)?;
    if args.json {
        let all: Vec<_> = crates
            .iter()
            .zip(&components)
            .map(|(one, component)| {
                json!({
                    "name": one.name,
                    "version": one.version,
                    "description": component.description,
                    "directory": one.dir,
                    "image": workspace.settings.image(&one.name, &one.version),
                    "inputs": component.inputs().map(|input| &input.name).collect::<Vec<_>>(),
                    "outputs": component.outputs().map(|output| &output.name).collect::<Vec<_>>(),
                })
            })
            .collect();
        console.json(&json!({"components": all}))?;
        return Ok(ExitCode::Done);
    }
    if crates.is_empty() {
        console.hint("this workspace has no components; run `kfp-comp new NAME` to create one");
    }
    let rows = crates.iter().zip(&components).map(|(one, component)| {
        let summary = component.description.lines().next().unwrap_or_default();
        vec![one.name.clone(), one.version.clone(), summary.to_owned()]
    });
    console.data(&crate::output::table(rows))?;
    Ok(ExitCode::Done)
}
