//! What a report shows of one run.

use std::{
    collections::BTreeMap,
    io,
    time::{Duration, SystemTime},
};

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    budget::Budget,
    gantt::{self, Gantt},
    graph::{self, Graph},
    outputs::{self, Preview},
    source::Source,
    task::TaskView,
    text,
};
use crate::{
    display::seconds,
    record::{Event, Record, RunStart, State},
};

/// What a report shows of one run.
#[derive(Debug, Serialize)]
pub(super) struct RunView {
    pub(super) id: String,
    pub(super) pipeline: String,
    pub(super) state: &'static str,
    started: String,
    time: String,
    tool: String,
    place: String,
    /// How many tasks ended how.
    counts: Vec<(&'static str, u64)>,
    pub(super) tasks: Vec<TaskView>,
    graph: Option<Graph>,
    gantt: Gantt,
    pub(super) previews: Vec<Preview>,
    #[serde(skip)]
    pub(super) parameters: Map<String, Value>,
    /// The values the pipeline produced.
    #[serde(skip)]
    pub(super) outputs: BTreeMap<String, Value>,
}

/// The event that says what the run is of.
pub(super) fn start<'a>(source: &Source<'a>) -> io::Result<&'a RunStart> {
    match source.records.first().map(|record| &record.event) {
        Some(Event::Run(start)) => Ok(start),
        _ => Err(io::Error::other("its record does not say what it is of")),
    }
}

/// What the events come to.
pub(super) fn collected(source: &Source<'_>) -> Collected {
    let mut collected = Collected::default();
    for record in source.records {
        collected.take(record);
    }
    for task in &mut collected.tasks {
        task.finish();
    }
    collected
}

/// Reads a run whose logs and artifacts may take so many bytes.
pub(super) fn view(source: &Source<'_>, bytes: usize) -> io::Result<RunView> {
    let start = start(source)?;
    let Collected {
        mut tasks,
        groups,
        state,
        outputs,
        last,
        ..
    } = collected(source);
    let mut logs = Budget::new(bytes / 3);
    // Failures first: there may not be room for all.
    for failed in [true, false] {
        let tasks = tasks.iter_mut().filter(|task| task.is_failed() == failed);
        tasks.for_each(|task| task.look(source.contents, Some(&mut logs)));
    }
    let mut files = Budget::new(bytes - bytes / 3);
    let started = SystemTime::UNIX_EPOCH + Duration::from_secs(start.at);
    Ok(RunView {
        id: start.id.clone(),
        pipeline: start.pipeline.clone(),
        state: state.map_or("unfinished", State::word),
        started: humantime::format_rfc3339_seconds(started).to_string(),
        time: seconds(last),
        tool: start.tool.clone(),
        place: source.contents.place(),
        counts: counts(&tasks),
        graph: source
            .pipeline
            .and_then(|pipeline| graph::of(pipeline, &tasks, &groups)),
        gantt: gantt::of(&tasks, last),
        previews: outputs::previews(&tasks, source.contents, &mut files),
        tasks,
        parameters: shown(start.parameters.clone()),
        outputs: shown(outputs.into_iter().collect()).into_iter().collect(),
    })
}

/// Values without secrets.
pub(super) fn shown(mut values: Map<String, Value>) -> Map<String, Value> {
    for (name, value) in &mut values {
        if text::is_secret(name) && !value.is_null() {
            *value = "(hidden)".into();
        }
    }
    values
}

/// How many tasks ended how, the most pressing first.
pub(super) fn counts<'a>(
    tasks: impl IntoIterator<Item = &'a TaskView>,
) -> Vec<(&'static str, u64)> {
    const ORDER: &[&str] = &[
        "failed",
        "unfinished",
        "cancelled",
        "succeeded",
        "cached",
        "skipped",
        "omitted",
    ];
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for task in tasks {
        *counts.entry(task.state).or_default() += 1;
    }
    ORDER
        .iter()
        .filter_map(|state| Some((*state, *counts.get(state)?)))
        .collect()
}

/// What the events come to.
#[derive(Default)]
pub(super) struct Collected {
    pub(super) tasks: Vec<TaskView>,
    /// Where a task is in the list, by path.
    places: BTreeMap<String, usize>,
    /// How graphs and loops ended, by path.
    groups: BTreeMap<String, State>,
    pub(super) state: Option<State>,
    /// The values the pipeline produced.
    outputs: BTreeMap<String, Value>,
    pub(super) last: f64,
    /// What is added to the times of events after the run was resumed.
    offset: f64,
}

impl Collected {
    fn take(&mut self, record: &Record) {
        if matches!(record.event, Event::Resume { .. }) {
            self.offset = self.last;
            self.state = None;
            // What was cut off began anew.
            for task in self.tasks.iter_mut().filter(|task| task.end.is_none()) {
                task.start = None;
            }
        }
        let t = self.offset + record.t;
        self.last = t;
        match &record.event {
            Event::Run(_) | Event::Resume { .. } => {}
            Event::Finish { state, outputs, .. } => {
                self.state = Some(*state);
                self.outputs.clone_from(&outputs.parameters);
            }
            Event::Group {
                task,
                state,
                error: None,
            } => {
                self.groups.insert(task.clone(), *state);
            }
            event @ (Event::Ready { task, .. }
            | Event::Miss { task, .. }
            | Event::Start { task, .. }
            | Event::End { task, .. }
            | Event::Retry { task, .. }
            | Event::Cached { task, .. }
            | Event::Skipped { task, .. }
            | Event::Omitted { task, .. }
            | Event::Cancelled { task }
            | Event::Group { task, .. }) => self.task(task).take(event, t),
        }
    }

    fn task(&mut self, path: &str) -> &mut TaskView {
        let place = *self.places.entry(path.to_owned()).or_insert_with(|| {
            self.tasks.push(TaskView::new(path));
            self.tasks.len() - 1
        });
        &mut self.tasks[place]
    }
}
