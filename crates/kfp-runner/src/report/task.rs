//! What a report shows of one task.

use std::path::PathBuf;

use kfp_pipeline::value::shortened;
use serde::Serialize;

use super::{budget::Budget, source::Contents, text};
use crate::{
    display::seconds,
    record::{Event, Outputs, State},
    task,
};

/// How many of a task's last lines are shown.
const TAIL: usize = 30;
/// How much of a value is.
const WIDTH: usize = 200;

/// A row of the table of tasks.
#[derive(Clone, Debug, Serialize)]
pub(super) struct TaskView {
    pub(super) path: String,
    pub(super) state: &'static str,
    pub(super) time: String,
    /// Why it ran or did not, or failed.
    pub(super) why: String,
    /// What is odd about it, and how often it was tried.
    notes: Vec<String>,
    /// The values it produced.
    values: Vec<(String, String)>,
    pub(super) log: String,
    /// Where all of the log is.
    log_link: Option<String>,
    #[serde(skip)]
    pub(super) start: Option<f64>,
    #[serde(skip)]
    pub(super) end: Option<f64>,
    /// What it waited for.
    #[serde(skip)]
    pub(super) after: Vec<String>,
    /// What it produced, if it did.
    #[serde(skip)]
    pub(super) outputs: Outputs,
    #[serde(skip)]
    directory: Option<PathBuf>,
    #[serde(skip)]
    pub(super) attempts: u32,
    #[serde(skip)]
    cpu: Option<f64>,
}

impl TaskView {
    pub(super) fn new(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            state: "unfinished",
            time: String::new(),
            why: String::new(),
            notes: Vec::new(),
            values: Vec::new(),
            log: String::new(),
            log_link: None,
            start: None,
            end: None,
            after: Vec::new(),
            outputs: Outputs::default(),
            directory: None,
            attempts: 0,
            cpu: None,
        }
    }

    /// How long it took, in seconds.
    pub(super) fn seconds(&self) -> Option<f64> {
        let (start, end) = (self.start?, self.end?);
        Some((end - start).max(0.0))
    }

    /// Takes in what happened to it `t` seconds after the run began.
    pub(super) fn take(&mut self, event: &Event, t: f64) {
        match event {
            Event::Ready { after, .. } => self.after.clone_from(after),
            Event::Miss { because, .. } => self.why = format!("ran: {because}"),
            Event::Start { dir, .. } => {
                self.attempts += 1;
                // The time of a task that is tried again is that of all attempts.
                self.start.get_or_insert(t);
                self.directory = Some(dir.clone());
                self.state = "unfinished";
            }
            Event::End {
                state,
                error,
                outputs,
                cpu_s,
                notes,
                ..
            } => {
                self.end = Some(t);
                self.settle(*state, error.as_deref());
                self.outputs = outputs.clone();
                self.cpu = *cpu_s;
                self.notes.clone_from(notes);
            }
            Event::Cached {
                from_run,
                key,
                outputs,
                ..
            } => {
                self.settle(State::Cached, None);
                // A cluster says neither.
                let from = (!from_run.is_empty()).then(|| format!("from run {from_run}"));
                let key = key.get(..12).map(|key| format!("key {key}"));
                self.why = from.into_iter().chain(key).collect::<Vec<_>>().join(", ");
                self.end = Some(t);
                self.outputs = outputs.clone();
            }
            Event::Skipped { why, .. } => {
                self.settle(State::Skipped, Some(why));
            }
            Event::Omitted { because, .. } => {
                let because: Vec<&str> = because.iter().map(String::as_str).collect();
                let because = format!("needs {}", because.join(", "));
                self.settle(State::Omitted, Some(&because));
            }
            Event::Cancelled { .. } => self.settle(State::Cancelled, None),
            Event::Group { state, error, .. } => self.settle(*state, error.as_deref()),
            Event::Run(_) | Event::Resume { .. } | Event::Retry { .. } | Event::Finish { .. } => {}
        }
    }

    fn settle(&mut self, state: State, why: Option<&str>) {
        self.state = state.word();
        if let Some(why) = why {
            why.clone_into(&mut self.why);
        }
    }

    /// Writes down what is known when all has happened.
    pub(super) fn finish(&mut self) {
        self.time = self.seconds().map_or(String::new(), seconds);
        if self.attempts > 1 {
            self.notes.push(format!("{} attempts", self.attempts));
        }
        if let Some(cpu) = self.cpu.filter(|cpu| *cpu > 0.0) {
            self.notes.push(format!("{} of CPU time", seconds(cpu)));
        }
        for (name, value) in &self.outputs.parameters {
            let shown = if text::is_secret(name) {
                "(hidden)".to_owned()
            } else {
                shortened(&kfp_pipeline::value::text(value), WIDTH)
            };
            self.values.push((name.clone(), shown));
        }
    }

    /// Looks at the end of its log, if there is room.
    pub(super) fn look(&mut self, contents: &dyn Contents, budget: Option<&mut Budget>) {
        let Some(directory) = &self.directory else {
            return;
        };
        let lines = contents.log(&self.path, directory, TAIL).join("\n");
        let printed = text::printed(&lines);
        if budget.is_none_or(|budget| budget.take(text::escaped_len(&printed))) {
            self.log = printed;
        } else {
            self.notes.push("its log is not shown, for size".to_owned());
        }
        if !lines.is_empty() {
            self.log_link = contents.link(&directory.join(task::LOG));
        }
    }

    pub(super) fn is_failed(&self) -> bool {
        self.state == State::Failed.word()
    }
}
