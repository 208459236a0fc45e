//! `kfp-comp doctor --cluster`: what stands between this machine and a KFP server.

use std::fmt::Write as _;

use anyhow::Result;
use kfp_client::{Client, Error, List, model::Health};
use serde::Serialize;
use serde_json::json;

use super::{
    diagnosis::{self, Cause, Diagnosis},
    preflight,
    server::{Server, ServerArgs},
};
use crate::{
    exit::ExitCode,
    output::{Console, Style},
};

/// A question, and the answer.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    /// What is so, if that is right.
    found: Option<String>,
    /// What is wrong.
    #[serde(flatten)]
    diagnosis: Option<Diagnosis>,
}

/// Runs the verb.
///
/// # Errors
/// If no server is named.
pub(crate) fn run(args: &ServerArgs, as_json: bool, console: &mut Console) -> Result<ExitCode> {
    let server = args.server()?;
    let checks = checks(&server);
    if as_json {
        console.json(&json!({"endpoint": server.client.endpoint(), "checks": checks}))?;
    } else {
        console.data(&text(&checks))?;
    }
    if let Some(wrong) = checks.into_iter().find_map(|check| check.diagnosis) {
        console.status(Style::Error, "Unhealthy", &wrong.what);
        console.hint(&wrong.hint);
        return Ok(ExitCode::Found);
    }
    console.status(
        Style::Success,
        "Healthy",
        "pipelines can be submitted there",
    );
    Ok(ExitCode::Done)
}

fn text(checks: &[Check]) -> String {
    let mut text = String::new();
    for check in checks {
        let _ = match (&check.found, &check.diagnosis) {
            (_, Some(wrong)) => writeln!(text, "wrong  {}: {}", check.name, wrong.what),
            (found, None) => writeln!(
                text,
                "ok     {}: {}",
                check.name,
                found.as_deref().unwrap_or_default()
            ),
        };
    }
    text
}

/// One thing after the other, up to the first that is wrong.
fn checks(server: &Server) -> Vec<Check> {
    let ok = |name, found: String| Check {
        name,
        found: Some(found),
        diagnosis: None,
    };
    let wrong = |name, diagnosis| Check {
        name,
        found: None,
        diagnosis: Some(diagnosis),
    };
    let address = format!("{} ({})", server.client.endpoint(), server.found);
    let mut checks = vec![ok("address", address), ok("login", server.login.clone())];
    let health = match server.client.health() {
        Ok(health) => health,
        Err(error) => {
            checks.push(wrong("server", of_server(&error, server)));
            return checks;
        }
    };
    checks.push(ok("server", release(&health)));
    if health.multi_user && server.namespace.is_empty() {
        let diagnosis = Diagnosis {
            cause: Cause::Namespace,
            what: "the server has users with namespaces, and none is named".to_owned(),
            hint: "name yours: `--namespace NAMESPACE`, or store it: `kfp-comp profile set NAME --namespace NAMESPACE`"
                .to_owned(),
        };
        checks.push(wrong("namespace", diagnosis));
        return checks;
    }
    let list = List::all()
        .sort_by("created_at desc")
        .page_size(1)
        .namespace(&server.namespace);
    let latest = match server.client.runs(&list).next().transpose() {
        Ok(latest) => latest,
        Err(error) => {
            let found =
                diagnosis::of_runs(&error, server).unwrap_or_else(|| diagnosis::unknown(&error));
            checks.push(wrong("runs", found));
            return checks;
        }
    };
    let Some(latest) = latest else {
        checks.push(ok(
            "runs",
            "none yet, so outputs were not looked at".to_owned(),
        ));
        return checks;
    };
    checks.push(ok("runs", format!("the latest is {}", latest.run_id)));
    checks.push(match server.client.outputs(&latest.run_id) {
        Ok(outputs) => ok(
            "outputs",
            format!("{} tasks are known", outputs.tasks.len()),
        ),
        Err(error) => wrong("outputs", diagnosis::of_metadata(&error, server)),
    });
    checks
}

fn release(health: &Health) -> String {
    let users = if health.multi_user { "with" } else { "without" };
    let release = match preflight::backend(health) {
        Some(backend) => format!("KFP {backend}"),
        None if health.tag_name.is_empty() => "KFP 2 of an unknown release".to_owned(),
        None => format!("KFP 2, which calls itself {}", health.tag_name),
    };
    format!("{release}, {users} users")
}

/// What is wrong with a server that does not say how it is.
fn of_server(error: &Error, server: &Server) -> Diagnosis {
    let found = diagnosis::of(error).unwrap_or_else(|| diagnosis::unknown(error));
    if found.cause != Cause::WrongAddress {
        return found;
    }
    if server.client.is_kfp_1() {
        return Diagnosis {
            cause: Cause::Kfp1,
            what: "the server is one of KFP 1, which runs no compiled pipelines of KFP 2".to_owned(),
            hint: "it needs KFP 2: https://www.kubeflow.org/docs/components/pipelines/operator-guides/installation"
                .to_owned(),
        };
    }
    match elsewhere(server) {
        Some(address) => Diagnosis {
            hint: format!("KFP answers at {address}: `--endpoint {address}`"),
            ..found
        },
        None => found,
    }
}

/// Where on the same host KFP answers, of the places where it usually is.
fn elsewhere(server: &Server) -> Option<String> {
    let endpoint = server.client.endpoint();
    let (scheme, rest) = endpoint.split_once("://")?;
    let host = rest.split('/').next()?;
    let root = format!("{scheme}://{host}");
    let places = [
        root.clone() + "/pipeline",
        root.clone(),
        root + "/_/pipeline",
    ];
    places
        .into_iter()
        .filter(|place| place != endpoint)
        .find(|place| {
            let client: Option<Client> = server.client.at(place).ok();
            client.is_some_and(|client| client.health().is_ok())
        })
}
