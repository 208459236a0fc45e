//! `kfp-comp deploy`: puts models behind KServe.

#![allow(
    clippy::doc_markdown,
    reason = "documentation of arguments is clap's help text"
)]

mod cluster;
mod model;
mod outcome;
mod print;

use std::time::Duration;

use anyhow::Result;
use kfp_kserve::{Change, Deployer, Plan};
use serde_json::{Value, json};
use similar::TextDiff;

use crate::{
    exit::ExitCode,
    output::{Console, Style},
};

use cluster::ClusterArgs;
use model::ModelArgs;

/// Deploy models behind KServe's InferenceService
///
/// Works with the cluster that kubectl works with.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp deploy print s3://models/iris/3 --name iris --explain
  kfp-comp deploy apply s3://models/iris/3 --name iris --service-account models
  kfp-comp deploy apply s3://models/iris/4 --name iris --canary 10
  kfp-comp deploy rollback iris")]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    Print(print::Args),
    /// Show what applying would change; exits with 4 if anything would
    Diff {
        #[command(flatten)]
        model: ModelArgs,
        #[command(flatten)]
        cluster: ClusterArgs,
    },
    /// Apply on the server, and wait until the model answers
    ///
    /// Nothing is written if nothing has changed. Prints the model's address.
    Apply {
        #[command(flatten)]
        model: ModelArgs,
        #[command(flatten)]
        write: WriteArgs,
        /// Take over fields that other tools have set
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        cluster: ClusterArgs,
    },
    /// Wait until a deployed model answers
    Wait {
        /// Name of the InferenceService
        name: String,
        #[command(flatten)]
        limit: Limit,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        cluster: ClusterArgs,
    },
    /// Go back to the model before; a second time, back again
    ///
    /// A canary is dropped.
    Rollback {
        /// Name of the InferenceService
        name: String,
        #[command(flatten)]
        write: WriteArgs,
        #[command(flatten)]
        cluster: ClusterArgs,
    },
    /// Delete an InferenceService with its pods
    Delete {
        /// Name of the InferenceService
        name: String,
        /// Let the server check, and delete nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        cluster: ClusterArgs,
    },
    StorageLogin(print::StorageLoginArgs),
    ServingRuntime(print::ServingRuntimeArgs),
}

/// Options of verbs that change a service.
#[derive(Debug, clap::Args)]
struct WriteArgs {
    /// Let the server check, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not wait until the model answers
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    limit: Limit,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// How long is waited.
#[derive(Debug, clap::Args)]
struct Limit {
    /// Give up waiting after this time, with exit code 124
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = humantime::parse_duration)]
    timeout: Duration,
    /// Ask for the status so often
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = humantime::parse_duration, hide = true)]
    interval: Duration,
}

/// Runs the verb.
///
/// # Errors
/// If the model cannot be deployed. The error names verb and resource.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let result = match &args.verb {
        Verb::Print(args) => print::run(args, console),
        Verb::StorageLogin(args) => print::storage_login(args, console),
        Verb::ServingRuntime(args) => print::serving_runtime(args, console),
        Verb::Diff { model, cluster } => diff(model, cluster, console),
        Verb::Apply {
            model,
            write,
            force,
            cluster,
        } => apply(model, write, *force, cluster, console),
        Verb::Wait {
            name,
            limit,
            json,
            cluster,
        } => wait(name, limit, *json, cluster, console),
        Verb::Rollback {
            name,
            write,
            cluster,
        } => rollback(name, write, cluster, console),
        Verb::Delete {
            name,
            dry_run,
            cluster,
        } => delete(name, *dry_run, cluster, console),
    };
    result.or_else(|error| unreachable_is_told_apart(error, console))
}

fn diff(model: &ModelArgs, cluster: &ClusterArgs, console: &mut Console) -> Result<ExitCode> {
    let deployment = model.deployment(console)?;
    let (client, namespace) = cluster.connect(console)?;
    let plan = Deployer::new(&client, &namespace).plan(&deployment)?;
    if plan.change == Change::Nothing {
        console.status(Style::Success, "Unchanged", &described(&plan));
        return Ok(ExitCode::Done);
    }
    console.data(&difference(&plan))?;
    Ok(ExitCode::Found)
}

/// What would change, as `kubectl diff` shows it.
fn difference(plan: &Plan) -> String {
    let text = |object: Value| match object {
        Value::Null => String::new(),
        object => kfp_kserve::to_yaml(&object),
    };
    let (before, after) = (text(plan.before()), text(plan.after()));
    TextDiff::from_lines(&before, &after)
        .unified_diff()
        .header("live", "applied")
        .to_string()
}

fn apply(
    model: &ModelArgs,
    write: &WriteArgs,
    force: bool,
    cluster: &ClusterArgs,
    console: &mut Console,
) -> Result<ExitCode> {
    let deployment = model.deployment(console)?;
    console.detail("Serving", &deployment.serving().describe());
    let (client, namespace) = cluster.connect(console)?;
    let deployer = Deployer::new(&client, &namespace).force(force);
    let plan = deployer.plan(&deployment)?;
    carry_out(&deployer, &plan, write, console)
}

fn wait(
    name: &str,
    limit: &Limit,
    as_json: bool,
    cluster: &ClusterArgs,
    console: &mut Console,
) -> Result<ExitCode> {
    let (client, namespace) = cluster.connect(console)?;
    let deployer = Deployer::new(&client, &namespace);
    let (code, endpoint) = outcome::wait(&deployer, name, limit, None, console)?;
    outcome::print(as_json, &json!({ "name": name }), &endpoint, console)?;
    Ok(code)
}

fn rollback(
    name: &str,
    write: &WriteArgs,
    cluster: &ClusterArgs,
    console: &mut Console,
) -> Result<ExitCode> {
    let (client, namespace) = cluster.connect(console)?;
    let deployer = Deployer::new(&client, &namespace);
    let plan = deployer.plan_rollback(name)?;
    carry_out(&deployer, &plan, write, console)
}

/// Applies a plan, waits, and prints what came of it.
fn carry_out(
    deployer: &Deployer<'_>,
    plan: &Plan,
    write: &WriteArgs,
    console: &mut Console,
) -> Result<ExitCode> {
    let word = match (plan.change, write.dry_run) {
        (Change::Nothing, _) => "Unchanged",
        (Change::Create, false) => "Created",
        (Change::Create, true) => "Would create",
        (Change::Update, false) => "Updated",
        (Change::Update, true) => "Would update",
    };
    let told = json!({
        "name": plan.name(),
        "change": word.to_lowercase(),
        "manifest": plan.manifest,
    });
    if write.dry_run {
        console.status(Style::Info, word, &described(plan));
        if write.json {
            console.json(&told)?;
        } else {
            console.data(&kfp_kserve::to_yaml(&plan.manifest))?;
        }
        return Ok(ExitCode::Done);
    }
    deployer.apply(plan)?;
    console.status(Style::Success, word, &described(plan));
    if write.no_wait {
        if write.json {
            console.json(&told)?;
        }
        return Ok(ExitCode::Done);
    }
    let (code, endpoint) = outcome::wait(deployer, plan.name(), &write.limit, Some(plan), console)?;
    outcome::print(write.json, &told, &endpoint, console)?;
    Ok(code)
}

fn delete(
    name: &str,
    dry_run: bool,
    cluster: &ClusterArgs,
    console: &mut Console,
) -> Result<ExitCode> {
    let (client, namespace) = cluster.connect(console)?;
    let was_there = Deployer::new(&client, &namespace).delete(name, dry_run)?;
    let word = match (was_there, dry_run) {
        (false, _) => "Absent",
        (true, false) => "Deleted",
        (true, true) => "Would delete",
    };
    console.status(
        Style::Success,
        word,
        &format!("InferenceService {name} in namespace {namespace}"),
    );
    Ok(ExitCode::Done)
}

/// The service and where its model is.
fn described(plan: &Plan) -> String {
    let spec = &plan.manifest["spec"];
    let (predictor, share) = match &spec["canary"][0] {
        Value::Null => (
            &spec["predictor"],
            &spec["predictor"]["canaryTrafficPercent"],
        ),
        canary => (&canary["predictor"], &canary["trafficPercent"]),
    };
    let uri = [
        &predictor["model"]["storageUri"],
        &predictor["containers"][0]["env"][0]["value"],
    ];
    let uri = uri.iter().find_map(|uri| uri.as_str()).unwrap_or_default();
    let share = share.as_u64().map_or(String::new(), |share| {
        format!(", {share} % of the requests")
    });
    format!("InferenceService {}: {uri}{share}", plan.name())
}

/// A cluster that cannot be reached, or wants a login, has an exit code of its own.
fn unreachable_is_told_apart(error: anyhow::Error, console: &mut Console) -> Result<ExitCode> {
    let kube = error.downcast_ref::<kfp_kube::Error>();
    let of_service = error.downcast_ref::<kfp_kserve::Error>();
    if let Some(kfp_kserve::Error::Argument { .. }) = of_service {
        console.error(&error);
        return Ok(ExitCode::Usage);
    }
    let kube = kube.or_else(|| of_service?.cluster());
    if kube.is_some_and(kfp_kube::Error::is_about_access) {
        console.error(&error);
        return Ok(ExitCode::Found);
    }
    Err(error)
}
