//! Which run and task this is.

use std::env;
use std::sync::OnceLock;

use crate::executor_input::ExecutorInput;

/// The run and the task that the program belongs to, as far as KFP says; see [`run`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Run {
    /// The run's identifier, as in KFP's UI and API. KFP 2 on a cluster.
    pub id: Option<String>,
    /// The pipeline's name. KFP 2 on a cluster.
    pub pipeline: Option<String>,
    /// The task's name: `train-eval`, `train-eval-2`. KFP 2, `kfp.local` included.
    pub task: Option<String>,
    /// The pod's name. KFP 2 on a cluster, where the environment has `KFP_POD_NAME`.
    pub pod: Option<String>,
}

static RUN: OnceLock<Run> = OnceLock::new();

/// The run and the task that the program belongs to, to name them in logs, reports and calls to other services.
///
/// Everything is `None` on KFP 1, which does not tell a program, and in unit tests. Use it for nothing that a result depends
/// on: KFP does not run a task again if only this has changed.
///
/// ```
/// let run = kfp_component::run();
/// let agent = match run.id {
///     Some(id) => format!("word-count (run {id})"),
///     None => "word-count".into(),
/// };
/// assert_eq!(agent, "word-count");
/// ```
pub fn run() -> Run {
    RUN.get().cloned().unwrap_or_default()
}

/// Remembers what the executor input says.
pub(crate) fn remember(input: Option<&ExecutorInput>) {
    let run = Run {
        pod: env::var("KFP_POD_NAME")
            .ok()
            .filter(|name| !name.is_empty()),
        ..input.map(from_executor_input).unwrap_or_default()
    };
    // It is remembered once, at the start.
    let _ = RUN.set(run);
}

/// KFP 2 does not tell a program directly, but stores its outputs at `ROOT/PIPELINE/RUN/TASK/UUID/OUTPUT`, and `kfp.local` at
/// `ROOT/…/TASK/OUTPUT`.
fn from_executor_input(input: &ExecutorInput) -> Run {
    let Some(uri) = input.output_uri() else {
        return Run::default();
    };
    let mut parts = uri.rsplit('/').skip(1);
    let mut next = || {
        parts
            .next()
            .filter(|part| !part.is_empty())
            .map(String::from)
    };
    if input.is_local() {
        return Run {
            task: next(),
            ..Run::default()
        };
    }
    next();
    let (task, id, pipeline) = (next(), next(), next());
    Run {
        id,
        pipeline,
        task,
        pod: None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Run, from_executor_input};
    use crate::executor_input::ExecutorInput;

    fn read(uri: &str, file: &str) -> Run {
        let artifacts = json!({"executor-logs": {"artifacts": [{"uri": uri}]}});
        let input = json!({"outputs": {"artifacts": artifacts, "outputFile": file}});
        from_executor_input(&ExecutorInput::parse(&input.to_string()).unwrap())
    }

    #[test]
    fn a_cluster_tells_by_where_the_outputs_go() {
        let root =
            "minio://mlpipeline/v2/artifacts/iris-pipeline/81d878bd-32c9-4940-9776-0522f605f445";
        let task = format!("{root}/data-preprocess/f12b3a2f-7500-4067-be10-7ef3e40b788b");
        let run = read(
            &format!("{task}/executor-logs-0"),
            "/tmp/output_metadata.json",
        );
        assert_eq!(
            run.id.as_deref(),
            Some("81d878bd-32c9-4940-9776-0522f605f445")
        );
        assert_eq!(run.pipeline.as_deref(), Some("iris-pipeline"));
        assert_eq!(run.task.as_deref(), Some("data-preprocess"));
    }

    #[test]
    fn kfp_local_tells_the_task_only() {
        let run = read(
            "/tmp/root/p-2026-11-26/echo/out",
            "/tmp/root/p-2026-11-26/echo/executor_output.json",
        );
        assert_eq!(run.task.as_deref(), Some("echo"));
        assert_eq!(run.id, None);
    }
}
