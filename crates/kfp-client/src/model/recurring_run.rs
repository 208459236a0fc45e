//! Recurring runs: schedules that start runs.

use std::{fmt, time::SystemTime};

use serde::{Deserialize, Deserializer, Serialize};

use super::{PipelineVersionReference, RuntimeConfig, run::Status, state::names, time};

/// A schedule that starts runs.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub struct RecurringRun {
    /// Its identifier, a UUID.
    pub recurring_run_id: String,
    /// Its name for people.
    pub display_name: String,
    /// What its author said about it.
    pub description: String,
    /// The experiment of its runs.
    pub experiment_id: String,
    /// The namespace it belongs to.
    pub namespace: String,
    /// What it runs.
    pub pipeline_version_reference: Option<PipelineVersionReference>,
    /// What it runs it with.
    pub runtime_config: RuntimeConfig,
    /// The Kubernetes service account of its pods.
    pub service_account: String,
    /// When it starts runs. The server accepts a schedule without one, and never runs it.
    pub trigger: Option<Trigger>,
    /// `ENABLED` or `DISABLED`, in the server's words.
    pub status: String,
    /// How many of its runs may run at once.
    #[serde(deserialize_with = "integer")]
    pub max_concurrency: i64,
    /// Whether runs that were missed are not made up for.
    pub no_catchup: bool,
    /// When it was created.
    #[serde(deserialize_with = "time::optional")]
    pub created_at: Option<SystemTime>,
    /// When it was changed last.
    #[serde(deserialize_with = "time::optional")]
    pub updated_at: Option<SystemTime>,
    /// Why the server cannot use it.
    pub error: Option<Status>,
}

/// When a schedule starts runs.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// At times that a cron expression describes.
    CronSchedule(CronSchedule),
    /// Every so many seconds.
    PeriodicSchedule(PeriodicSchedule),
}

/// Times described by a cron expression, in UTC unless the server is configured otherwise.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(default)]
pub struct CronSchedule {
    /// Six fields, **seconds first**: `0 0 5 * * *` is five o'clock. The server takes the five classic fields for the
    /// first five of these: see [`cron::six_fields`](crate::cron::six_fields).
    pub cron: String,
    /// When it begins, RFC 3339; empty for at once.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub start_time: String,
    /// When it ends, RFC 3339; empty for never.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub end_time: String,
}

/// A fixed interval.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(default)]
pub struct PeriodicSchedule {
    /// Seconds from one start to the next.
    #[serde(deserialize_with = "integer")]
    pub interval_second: i64,
    /// When it begins, RFC 3339; empty for at once.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub start_time: String,
    /// When it ends, RFC 3339; empty for never.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub end_time: String,
}

names! {
    /// Whether a new schedule starts runs.
    Mode {
        /// It does.
        Enable = "ENABLE",
        /// Not until it is enabled.
        Disable = "DISABLE",
    }
}

/// A request for a schedule.
#[derive(Clone, Debug, Serialize, PartialEq)]
pub struct NewRecurringRun {
    /// Its name for people.
    pub display_name: String,
    /// What to say about it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The experiment of its runs.
    pub experiment_id: String,
    /// What to run.
    pub pipeline_version_reference: PipelineVersionReference,
    /// What to run it with.
    pub runtime_config: RuntimeConfig,
    /// The Kubernetes service account of its pods; empty for the server's default.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub service_account: String,
    /// When to start runs.
    pub trigger: Trigger,
    /// Whether it starts runs at once.
    pub mode: Mode,
    /// How many of its runs may run at once: 1 to 10.
    pub max_concurrency: u8,
    /// Whether runs that were missed are not made up for.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_catchup: bool,
}

/// Reads a 64-bit integer, which protobuf's JSON writes as a string.
fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Integer {
        Number(i64),
        Text(String),
    }
    match Integer::deserialize(deserializer)? {
        Integer::Number(number) => Ok(number),
        Integer::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}
