//! Where kfp.local does something else than KFP's backend, and a comparison may want that.

use serde_json::{Value, json};

/// Whose rules a run follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Those of KFP's backend.
    #[default]
    Backend,
    /// Those of kfp.local 2.17, in the four respects below; all else is as on the backend.
    KfpLocal,
}

impl Dialect {
    /// Whether a condition that cannot be evaluated is false instead of a failure.
    pub(super) fn undecidable_is_false(self) -> bool {
        self == Self::KfpLocal
    }

    /// Whether a task after one whose condition is false runs.
    pub(super) fn runs_after_skipped(self) -> bool {
        self == Self::KfpLocal
    }

    /// Whether the outputs of a loop within a loop are one list.
    pub(super) fn gathers_flat(self) -> bool {
        self == Self::Backend
    }

    /// What an exit task is told: of which run, which task, how that ended, and why.
    pub(super) fn final_status(
        self,
        run: &str,
        task: &str,
        state: &str,
        error: Option<&String>,
    ) -> Value {
        let error = error.map_or_else(|| json!({}), |message| json!({"message": message}));
        match self {
            Self::Backend => json!({
                "state": state,
                "pipelineJobResourceName": run,
                "pipelineTaskName": task,
                "error": error,
            }),
            Self::KfpLocal => json!({
                "state": state,
                "pipeline_job_resource_name": run,
                "pipeline_task_name": task,
                "error": error,
            }),
        }
    }
}
