//! Pipelines on a cluster, by the same words as on this machine.
//!
//! A run's name says where it is: a UUID is a cluster's, a date this machine's.

mod diagnosis;
mod events;
mod interrupts;
mod kept;
mod kube;
mod login;
mod parameters;
mod pipeline;
mod preflight;
mod profiles;
mod run_args;
mod sdk;
mod server;
mod show;

pub(crate) mod artifacts;
pub(crate) mod doctor;
pub(crate) mod experiments;
pub(crate) mod logs;
pub(crate) mod metrics;
pub(crate) mod profile;
pub(crate) mod runs;
pub(crate) mod schedule;
pub(crate) mod submit;
pub(crate) mod up;
pub(crate) mod watch;

pub(crate) use kept::{fetch, is_of_cluster};
pub(crate) use server::ServerArgs;

use kfp_client::Error;

use crate::exit::ExitCode;

/// What to do about an error of the client, to print after `hint:`.
pub(crate) fn hint(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    if let Some(explained) = error.downcast_ref::<diagnosis::Explained>() {
        return Some(explained.hint.clone());
    }
    diagnosis::of(error.downcast_ref()?).map(|found| found.hint)
}

/// How the program ends after an error of the client.
pub(crate) fn exit_code(error: &Error) -> ExitCode {
    if diagnosis::of(error).is_some() {
        return ExitCode::Found;
    }
    match error {
        Error::Endpoint(_) => ExitCode::Usage,
        Error::Api { error, .. } if matches!(error.status, 400 | 404) => ExitCode::Usage,
        _ => ExitCode::Failed,
    }
}

/// The time for people, which also names what is created now: `2026-11-26 18:30:02`.
fn now() -> String {
    let now = humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string();
    now.replace('T', " ").trim_end_matches('Z').to_owned()
}
