//! Experiments, which group runs.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::{StorageState, time};

/// A group of runs.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub struct Experiment {
    /// Its identifier, a UUID.
    pub experiment_id: String,
    /// Its name, unique within the namespace.
    pub display_name: String,
    /// What its author said about it.
    pub description: String,
    /// The namespace it belongs to, in multi-user mode.
    pub namespace: String,
    /// When it was created.
    #[serde(deserialize_with = "time::optional")]
    pub created_at: Option<SystemTime>,
    /// When its newest run was created.
    #[serde(deserialize_with = "time::optional")]
    pub last_run_created_at: Option<SystemTime>,
    /// Whether it is archived. A run that is created in an archived experiment is accepted, and archived with it.
    pub storage_state: StorageState,
}

/// A request for an experiment.
#[derive(Clone, Debug, Default, Serialize, PartialEq, Eq)]
pub struct NewExperiment {
    /// Its name.
    pub display_name: String,
    /// What to say about it.
    pub description: String,
    /// The namespace it belongs to; empty in single-user mode.
    pub namespace: String,
}
