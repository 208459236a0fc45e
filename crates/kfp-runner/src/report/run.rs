//! What a report shows of one run.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    gantt::{self, Gantt},
    outputs::{self, Preview},
};
use crate::{
    display::seconds,
    record::{self, Event, Outputs, Record, RunStart, State},
    task,
};

/// How many of a task's last lines are shown.
const TAIL: usize = 30;

/// What a report shows of one run.
#[derive(Debug, Serialize)]
pub struct RunView {
    pub(super) id: String,
    pub(super) pipeline: String,
    pub(super) state: &'static str,
    pub(super) started: String,
    pub(super) time: String,
    pub(super) tool: String,
    pub(super) directory: String,
    pub(super) parameters: Map<String, Value>,
    pub(super) tasks: Vec<TaskView>,
    pub(super) gantt: Gantt,
    pub(super) previews: Vec<Preview>,
    /// Outputs of tasks, by path.
    #[serde(skip)]
    pub(super) outputs: BTreeMap<String, Outputs>,
}

/// A row of the table of tasks.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct TaskView {
    pub(super) path: String,
    pub(super) state: &'static str,
    pub(super) time: String,
    /// Why it ran or did not, or failed.
    pub(super) why: String,
    pub(super) log: String,
    /// The log's path, from the run's directory.
    pub(super) log_file: String,
    #[serde(skip)]
    pub(super) start: Option<f64>,
    #[serde(skip)]
    pub(super) end: Option<f64>,
    #[serde(skip)]
    pub(super) after: Vec<String>,
    #[serde(skip)]
    pub(super) directory: Option<PathBuf>,
}

pub(super) fn read(directory: &Path) -> io::Result<RunView> {
    let records = record::read(directory)?;
    let Some(Event::Run(start)) = records.first().map(|record| &record.event) else {
        return Err(io::Error::other("its record does not say what it is of"));
    };
    let mut collected = Collected::default();
    for record in &records {
        collected.take(record);
    }
    for task in collected.tasks.values_mut() {
        task.finish(directory);
    }
    let tasks: Vec<TaskView> = collected
        .order
        .iter()
        .filter_map(|path| collected.tasks.remove(path))
        .collect();
    let previews = outputs::previews(&collected.outputs);
    Ok(view(start, directory, tasks, previews, collected))
}

fn view(
    start: &RunStart,
    directory: &Path,
    tasks: Vec<TaskView>,
    previews: Vec<Preview>,
    collected: Collected,
) -> RunView {
    let started = SystemTime::UNIX_EPOCH + Duration::from_secs(start.at);
    RunView {
        id: start.id.clone(),
        pipeline: start.pipeline.clone(),
        state: collected.state.map_or("unfinished", State::word),
        started: humantime::format_rfc3339_seconds(started).to_string(),
        time: seconds(collected.last),
        tool: start.tool.clone(),
        directory: directory.display().to_string(),
        parameters: start.parameters.clone(),
        gantt: gantt::of(&tasks, collected.last),
        tasks,
        previews,
        outputs: collected.outputs,
    }
}

#[derive(Default)]
struct Collected {
    order: Vec<String>,
    tasks: BTreeMap<String, TaskView>,
    outputs: BTreeMap<String, Outputs>,
    state: Option<State>,
    last: f64,
    /// What is added to the times of events after the run was resumed.
    offset: f64,
}

impl Collected {
    fn task(&mut self, path: &str) -> &mut TaskView {
        if !self.tasks.contains_key(path) {
            self.order.push(path.to_owned());
        }
        self.tasks
            .entry(path.to_owned())
            .or_insert_with(|| TaskView {
                path: path.to_owned(),
                state: "unfinished",
                ..TaskView::default()
            })
    }

    fn take(&mut self, record: &Record) {
        if matches!(record.event, Event::Resume { .. }) {
            self.offset = self.last;
        }
        let t = self.offset + record.t;
        self.last = t;
        match &record.event {
            Event::Run(_)
            | Event::Resume { .. }
            | Event::Retry { .. }
            | Event::Group { error: None, .. } => {}
            Event::Ready { task, after } => self.task(task).after.clone_from(after),
            Event::Miss { task, because, .. } => self.task(task).why.clone_from(because),
            Event::Start { task, dir, .. } => {
                let task = self.task(task);
                task.start = Some(t);
                task.directory = Some(dir.clone());
            }
            Event::End {
                task,
                state,
                error,
                outputs,
                ..
            } => {
                if state.is_success() {
                    self.outputs.insert(task.clone(), outputs.clone());
                }
                let task = self.task(task);
                task.end = Some(t);
                task.state = state.word();
                if let Some(error) = error {
                    task.why.clone_from(error);
                }
            }
            Event::Cached {
                task,
                from_run,
                outputs,
                ..
            } => {
                self.outputs.insert(task.clone(), outputs.clone());
                let task = self.task(task);
                task.state = State::Cached.word();
                task.why = format!("from run {from_run}");
                task.end = Some(t);
            }
            Event::Skipped { task, why } => {
                let task = self.task(task);
                task.state = State::Skipped.word();
                task.why = format!("condition is false: {why}");
            }
            Event::Omitted { task, because } => {
                let because: Vec<&str> = because.iter().map(String::as_str).collect();
                let task = self.task(task);
                task.state = State::Omitted.word();
                task.why = format!("needs {}", because.join(", "));
            }
            Event::Cancelled { task } => self.task(task).state = State::Cancelled.word(),
            Event::Group {
                task,
                state,
                error: Some(error),
            } => {
                let task = self.task(task);
                task.state = state.word();
                task.why.clone_from(error);
            }
            Event::Finish { state, .. } => self.state = Some(*state),
        }
    }
}

impl TaskView {
    fn finish(&mut self, run: &Path) {
        if let (Some(start), Some(end)) = (self.start, self.end) {
            self.time = seconds((end - start).max(0.0));
        }
        if let Some(directory) = &self.directory {
            self.log = task::log_tail(&run.join(directory), TAIL).join("\n");
            self.log_file = directory.join(task::LOG).display().to_string();
        }
    }
}
