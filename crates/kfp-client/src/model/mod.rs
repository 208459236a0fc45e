//! What the API server stores and answers, field by field as its JSON names it.
//!
//! The server omits whatever is empty, so every field has a default, and a newer server may send more: unknown fields
//! are ignored and unknown states are kept as text.

mod experiment;
mod nodes;
mod pipeline;
mod recurring_run;
mod run;
mod state;
pub(crate) mod time;

pub use experiment::{Experiment, NewExperiment};
pub use pipeline::{Pipeline, PipelineVersion, PipelineVersionReference};
pub use recurring_run::{
    CronSchedule, Mode, NewRecurringRun, PeriodicSchedule, RecurringRun, Trigger,
};
pub use run::{ChildTask, NewRun, Run, RunDetails, RuntimeConfig, Source, Status, TaskDetail};
pub(crate) use state::names;
pub use state::{State, StateChange, StorageState};

use serde::Deserialize;

/// What the server says about itself.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub struct Health {
    /// The commit it was built from.
    pub commit_sha: String,
    /// The release, in words of whoever built it. Forks write their own, so no feature can be inferred from it.
    pub tag_name: String,
    /// Whether runs belong to namespaces and a login is required.
    pub multi_user: bool,
    /// Where pipelines are stored: `database` or `kubernetes`; empty before release 2.14.
    pub pipeline_store: String,
}
