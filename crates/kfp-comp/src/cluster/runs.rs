//! `kfp-comp runs`, for those on a cluster.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use kfp_client::{Client, Filter, List, model::Run};
use kfp_runner::display::seconds;
use serde_json::json;

use super::{
    action::Action,
    kept,
    server::{Server, ServerArgs},
    timestamp,
    watch::{self, Begin, WatchArgs},
};
use crate::{
    error::Usage,
    exit::ExitCode,
    output::{Console, Style, table},
};

/// What can be done to runs on a cluster.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Stop a run on a cluster
    Terminate(Act),
    /// Run the failed tasks of a run on a cluster again
    Retry(Box<Retry>),
    /// Move runs on a cluster into the archive
    Archive(Act),
    /// Take runs on a cluster out of the archive
    Unarchive(Act),
    /// Delete runs on a cluster; what they produced stays
    Delete(Act),
}

/// The runs that something is done to.
#[derive(Debug, clap::Args)]
pub(crate) struct Act {
    /// Identifiers of the runs
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<String>,
    /// Print the requests, and send nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    server: ServerArgs,
}

/// The runs whose failed tasks run again.
#[derive(Debug, clap::Args)]
pub(crate) struct Retry {
    #[command(flatten)]
    act: Act,
    /// Show the run until it ends
    #[arg(long, short)]
    watch: bool,
    #[command(flatten)]
    watching: WatchArgs,
    /// With `--watch`, print every event as JSON, one per line
    #[arg(long, requires = "watch")]
    json: bool,
}

/// Which runs are listed.
#[derive(Debug, clap::Args)]
pub(crate) struct Listing {
    /// Only those of this experiment
    #[arg(long, short, value_name = "NAME")]
    experiment: Option<String>,
    /// Only those in this state, such as failed
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// Those in the archive
    #[arg(long)]
    archived: bool,
    /// How many
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// If the server refuses, or cannot be reached.
    pub(crate) fn run(&self, console: &mut Console) -> Result<ExitCode> {
        let post = |verb, done, send| Action::post("runs", verb, done, send);
        let (act, action) = match self {
            Self::Terminate(act) => (act, post(":terminate", "Stopping", Client::terminate_run)),
            Self::Retry(retry) => {
                if retry.watch && retry.act.runs.len() > 1 {
                    return Err(Usage("`--watch` follows one run".to_owned()).into());
                }
                let action = post(":retry", "Retrying", Client::retry_run);
                (&retry.act, action)
            }
            Self::Archive(act) => (act, post(":archive", "Archived", Client::archive_run)),
            Self::Unarchive(act) => (act, post(":unarchive", "Unarchived", Client::unarchive_run)),
            Self::Delete(act) => (act, Action::delete("runs", Client::delete_run)),
        };
        let server = act.server.server()?;
        for id in &act.runs {
            let run = kept::run(&server, id)?;
            if act.dry_run {
                console.data(&action.request(&server.client, id))?;
                continue;
            }
            if matches!(self, Self::Terminate(_)) {
                stop(&server, id)?;
            } else {
                (action.send)(&server.client, id).map_err(|error| explained(error, &run))?;
            }
            console.status(
                Style::Success,
                action.done,
                &format!("{} {id}", run.display_name),
            );
            if let Self::Retry(retry) = self
                && retry.watch
            {
                let pipeline = kept::pipeline_of(&server, &run)?;
                return watch::follow(
                    &server,
                    Begin::Retried(run),
                    &pipeline.spec,
                    &retry.watching,
                    retry.json,
                    console,
                );
            }
        }
        Ok(ExitCode::Done)
    }
}

/// Asks the server to stop a run. In the first seconds of a run it answers that there is no such row, so it is asked again.
///
/// # Errors
/// If the run has ended, or the server refuses or cannot be reached.
pub(super) fn stop(server: &Server, id: &str) -> Result<()> {
    const PATIENCE: Duration = Duration::from_secs(10);
    const PAUSE: Duration = Duration::from_millis(500);
    let begin = Instant::now();
    loop {
        let Err(error) = server.client.terminate_run(id) else {
            return Ok(());
        };
        let run = kept::run(server, id)?;
        let is_too_early = error.api().is_some_and(|error| error.status == 400);
        if !is_too_early || run.state.is_final() || begin.elapsed() > PATIENCE {
            return Err(explained(error, &run));
        }
        thread::sleep(PAUSE);
    }
}

/// The server's own words are about rows of its database.
fn explained(error: kfp_client::Error, run: &Run) -> anyhow::Error {
    let state = run.state.name().to_ascii_lowercase();
    let what = format!("run {} cannot be changed so", run.run_id);
    match error.api().map(|error| error.status) {
        Some(400 | 409) => anyhow::Error::new(error)
            .context(format!("it is {state}"))
            .context(what),
        _ => error.into(),
    }
}

impl Listing {
    /// Whether runs on a cluster are asked for: those of this machine have no experiments and no archive.
    pub(crate) fn is_given(&self) -> bool {
        self.experiment.is_some() || self.archived
    }

    /// Prints runs of a cluster, the latest first.
    ///
    /// # Errors
    /// If the server cannot be asked.
    pub(crate) fn print(
        &self,
        server: &ServerArgs,
        as_json: bool,
        console: &mut Console,
    ) -> Result<ExitCode> {
        let server = server.server()?;
        let runs = self.runs(&server)?;
        if as_json {
            let runs: Vec<_> = runs
                .iter()
                .map(|run| {
                    json!({
                        "run": run.run_id,
                        "name": run.display_name,
                        "state": word(run),
                        "experiment_id": run.experiment_id,
                        "created_at": run.created_at.map(timestamp),
                        "seconds": duration(run),
                        "page": server.page(&format!("runs/details/{}", run.run_id)),
                    })
                })
                .collect();
            console.json(&runs)?;
        } else {
            let rows = runs.iter().map(|run| {
                vec![
                    run.run_id.clone(),
                    run.display_name.clone(),
                    word(run),
                    run.created_at.map(timestamp).unwrap_or_default(),
                    duration(run).map(seconds).unwrap_or_default(),
                ]
            });
            console.data(&table(rows))?;
        }
        Ok(ExitCode::Done)
    }

    fn runs(&self, server: &Server) -> Result<Vec<Run>> {
        let storage = if self.archived {
            "ARCHIVED"
        } else {
            "AVAILABLE"
        };
        let mut filter = Filter::default().equals("storage_state", storage);
        if let Some(state) = &self.state {
            filter = filter.equals("state", &state.to_ascii_uppercase());
        }
        let size = u16::try_from(self.limit.clamp(1, 200)).unwrap_or(200);
        let mut list = List::all()
            .sort_by("created_at desc")
            .filter(&filter)
            .page_size(size)
            .namespace(&server.namespace);
        if let Some(name) = &self.experiment {
            let found = server.client.experiment_by_name(name, &server.namespace)?;
            let found =
                found.ok_or_else(|| Usage(format!("the server has no experiment `{name}`")))?;
            list = list.experiment(found.experiment_id);
        }
        let runs: Result<Vec<Run>, _> = server.client.runs(&list).take(self.limit).collect();
        runs.context("could not list the runs")
    }
}

/// How far a run is, in a word.
fn word(run: &Run) -> String {
    if run.was_cancelled() && run.state.is_final() {
        return "cancelled".to_owned();
    }
    run.state.name().to_ascii_lowercase()
}

fn duration(run: &Run) -> Option<f64> {
    let (start, end) = (run.created_at?, run.finished_at?);
    Some(end.duration_since(start).ok()?.as_secs_f64())
}
