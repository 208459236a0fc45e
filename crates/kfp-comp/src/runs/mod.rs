//! `kfp-comp runs`: the runs of pipelines that are kept here.

mod prune;
mod show;

use std::path::PathBuf;

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
    output::{Console, table},
    workspace,
};

/// List, show and delete the runs of pipelines, of this machine and on a cluster
///
/// A run's name says where it is: a date is one of this machine, a UUID one on a cluster.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  kfp-comp runs
  kfp-comp runs show 2026-11-26-4
  kfp-comp runs prune --keep 10 --older-than 30days
  kfp-comp runs list --cluster --experiment iris
  kfp-comp runs retry 4194e839-20a4-44f5-b474-1eb98d8fbde8"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
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
    /// Print what happened in a run
    Show(show::Args),
    /// Delete runs of this machine, and what the cache has of them
    Prune(prune::Args),
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
    match &args.verb {
        Some(Verb::Show(args)) => return show::run(args, console),
        Some(Verb::Prune(args)) => return prune::run(args, console),
        Some(Verb::OnCluster(command)) => return command.run(console),
        Some(Verb::List {
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
    let workspace = workspace::find()?;
    Ok(Runs::new(kept(workspace.as_ref()).join("runs")))
}

/// Where runs and their cache are.
pub(crate) fn kept(workspace: Option<&Workspace>) -> PathBuf {
    match workspace {
        Some(workspace) => workspace.target.join("kfp"),
        None => PathBuf::from("target/kfp"),
    }
}
