//! What the server keeps.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use kfp_runner::{engine::Control, record::Record};
use serde_json::{Map, Value, json};

/// The resources, in the order they were created in.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) pipelines: Vec<Map<String, Value>>,
    pub(crate) versions: Vec<Version>,
    pub(crate) experiments: Vec<Map<String, Value>>,
    pub(crate) runs: Vec<Run>,
    pub(crate) recurring: Vec<Map<String, Value>>,
    /// What the metadata store numbers, by what it is: `run/…`, `task/…`, `artifact/…`.
    pub(crate) numbers: BTreeMap<String, i64>,
}

/// A version of a pipeline.
pub(crate) struct Version {
    pub(crate) fields: Map<String, Value>,
    /// The compiled pipeline, as it was uploaded.
    pub(crate) text: String,
}

/// A run.
pub(crate) struct Run {
    /// All but its tasks.
    pub(crate) fields: Map<String, Value>,
    pub(crate) created: SystemTime,
    /// The compiled pipeline.
    pub(crate) text: String,
    /// What Argo would call it.
    pub(crate) workflow: String,
    /// Where the engine carries it out, once it does.
    pub(crate) directory: Option<PathBuf>,
    pub(crate) control: Option<Control>,
    /// What has happened so far, and when.
    pub(crate) records: Vec<(SystemTime, Record)>,
}

impl Run {
    pub(crate) fn id(&self) -> &str {
        self.fields["run_id"].as_str().unwrap_or_default()
    }

    pub(crate) fn state(&self) -> &str {
        self.fields["state"].as_str().unwrap_or_default()
    }

    /// Goes to a state, which its history shows unless it is about to end.
    pub(crate) fn become_state(&mut self, state: &str) {
        self.fields.insert("state".into(), state.into());
        if let Some(history) = self.fields["state_history"].as_array_mut() {
            history.push(json!({"state": state, "update_time": now()}));
        }
    }

    /// Ends, or goes on after it had ended.
    pub(crate) fn finish(&mut self, at: Option<SystemTime>) {
        let time = at.map_or_else(epoch, rfc3339);
        self.fields.insert("finished_at".into(), time.into());
    }
}

impl State {
    pub(crate) fn run(&mut self, id: &str) -> Option<&mut Run> {
        self.runs.iter_mut().find(|run| run.id() == id)
    }

    /// The number of something in the metadata store; always the same for the same thing.
    pub(crate) fn number(&mut self, what: String) -> i64 {
        let next = i64::try_from(self.numbers.len()).unwrap_or(i64::MAX) + 1;
        *self.numbers.entry(what).or_insert(next)
    }
}

/// The entry with this value in a field.
pub(crate) fn find<'a>(
    items: &'a mut [Map<String, Value>],
    field: &str,
    value: &str,
) -> Option<&'a mut Map<String, Value>> {
    items.iter_mut().find(|item| item[field] == value)
}

/// A random identifier in the form of a UUID.
pub(crate) fn uuid() -> String {
    let hex = format!("{:032x}", fastrand::u128(..));
    format!(
        "{}-{}-4{}-a{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..]
    )
}

pub(crate) fn rfc3339(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

pub(crate) fn now() -> String {
    rfc3339(SystemTime::now())
}

/// What the server writes where there is no time yet.
pub(crate) fn epoch() -> String {
    rfc3339(SystemTime::UNIX_EPOCH)
}

/// Milliseconds since 1970.
pub(crate) fn milliseconds(time: SystemTime) -> i64 {
    let since = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
