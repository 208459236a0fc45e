//! Pipelines on a cluster, by the same words as on this machine.
//!
//! A run's name says where it is: a UUID is a cluster's, a date this machine's.

mod action;
mod diagnosis;
mod download;
mod events;
mod kept;
mod kube;
mod login;
mod parameters;
mod pipeline;
mod pods;
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

use std::time::SystemTime;

use kfp_client::Error;

use crate::exit::ExitCode;

/// What to do about an error of the client, to print after `hint:`.
pub(crate) fn hint(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    if let Some(explained) = error.downcast_ref::<diagnosis::Explained>() {
        return Some(explained.hint.clone());
    }
    let error: &Error = error.downcast_ref()?;
    let found = diagnosis::of(error).map(|found| found.hint);
    found.or_else(|| error.hint())
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

/// A time for scripts and tables: `2026-11-26T18:30:02Z`.
fn timestamp(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

/// A time for people, in UTC: `2026-11-26 18:30:02`.
fn moment(time: SystemTime) -> String {
    let text = timestamp(time).replace('T', " ");
    text.trim_end_matches('Z').to_owned()
}

/// The time, by which people tell what is created now.
fn now() -> String {
    moment(SystemTime::now())
}
