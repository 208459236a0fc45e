//! What a report shows of a run, for scripts.

use std::io;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{run, source::Source};
use crate::record::Outputs;

/// A run, for scripts.
#[derive(Debug, Serialize)]
pub struct Document {
    /// Its name.
    pub run: String,
    /// The pipeline's name.
    pub pipeline: String,
    /// How it ended; `unfinished` if it did not.
    pub state: &'static str,
    /// Seconds since 1970 at which it began.
    pub at: u64,
    /// How long it took.
    pub seconds: f64,
    /// All parameters. Values that are called secrets are hidden.
    pub parameters: Map<String, Value>,
    /// The tasks, in the order of their first events.
    pub tasks: Vec<TaskDocument>,
}

/// A task of a run, for scripts.
#[derive(Debug, Serialize)]
pub struct TaskDocument {
    /// Its path: `for-loop-1[0]/train`.
    pub task: String,
    /// How it ended; `unfinished` if it did not.
    pub state: &'static str,
    /// How long all attempts took; none if there was nothing to run.
    pub seconds: Option<f64>,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it ran or did not, or failed.
    pub why: String,
    /// What it produced.
    pub outputs: Outputs,
    /// The last lines it printed.
    pub log: String,
}

/// What a report shows of a run, for scripts.
///
/// # Errors
/// If the events do not say what the run is of.
pub fn document(source: &Source<'_>) -> io::Result<Document> {
    let start = run::start(source)?;
    let collected = run::collected(source);
    let tasks = collected.tasks.into_iter().map(|mut task| {
        task.look(source.contents, None);
        let outputs = std::mem::take(&mut task.outputs.parameters);
        task.outputs.parameters = run::shown(outputs.into_iter().collect())
            .into_iter()
            .collect();
        TaskDocument {
            seconds: task.seconds(),
            task: task.path,
            state: task.state,
            attempts: task.attempts,
            why: task.why,
            outputs: task.outputs,
            log: task.log,
        }
    });
    Ok(Document {
        tasks: tasks.collect(),
        run: start.id.clone(),
        pipeline: start.pipeline.clone(),
        state: collected
            .state
            .map_or("unfinished", crate::record::State::word),
        at: start.at,
        seconds: collected.last,
        parameters: run::shown(start.parameters.clone()),
    })
}
