//! What came of a deployment: shown while it is waited for, and printed at the end.

use anyhow::Result;
use kfp_kserve::{Change, Deployer, Endpoint, Failure, Outcome, Plan};
use serde_json::Value;

use super::Limit;
use crate::{
    exit::ExitCode,
    output::{Console, Style},
};

/// Waits until the model answers; if it does not, shows why. `plan` is what has been applied, if anything.
pub(super) fn wait(
    deployer: &Deployer<'_>,
    name: &str,
    limit: &Limit,
    plan: Option<&Plan>,
    console: &mut Console,
) -> Result<(ExitCode, Endpoint)> {
    // What failed before counts, unless something has been changed since.
    let changed = plan.filter(|plan| plan.change != Change::Nothing);
    let before = changed.and_then(Plan::status_before);
    let outcome = deployer.wait(name, limit.timeout, limit.interval, before, |why| {
        console.status(Style::Info, "Waiting", why);
    })?;
    let namespace = deployer.namespace();
    match outcome {
        Outcome::Ready(endpoint) => {
            let url = match endpoint.url.as_str() {
                "" => "inside the cluster; it has no address outside",
                url => url,
            };
            console.status(Style::Success, "Ready", &format!("{name} at {url}"));
            Ok((ExitCode::Done, endpoint))
        }
        Outcome::Failed(failure) => {
            show(
                &format!("{name} does not start: {}", failure.problem),
                &failure,
                console,
            );
            let again = format!("`kfp-comp deploy wait {name} -n {namespace}` looks again");
            let is_of_model = changed.is_none_or(Plan::is_another_model);
            console.hint(&if failure.can_roll_back && is_of_model {
                format!("`kfp-comp deploy rollback {name} -n {namespace}` goes back to the model before; {again}")
            } else {
                again
            });
            Ok((ExitCode::Failed, Endpoint::default()))
        }
        Outcome::TimedOut(failure) => {
            let time = humantime::format_duration(limit.timeout);
            show(
                &format!("{name} is not ready after {time}: {}", failure.problem),
                &failure,
                console,
            );
            console.hint(&format!(
                "`kfp-comp deploy wait {name} -n {namespace}` waits on"
            ));
            Ok((ExitCode::TimedOut, Endpoint::default()))
        }
    }
}

fn show(problem: &str, failure: &Failure, console: &mut Console) {
    for (word, lines) in [
        ("Condition", &failure.conditions),
        ("Event", &failure.events),
        ("Unread", &failure.unread),
    ] {
        for line in lines {
            console.status(Style::Warning, word, line);
        }
    }
    for (container, text) in &failure.logs {
        console.status(Style::Warning, "Log", container);
        for line in text.lines() {
            console.say(&format!("             {line}"));
        }
    }
    // Last, where it is seen.
    console.failure(problem, std::iter::empty());
}

/// Prints the address, or all that is known of it as JSON.
pub(super) fn print(
    as_json: bool,
    told: &Value,
    endpoint: &Endpoint,
    console: &mut Console,
) -> Result<()> {
    if as_json {
        let mut told = told.clone();
        told["url"] = endpoint.url.as_str().into();
        told["revision"] = endpoint.revision.as_str().into();
        console.json(&told)?;
    } else if !endpoint.url.is_empty() {
        console.data(&endpoint.url)?;
    }
    Ok(())
}
