//! What the records of a run say about its tasks, and the nodes that Argo would have for them.

use std::{collections::BTreeMap, path::PathBuf, slice, time::SystemTime};

use kfp_runner::record::{Event, Outputs, State};
use serde_json::{Value, json};

use crate::state::{Run, rfc3339};

/// A task, a graph or a loop.
#[derive(Clone, Debug, Default)]
pub(crate) struct Task {
    /// `for-loop-1[0]/train`.
    pub(crate) path: String,
    pub(crate) is_group: bool,
    pub(crate) is_importer: bool,
    /// None while it runs.
    pub(crate) state: Option<State>,
    pub(crate) start: Option<SystemTime>,
    pub(crate) end: Option<SystemTime>,
    /// The directories of its attempts, in the run's.
    pub(crate) attempts: Vec<PathBuf>,
    pub(crate) outputs: Outputs,
    /// The run its outputs are from.
    pub(crate) from_run: Option<String>,
    pub(crate) error: Option<String>,
}

impl Task {
    /// Its last attempt, which is what a log is of.
    pub(crate) fn directory(&self) -> Option<&PathBuf> {
        self.attempts.last()
    }

    /// The path of the graph it is in; empty for the pipeline itself.
    pub(crate) fn parent(&self) -> &str {
        parent(&self.path)
    }

    /// Its name, or which iteration it is.
    pub(crate) fn name(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.split('[').next().unwrap_or_default()
    }

    /// Which iteration of a loop it is.
    pub(crate) fn iteration(&self) -> Option<i64> {
        let (_, index) = self.path.strip_suffix(']')?.rsplit_once('[')?;
        index.parse().ok()
    }
}

fn parent(path: &str) -> &str {
    if path.ends_with(']') {
        return path.rsplit_once('[').map_or("", |(before, _)| before);
    }
    path.rsplit_once('/').map_or("", |(before, _)| before)
}

/// The tasks that were begun, skipped or left out, in the order of their first event, graphs before what is in them.
pub(crate) fn tasks(run: &Run) -> Vec<Task> {
    let mut all = All::default();
    for (time, record) in &run.records {
        let time = *time;
        match &record.event {
            Event::Ready { task, .. } => {
                // A run that was taken up again: it starts anew.
                let task = all.get(task, time);
                task.state = None;
                task.end = None;
                task.error = None;
            }
            Event::Start { task, dir, .. } => {
                let task = all.get(task, time);
                task.start = Some(time);
                task.attempts.push(dir.clone());
            }
            Event::End {
                task,
                state,
                outputs,
                error,
                ..
            } => {
                let task = all.get(task, time);
                task.is_importer = task.attempts.is_empty() && state.is_success();
                task.end(*state, time);
                task.outputs = outputs.clone();
                task.error.clone_from(error);
            }
            Event::Cached {
                task,
                outputs,
                from_run,
                ..
            } => {
                let task = all.get(task, time);
                task.end(State::Cached, time);
                task.outputs = outputs.clone();
                task.from_run = Some(from_run.clone());
            }
            Event::Skipped { task, .. } => all.get(task, time).end(State::Skipped, time),
            Event::Omitted { task, .. } => all.get(task, time).end(State::Omitted, time),
            Event::Cancelled { task } => all.get(task, time).end(State::Cancelled, time),
            Event::Group { task, state, error } if !task.is_empty() => {
                let task = all.get(task, time);
                task.is_group = true;
                task.end(*state, time);
                task.error.clone_from(error);
            }
            Event::Retry { .. }
            | Event::Miss { .. }
            | Event::Run(_)
            | Event::Resume { .. }
            | Event::Group { .. }
            | Event::Finish { .. } => {}
        }
    }
    all.tasks
}

impl Task {
    fn end(&mut self, state: State, time: SystemTime) {
        self.state = Some(state);
        self.end = Some(time);
    }
}

#[derive(Default)]
struct All {
    tasks: Vec<Task>,
    places: BTreeMap<String, usize>,
}

impl All {
    fn get(&mut self, path: &str, time: SystemTime) -> &mut Task {
        let place = self.place(path, time);
        &mut self.tasks[place]
    }

    fn place(&mut self, path: &str, time: SystemTime) -> usize {
        if let Some(place) = self.places.get(path) {
            return *place;
        }
        let above = parent(path).to_owned();
        if !above.is_empty() {
            let above = self.place(&above, time);
            self.tasks[above].is_group = true;
        }
        self.tasks.push(Task {
            path: path.to_owned(),
            start: Some(time),
            ..Task::default()
        });
        self.places.insert(path.to_owned(), self.tasks.len() - 1);
        self.tasks.len() - 1
    }
}

/// The number Argo gives to a node: FNV-1a over its full name.
fn number(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash: u32, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// The identifier of the node with this full name.
fn node_id(run: &Run, name: &str) -> String {
    format!("{}-{}", run.workflow, number(name))
}

/// The full name of a task's node: each graph it is in is a first attempt.
fn node(run: &Run, path: &str) -> String {
    let root = format!("{}(0).root", run.workflow);
    let inside = path.replace('[', "/").replace(']', "");
    let parts = inside.split('/').filter(|part| !part.is_empty());
    parts.fold(root, |name, part| format!("{name}(0).{part}"))
}

/// The full name of the node of the driver of a task.
fn driver(run: &Run, path: &str) -> String {
    format!("{}-driver", node(run, path))
}

/// The full name of the pod's node that runs a task's program.
fn executor(run: &Run, path: &str) -> String {
    format!("{}(0).executor(0)", node(run, path))
}

/// The pod that runs a task's program.
pub(crate) fn pod(run: &Run, path: &str) -> String {
    let number = number(&executor(run, path));
    format!("{}-system-container-impl-{number}", run.workflow)
}

/// Whether a node or its pod runs a task's program.
pub(crate) fn is_executor(run: &Run, path: &str, name: &str) -> bool {
    name == pod(run, path) || name == node_id(run, &executor(run, path))
}

/// Whether a node or its pod is the driver of a task, or of the pipeline itself.
pub(crate) fn is_driver(run: &Run, path: &str, name: &str) -> bool {
    let driver = format!("{}(0)", driver(run, path));
    let pod = format!("{}-system-dag-driver-{}", run.workflow, number(&driver));
    name == pod || name == node_id(run, &driver)
}

/// The entries of `task_details`: for each task a driver, a graph and an executor, each of them twice, as the retries of
/// KFP's templates make them. They are sorted by their identifiers, which say nothing.
pub(crate) fn nodes(run: &Run) -> Vec<Value> {
    if run.records.is_empty() {
        return Vec::new();
    }
    let mut nodes = Nodes {
        run,
        all: Vec::new(),
    };
    let tasks = tasks(run);
    let begin = run.records.first().map(|(time, _)| *time);
    let end = match run.state() {
        "SUCCEEDED" | "FAILED" => run.records.last().map(|(time, _)| *time),
        _ => None,
    };
    let state = match run.state() {
        "SUCCEEDED" => "SUCCEEDED",
        "FAILED" => "FAILED",
        _ => "RUNNING",
    };
    let driven = Span("SUCCEEDED", begin, begin);
    let whole = Span(state, begin, end);
    let (root, root_driver) = (node(run, ""), driver(run, ""));
    let workflow = &run.workflow;
    nodes.pair(workflow, workflow, whole, slice::from_ref(&root_driver));
    nodes.pair("root-driver", &root_driver, driven, slice::from_ref(&root));
    nodes.pair("root", &root, whole, &nodes.below(&tasks, ""));
    for task in &tasks {
        let below = nodes.below(&tasks, &task.path);
        nodes.task(task, below);
    }
    nodes
        .all
        .sort_by(|one, other| one["task_id"].as_str().cmp(&other["task_id"].as_str()));
    nodes.all
}

/// State, start and end.
#[derive(Clone, Copy)]
struct Span(&'static str, Option<SystemTime>, Option<SystemTime>);

struct Nodes<'a> {
    run: &'a Run,
    all: Vec<Value>,
}

impl Nodes<'_> {
    fn task(&mut self, task: &Task, mut below: Vec<String>) {
        let (driver, graph, executor) = match task.state {
            None => ("SUCCEEDED", "RUNNING", Some("RUNNING")),
            Some(State::Succeeded) => ("SUCCEEDED", "SUCCEEDED", Some("SUCCEEDED")),
            Some(State::Cached) => ("SUCCEEDED", "SUCCEEDED", Some("SKIPPED")),
            Some(State::Skipped) => ("SUCCEEDED", "SKIPPED", None),
            Some(State::Failed | State::Cancelled) => ("SUCCEEDED", "FAILED", Some("FAILED")),
            // It was never reached: a node without a state.
            Some(State::Omitted) => ("", "", None),
        };
        let name = task.name();
        let graph_node = node(self.run, &task.path);
        let begun = Span(driver, task.start, task.start);
        self.pair(
            &format!("{name}-driver"),
            &self::driver(self.run, &task.path),
            begun,
            slice::from_ref(&graph_node),
        );
        let inside = format!("{graph_node}(0).executor");
        let span = Span(graph, task.start, task.end);
        let executor = executor.filter(|_| !task.is_group);
        if executor.is_some() {
            below.push(inside.clone());
        }
        self.pair(name, &graph_node, span, &below);
        match executor {
            None => {}
            Some("SKIPPED") => {
                self.node(
                    "executor",
                    &inside,
                    Span("SKIPPED", task.end, task.end),
                    &[],
                );
            }
            Some(state) => self.pair("executor", &inside, Span(state, task.start, task.end), &[]),
        }
    }

    /// The drivers of the tasks of a graph.
    fn below(&self, tasks: &[Task], path: &str) -> Vec<String> {
        let inside = tasks.iter().filter(|task| task.parent() == path);
        inside.map(|task| driver(self.run, &task.path)).collect()
    }

    /// A node that is retried, and its first attempt.
    fn pair(&mut self, name: &str, node: &str, span: Span, children: &[String]) {
        let first = format!("{node}(0)");
        self.node(name, node, span, slice::from_ref(&first));
        self.node(&format!("{name}(0)"), &first, span, children);
    }

    fn node(&mut self, name: &str, path: &str, Span(state, start, end): Span, children: &[String]) {
        let time = |time: Option<SystemTime>| time.map(rfc3339);
        let create = rfc3339(self.run.created);
        let mut node = json!({
            "create_time": create,
            "display_name": name,
            // Go's zero time, while it runs.
            "end_time": time(end).unwrap_or_else(|| "0001-01-01T00:00:00Z".to_owned()),
            "run_id": self.run.id(),
            "start_time": time(start).unwrap_or_else(|| create.clone()),
            "task_id": identifier(self.run.id(), path),
        });
        let mut history = json!({"update_time": time(end.or(start)).unwrap_or(create)});
        if !state.is_empty() {
            node["state"] = state.into();
            history["state"] = state.into();
        }
        node["state_history"] = json!([history]);
        if !children.is_empty() {
            let children: Vec<Value> = children
                .iter()
                .map(|child| json!({"pod_name": node_id(self.run, child)}))
                .collect();
            node["child_tasks"] = children.into();
        }
        self.all.push(node);
    }
}

/// The same identifier whenever the run is shown.
fn identifier(run: &str, path: &str) -> String {
    let part = |salt: &str| number(&format!("{run}/{path}/{salt}"));
    let (a, b, c, d) = (part("a"), part("b"), part("c"), part("d"));
    format!(
        "{a:08x}-{:04x}-4{:03x}-a{:03x}-{c:08x}{:04x}",
        b >> 16,
        b & 0xfff,
        d >> 20,
        d & 0xffff
    )
}
