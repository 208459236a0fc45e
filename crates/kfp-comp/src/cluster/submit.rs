//! `kfp-comp submit`: a pipeline, run on a cluster.

use std::path::PathBuf;

use anyhow::{Context, Result};
use kfp_client::{
    Error,
    model::{Experiment, NewExperiment, NewRun, RuntimeConfig, StorageState},
};
use serde_json::json;

use super::{
    diagnosis::{self, Cause, Explained},
    parameters, pipeline,
    preflight::{self, PreflightArgs},
    sdk,
    server::{Server, ServerArgs},
    watch::{self, WatchArgs},
};
use crate::{
    error::hinted_usage,
    exit::ExitCode,
    output::{Console, Style},
    pipeline::flags,
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
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(crate) struct Args {
    /// The .yaml or .py file of a pipeline, or the name of an uploaded one: NAME or NAME@VERSION
    #[arg(value_name = "PIPELINE")]
    name: String,
    /// Experiment of the run; it is created if there is none of that name
    #[arg(long, short, value_name = "NAME", visible_alias = "experiment-name")]
    experiment: Option<String>,
    /// Name of the run for people [default: that of the pipeline and the time]
    #[arg(long, short, value_name = "NAME")]
    run_name: Option<String>,
    /// YAML or JSON file with parameters; flags after `--` come before it
    #[arg(long, value_name = "FILE")]
    params: Option<PathBuf>,
    /// Where outputs go: minio://, s3:// or gs:// [default: the server's choice]
    #[arg(long, value_name = "URI")]
    pipeline_root: Option<String>,
    /// Kubernetes service account of the run's pods [default: the server's choice]
    #[arg(long, value_name = "NAME")]
    service_account: Option<String>,
    /// Run every task, whatever the server's cache has
    #[arg(long, visible_alias = "disable-caching")]
    no_cache: bool,
    /// Show the run until it ends
    #[arg(long, short)]
    watch: bool,
    #[command(flatten)]
    watching: WatchArgs,
    #[command(flatten)]
    preflight: PreflightArgs,
    /// Print the request, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Print the run as JSON; with `--watch` every event, one per line
    #[arg(long)]
    json: bool,
    /// The Python that compiles pipelines
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
    /// Parameters, such as --trees 50
    #[arg(last = true, value_name = "PARAMETERS", allow_hyphen_values = true)]
    inputs: Vec<String>,
    #[command(flatten)]
    server: ServerArgs,
}

/// Runs the verb.
///
/// # Errors
/// If something is wrong with the pipeline or its parameters, or the server refuses the run or cannot be reached.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let file = pipeline::file(&args.name);
    // A file can be explained, and its parameters checked, without a server.
    let submitted = match &file {
        Some(path) => pipeline::of_file(path, args.python.as_deref(), console)?,
        None => pipeline::uploaded(&args.name, &args.server.server()?)?,
    };
    let spec = &submitted.pipeline.spec;
    if let ["--help" | "-h"] = args.inputs.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        console.data(&flags::help(spec))?;
        return Ok(ExitCode::Done);
    }
    let parameters = parameters::read(spec, args.params.as_deref(), &args.inputs)?;
    let server = args.server.server()?;
    let mut new = NewRun {
        display_name: args
            .run_name
            .clone()
            .unwrap_or_else(|| format!("{} {}", spec.pipeline_info.name, super::now())),
        source: submitted.source.clone(),
        runtime_config: RuntimeConfig {
            parameters,
            pipeline_root: args.pipeline_root.clone().unwrap_or_default(),
        },
        service_account: args.service_account.clone().unwrap_or_default(),
        ..NewRun::default()
    };
    if args.no_cache {
        pipeline::disable_caching(&mut new.source);
    }
    let experiment = sdk::experiment(args.experiment.as_deref(), server.experiment.as_deref());
    if args.dry_run {
        console.json(&json!({
            "request": format!("POST {}/apis/v2beta1/runs", server.client.endpoint()),
            "experiment": experiment,
            "body": new,
        }))?;
        return Ok(ExitCode::Done);
    }
    let request = preflight::Request {
        submitted: &submitted,
        file: file.as_deref(),
        parameters: &new.runtime_config.parameters,
        pipeline_root: &new.runtime_config.pipeline_root,
        service_account: &new.service_account,
    };
    preflight::check(&request, &args.preflight, &server, console)?;
    if let Some(name) = &experiment {
        new.experiment_id = find_or_create(&server, name)?.experiment_id;
    }
    let run = server
        .client
        .create_run(&new)
        .map_err(|error| unaccepted(error, &args.name))?;
    let id = run.run_id.clone();
    let text = format!("{} run {id}", spec.pipeline_info.name);
    console.status(Style::Success, "Submitted", &text);
    let page = server.page(&format!("runs/details/{id}"));
    if args.watch {
        console.detail("Page", &page);
        return watch::follow(&server, run, spec, &args.watching, args.json, console);
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
