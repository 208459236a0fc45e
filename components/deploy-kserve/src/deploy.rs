//! Applies, waits, and goes back if the model does not start.

use std::time::Duration;

use kfp_component::prelude::*;
use kfp_kserve::{Change, Deployer, Deployment, Endpoint, Failure, Outcome, Plan};
use kfp_kube::{Client, Cluster};
use serde_json::{Value, json};

use crate::request::with_hint;

const INTERVAL: Duration = Duration::from_secs(2);

/// How it is deployed.
pub(crate) struct How {
    pub(crate) wait_seconds: u32,
    pub(crate) roll_back: bool,
    pub(crate) dry_run: bool,
}

/// What came of it.
pub(crate) struct Deployed {
    pub(crate) endpoint: Endpoint,
    pub(crate) applied: Value,
    /// The status of the service.
    pub(crate) told: Value,
}

/// The cluster that the task's pod runs in, or that of a kubeconfig elsewhere.
pub(crate) fn client() -> Result<Client> {
    let cluster = match Cluster::in_cluster()? {
        Some(cluster) => cluster,
        None => Cluster::discover(None)?,
    };
    Ok(Client::new(cluster)?)
}

/// Deploys.
pub(crate) fn run(
    client: &Client,
    namespace: &str,
    deployment: &Deployment,
    how: &How,
) -> Result<Deployed> {
    let deployer = Deployer::new(client, namespace);
    let plan = deployer.plan(deployment).map_err(with_hint)?;
    let name = plan.name();
    let mut done = Deployed {
        endpoint: Endpoint::default(),
        applied: plan.manifest.clone(),
        told: json!({}),
    };
    if how.dry_run {
        eprintln!("InferenceService {name} in {namespace}: checked, not written");
        return Ok(done);
    }
    deployer.apply(&plan).map_err(with_hint)?;
    let word = match plan.change {
        Change::Create => "created",
        Change::Update => "updated",
        Change::Nothing => "unchanged",
    };
    eprintln!("InferenceService {name} in {namespace}: {word}");
    if how.wait_seconds > 0 {
        done.endpoint = wait(&deployer, &plan, how)?;
    }
    if let Some(mut live) = deployer.live(name).map_err(with_hint)?
        && live["status"].is_object()
    {
        done.told = live["status"].take();
    }
    Ok(done)
}

fn wait(deployer: &Deployer<'_>, plan: &Plan, how: &How) -> Result<Endpoint> {
    let limit = Duration::from_secs(how.wait_seconds.into());
    // What failed before counts, unless something has been changed since.
    let before = plan
        .status_before()
        .filter(|_| plan.change != Change::Nothing);
    let outcome = deployer
        .wait(plan.name(), limit, INTERVAL, before, |why| {
            eprintln!("waiting: {why}");
        })
        .map_err(with_hint)?;
    let failure = match outcome {
        Outcome::Ready(endpoint) => {
            eprintln!("ready: {}", endpoint.url);
            return Ok(endpoint);
        }
        Outcome::Failed(failure) => failure,
        Outcome::TimedOut(mut failure) => {
            failure.problem = format!(
                "not ready after {} s: {}",
                how.wait_seconds, failure.problem
            );
            failure
        }
    };
    show(&failure);
    let mut text = format!("{} does not start: {}", plan.name(), failure.problem);
    if how.roll_back && plan.is_another_model() {
        let rolled_back = deployer
            .plan_rollback(plan.name())
            .and_then(|back| deployer.apply(&back));
        text = match rolled_back {
            Ok(_) => format!("{text}\nthe model before has been put back"),
            Err(error) => format!("{text}\nthe model before could not be put back: {error}"),
        };
    }
    Err(text.into())
}

fn show(failure: &Failure) {
    for condition in &failure.conditions {
        eprintln!("condition: {condition}");
    }
    for event in &failure.events {
        eprintln!("event: {event}");
    }
    for what in &failure.unread {
        eprintln!("could not be read: {what}");
    }
    for (container, text) in &failure.logs {
        eprintln!("log of {container}:\n{text}");
    }
}
