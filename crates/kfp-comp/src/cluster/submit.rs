//! `kfp-comp submit`: a pipeline, run on a cluster.

use anyhow::{Context, Result};
use kfp_client::{
    Error,
    model::{Experiment, NewExperiment, NewRun, Source, StorageState},
};
use serde_json::json;

use super::{
    diagnosis::{self, Cause, Explained},
    pipeline,
    run_args::RunArgs,
    server::Server,
    watch::{self, Begin, WatchArgs},
};
use crate::{
    error::hinted_usage,
    exit::ExitCode,
    output::{Console, Style},
};

/// Run a pipeline on a cluster
///
/// The same file, the same parameters and the same display as `kfp-comp run`. Everything the server or the cluster would
/// refuse is looked for before anything is sent. With `--watch`, exits with 0 if the run succeeded, 1 if it failed, 3 if
/// somebody stopped it and 124 if `--timeout` is over; 4 if the server cannot be reached or wants a login.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp submit pipelines/iris/iris.yaml --experiment iris --watch -- --trees 50
  kfp-comp submit iris.yaml --params night.yaml --dry-run
  kfp-comp submit iris-pipeline@v2 --endpoint http://localhost:8888
  kfp-comp submit iris.yaml -- --help")]
pub(crate) struct Args {
    #[command(flatten)]
    run: RunArgs,
    /// Name of the run for people [default: that of the pipeline and the time]
    #[arg(long, short, value_name = "NAME")]
    run_name: Option<String>,
    /// Run every task, whatever the server's cache has
    #[arg(long, visible_alias = "disable-caching")]
    no_cache: bool,
    /// Show the run until it ends
    #[arg(long, short)]
    watch: bool,
    #[command(flatten)]
    watching: WatchArgs,
    /// Print the run as JSON; with `--watch` every event, one per line
    #[arg(long)]
    json: bool,
}

/// Runs the verb.
///
/// # Errors
/// If something is wrong with the pipeline or its parameters, or the server refuses the run or cannot be reached.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let Some(asked) = args.run.read(console)? else {
        return Ok(ExitCode::Done);
    };
    let server = &asked.server;
    let spec = &asked.submitted.pipeline.spec;
    let mut new = NewRun {
        display_name: args
            .run_name
            .clone()
            .unwrap_or_else(|| format!("{} {}", spec.pipeline_info.name, super::now())),
        source: asked.submitted.source.clone(),
        runtime_config: asked.config.clone(),
        service_account: asked.service_account.clone(),
        ..NewRun::default()
    };
    if args.no_cache {
        let Source::Spec(package) = &mut new.source else {
            return Err(hinted_usage(
                "the cache of an uploaded pipeline cannot be switched off for one run",
                "submit the pipeline's file: `kfp-comp submit FILE --no-cache`",
            ));
        };
        pipeline::disable_caching(package);
    }
    if !args.run.may_send(&asked, "runs", &new, console)? {
        return Ok(ExitCode::Done);
    }
    if let Some(name) = &asked.experiment {
        new.experiment_id = find_or_create(server, name)?.experiment_id;
    }
    let run = server
        .client
        .create_run(&new)
        .map_err(|error| unaccepted(error, &args.run.pipeline))?;
    let id = run.run_id.clone();
    let text = format!("{} run {id}", spec.pipeline_info.name);
    console.status(Style::Success, "Submitted", &text);
    let page = server.page(&format!("runs/details/{id}"));
    if args.watch {
        console.detail("Page", &page);
        return watch::follow(
            server,
            Begin::Known(run),
            spec,
            &args.watching,
            args.json,
            console,
        );
    }
    console.status(Style::Info, "Page", &page);
    if args.json {
        console.json(&json!({
            "run": id,
            "name": run.display_name,
            "experiment_id": run.experiment_id,
            "page": page,
        }))?;
    } else {
        console.data(&id)?;
    }
    Ok(ExitCode::Done)
}

/// A run is sent once, so after a broken connection nobody knows.
fn unaccepted(error: Error, name: &str) -> anyhow::Error {
    if diagnosis::of(&error).is_some_and(|found| found.cause == Cause::Silent) {
        let explained = Explained {
            what: format!("the connection broke, and the run of `{name}` may have been accepted"),
            hint: "look: `kfp-comp runs list --cluster`".to_owned(),
            source: error,
        };
        return explained.into();
    }
    anyhow::Error::new(error).context(format!("the server did not accept the run of `{name}`"))
}

/// The experiment of a name; it is created if need be.
///
/// # Errors
/// If it is archived, where runs would vanish from every list, or the server cannot be asked.
pub(super) fn find_or_create(server: &Server, name: &str) -> Result<Experiment> {
    let client = &server.client;
    if let Some(found) = client.experiment_by_name(name, &server.namespace)? {
        if found.storage_state == StorageState::Archived {
            return Err(hinted_usage(
                format!("the experiment `{name}` is archived, and runs in it would be too"),
                format!("take it out of the archive: `kfp-comp experiments unarchive {name}`"),
            ));
        }
        return Ok(found);
    }
    let created = client.create_experiment(&NewExperiment {
        display_name: name.to_owned(),
        description: String::new(),
        namespace: server.namespace.clone(),
    });
    created.with_context(|| format!("could not create the experiment `{name}`"))
}
