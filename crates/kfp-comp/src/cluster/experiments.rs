//! `kfp-comp experiments`: groups of runs on a cluster.

use anyhow::{Context, Result};
use kfp_client::{Client, Filter, List, model::Experiment};
use serde_json::json;

use super::{
    action::Action,
    server::{Server, ServerArgs},
    timestamp,
};
use crate::{
    error::hinted_usage,
    exit::ExitCode,
    output::{Console, Style, table},
};

/// List, create, archive and delete experiments on a cluster
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp experiments list
  kfp-comp experiments archive iris")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List experiments, the one with the latest run first
    List {
        /// Those in the archive
        #[arg(long)]
        archived: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Create an experiment, unless there is one of that name
    Create(Named),
    /// Move an experiment into the archive, with its runs, and pause its schedules
    Archive(Named),
    /// Take an experiment out of the archive
    Unarchive(Named),
    /// Delete an experiment
    Delete(Named),
}

#[derive(Debug, clap::Args)]
struct Named {
    /// Name of the experiment
    name: String,
    /// Print the request, and send nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    server: ServerArgs,
}

/// Runs the verb.
///
/// # Errors
/// If there is no such experiment, or the server refuses or cannot be reached.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let post = |verb, done, send| Action::post("experiments", verb, done, send);
    let (named, action) = match &args.command {
        Command::List {
            archived,
            json,
            server,
        } => return list(*archived, *json, &server.server()?, console),
        Command::Create(named) => return create(named, console),
        Command::Archive(one) => (
            one,
            post(":archive", "Archived", Client::archive_experiment),
        ),
        Command::Unarchive(one) => {
            let action = post(":unarchive", "Unarchived", Client::unarchive_experiment);
            (one, action)
        }
        Command::Delete(one) => {
            let action = Action::delete("experiments", Client::delete_experiment);
            (one, action)
        }
    };
    let server = named.server.server()?;
    let found = server
        .client
        .experiment_by_name(&named.name, &server.namespace)?;
    let Some(found) = found else {
        return Err(hinted_usage(
            format!("the server has no experiment `{}`", named.name),
            "`kfp-comp experiments list` lists them",
        ));
    };
    let id = &found.experiment_id;
    if named.dry_run {
        console.data(&action.request(&server.client, id))?;
        return Ok(ExitCode::Done);
    }
    (action.send)(&server.client, id)
        .with_context(|| format!("the experiment `{}` cannot be changed so", named.name))?;
    console.status(Style::Success, action.done, &named.name);
    Ok(ExitCode::Done)
}

fn create(named: &Named, console: &mut Console) -> Result<ExitCode> {
    let server = named.server.server()?;
    if named.dry_run {
        let endpoint = server.client.endpoint();
        console.json(&json!({
            "request": format!("POST {endpoint}/apis/v2beta1/experiments"),
            "body": {"display_name": named.name, "description": "", "namespace": server.namespace},
        }))?;
        return Ok(ExitCode::Done);
    }
    let created = super::submit::find_or_create(&server, &named.name)?;
    console.data(&created.experiment_id)?;
    Ok(ExitCode::Done)
}

fn list(archived: bool, as_json: bool, server: &Server, console: &mut Console) -> Result<ExitCode> {
    let storage = if archived { "ARCHIVED" } else { "AVAILABLE" };
    let list = List::all()
        .sort_by("last_run_created_at desc")
        .filter(&Filter::default().equals("storage_state", storage))
        .page_size(200)
        .namespace(&server.namespace);
    let all: Result<Vec<Experiment>, _> = server.client.experiments(&list).collect();
    let all = all.context("could not list the experiments")?;
    if as_json {
        let all: Vec<_> = all
            .iter()
            .map(|one| {
                json!({
                    "experiment_id": one.experiment_id,
                    "name": one.display_name,
                    "description": one.description,
                    "last_run": one.last_run_created_at.map(timestamp),
                })
            })
            .collect();
        console.json(&all)?;
    } else {
        let rows = all.into_iter().map(|one| {
            let ran = one.last_run_created_at.map(timestamp);
            let ran = ran.unwrap_or_default();
            vec![one.experiment_id, one.display_name, ran, one.description]
        });
        console.data(&table(rows))?;
    }
    Ok(ExitCode::Done)
}
