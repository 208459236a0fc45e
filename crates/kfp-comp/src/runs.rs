//! `kfp-comp runs`: the runs of pipelines that are kept here.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};
use kfp_runner::{
    display::seconds,
    record::{self, Event},
    runs::Runs,
};
use kfp_workspace::Workspace;
use serde::Serialize;

use crate::{
    cluster,
    exit::ExitCode,
    output::{Console, Style, table},
};

/// List the runs of pipelines, the latest first, and change those on a cluster
///
/// A run's name says where it is: a date is one of this machine, a UUID one on a cluster.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  kfp-comp runs
  kfp-comp runs --prune 10
  kfp-comp runs list --cluster --experiment iris
  kfp-comp runs retry 4194e839-20a4-44f5-b474-1eb98d8fbde8"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Delete all runs but the latest N; the cache stays
    #[arg(long, value_name = "N")]
    prune: Option<usize>,
    /// With `--prune`, say what would be deleted
    #[arg(long, requires = "prune")]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the runs of this machine, or those on a cluster
    List {
        /// Those on the cluster in use; `--endpoint` and `--profile` mean it too
        #[arg(long)]
        cluster: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        listing: cluster::runs::Listing,
        #[command(flatten)]
        server: cluster::ServerArgs,
    },
    #[command(flatten)]
    OnCluster(cluster::runs::Command),
}

/// A run in the list.
#[derive(Debug, Serialize)]
struct Listed {
    run: String,
    pipeline: String,
    /// None if it was killed, or goes on.
    state: Option<&'static str>,
    seconds: f64,
    directory: PathBuf,
}

/// Runs the verb.
///
/// # Errors
/// If the runs cannot be read or deleted.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    match &args.command {
        Some(Command::OnCluster(command)) => return command.run(console),
        Some(Command::List {
            cluster,
            json,
            listing,
            server,
        }) => {
            if *cluster || server.is_given() || listing.is_given() {
                return listing.print(server, *json, console);
            }
            return list(*json, console);
        }
        None => {}
    }
    let runs = here()?;
    let ids = runs.list().context("could not read the runs")?;
    if let Some(keep) = args.prune {
        for id in ids.iter().skip(keep) {
            let directory = runs.directory(id);
            console.status(Style::Info, "Deleting", &directory.display().to_string());
            if !args.dry_run {
                fs::remove_dir_all(&directory)
                    .with_context(|| format!("could not delete `{}`", directory.display()))?;
            }
        }
        return Ok(ExitCode::Done);
    }
    list(args.json, console)
}

/// Prints the runs of this machine.
fn list(as_json: bool, console: &mut Console) -> Result<ExitCode> {
    let runs = here()?;
    let ids = runs.list().context("could not read the runs")?;
    let listed: Vec<Listed> = ids.iter().filter_map(|id| listed(&runs, id)).collect();
    if as_json {
        console.json(&listed)?;
    } else {
        let rows = listed.into_iter().map(|one| {
            let state = one.state.unwrap_or("unfinished").to_owned();
            vec![one.run, one.pipeline, state, seconds(one.seconds)]
        });
        console.data(&table(rows))?;
    }
    Ok(ExitCode::Done)
}

fn listed(runs: &Runs, id: &str) -> Option<Listed> {
    let directory = runs.directory(id);
    let records = record::read(&directory).ok()?;
    let Some(Event::Run(start)) = records.first().map(|record| &record.event) else {
        return None;
    };
    let last = records.last()?;
    let state = match &last.event {
        Event::Finish { state, .. } => Some(state.word()),
        _ => None,
    };
    Some(Listed {
        run: id.to_owned(),
        pipeline: start.pipeline.clone(),
        state,
        seconds: last.t,
        directory,
    })
}

/// The runs of the workspace, or of the directory outside one.
///
/// # Errors
/// If the workspace cannot be read.
pub(crate) fn here() -> Result<Runs> {
    let workspace = Workspace::find()?;
    Ok(Runs::new(kept(workspace.as_ref()).join("runs")))
}

/// Where runs and their cache are.
pub(crate) fn kept(workspace: Option<&Workspace>) -> PathBuf {
    match workspace {
        Some(workspace) => workspace.target.join("kfp"),
        None => PathBuf::from("target/kfp"),
    }
}
