//! The tasks of a run, found in the nodes of the workflow that executes it.
//!
//! Up to KFP 2.18 the API lists a dozen nodes a task, without saying which belong together. A node's identifier is the
//! workflow's name and a hash of the node's full name, as Argo makes it (`workflow/util`, `NodeID`), and nodes name
//! their children by it: so what a full name would be can be tried out.

use std::collections::{BTreeMap, BTreeSet};

use super::{Run, State, TaskDetail};
use crate::outputs::{TaskOutputs, TaskState};

impl Run {
    /// The tasks that were begun, in the order they were begun in, without the pipeline itself and without outputs; none
    /// if the nodes are not those of KFP's own backend.
    pub fn tasks(&self) -> Vec<TaskOutputs> {
        let nodes = Nodes::new(&self.run_details.task_details);
        let mut tasks = Vec::new();
        if let Some(workflow) = nodes.workflow() {
            nodes.walk(&workflow, &format!("{workflow}(0)"), "", &mut tasks);
        }
        tasks.sort_by_key(|task| task.start);
        tasks
    }
}

struct Nodes<'a> {
    details: &'a [TaskDetail],
    /// The identifiers of all nodes that another one started.
    known: BTreeSet<&'a str>,
    /// Names within graphs.
    names: BTreeSet<&'a str>,
    /// By name, those that started nothing.
    childless: BTreeMap<&'a str, &'a TaskDetail>,
}

impl<'a> Nodes<'a> {
    fn new(details: &'a [TaskDetail]) -> Self {
        let children = details.iter().flat_map(|detail| &detail.child_tasks);
        let names = details.iter().map(|detail| detail.display_name.as_str());
        let childless = details.iter().filter(|one| one.child_tasks.is_empty());
        Self {
            details,
            known: children.map(|child| child.pod_name.as_str()).collect(),
            names: names
                .filter(|name| !name.is_empty() && !is_attempt(name))
                .collect(),
            childless: childless
                .map(|detail| (detail.display_name.as_str(), detail))
                .collect(),
        }
    }

    /// The workflow's name: that of the node whose first attempt is the root of all others.
    fn workflow(&self) -> Option<String> {
        let is_root = |detail: &&TaskDetail| {
            let name = &detail.display_name;
            has_child(detail, &id(name, &format!("{name}(0)")))
        };
        let root = self.details.iter().find(is_root)?;
        Some(root.display_name.clone())
    }

    /// Adds the tasks of the graph whose node has this full name.
    fn walk(&self, workflow: &str, graph: &str, prefix: &str, tasks: &mut Vec<TaskOutputs>) {
        for name in &self.names {
            let node = format!("{graph}.{name}");
            if name.ends_with("-driver") || !self.is_known(workflow, &node) {
                continue;
            }
            let attempt = self.last_attempt(workflow, &node);
            let path = match (prefix, *name) {
                (prefix, "root") => prefix.to_owned(),
                ("", name) => name.to_owned(),
                (prefix, name) => format!("{prefix}/{name}"),
            };
            let first = id(workflow, &format!("{node}(0)"));
            let detail = self
                .detail(name, &first)
                .or(self.childless.get(name).copied());
            let executor = format!("{attempt}.executor");
            let is_group = !self.is_known(workflow, &executor);
            if let Some(detail) = detail.filter(|_| !path.is_empty()) {
                let first = id(workflow, &format!("{executor}(0)"));
                let pod = self.detail("executor", &first);
                tasks.push(task(path.clone(), detail, is_group, pod));
            }
            if is_group {
                self.walk(workflow, &attempt, &path, tasks);
            }
        }
    }

    fn is_known(&self, workflow: &str, node: &str) -> bool {
        self.known.contains(id(workflow, node).as_str())
    }

    /// The full name of the last attempt at a node.
    fn last_attempt(&self, workflow: &str, node: &str) -> String {
        let attempts = (0..).map(|number| format!("{node}({number})"));
        let known = attempts.take_while(|attempt| self.is_known(workflow, attempt));
        known.last().unwrap_or_else(|| format!("{node}(0)"))
    }

    /// The node of this name that started that one.
    fn detail(&self, name: &str, child: &str) -> Option<&'a TaskDetail> {
        let is_it = |detail: &&TaskDetail| detail.display_name == name && has_child(detail, child);
        self.details.iter().find(is_it)
    }
}

fn task(
    path: String,
    detail: &TaskDetail,
    is_group: bool,
    executor: Option<&TaskDetail>,
) -> TaskOutputs {
    let pod = executor.and_then(|executor| executor.child_tasks.last());
    TaskOutputs {
        task: path,
        state: match &detail.state {
            State::Succeeded if !is_group && pod.is_none() => TaskState::Cached,
            State::Succeeded => TaskState::Succeeded,
            State::Skipped | State::Unspecified => TaskState::Skipped,
            State::Failed | State::Canceled => TaskState::Failed,
            State::Unknown(name) => TaskState::Unknown(name.clone()),
            _ => TaskState::Running,
        },
        is_group,
        pod: pod.map(|pod| pod.pod_name.clone()).unwrap_or_default(),
        start: detail.start_time,
        end: detail.end_time,
        error: detail
            .error
            .as_ref()
            .map(|error| error.message.clone())
            .unwrap_or_default(),
        ..TaskOutputs::default()
    }
}

fn has_child(detail: &TaskDetail, id: &str) -> bool {
    detail.child_tasks.iter().any(|child| child.pod_name == id)
}

/// Whether a name is that of an attempt, `train(0)`.
fn is_attempt(name: &str) -> bool {
    let number = name
        .strip_suffix(')')
        .and_then(|name| name.rsplit_once('('));
    number.is_some_and(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The identifier of a node: FNV-1a over its full name, 32 bits.
fn id(workflow: &str, node: &str) -> String {
    let hash = node.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    format!("{workflow}-{hash}")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// A recorded run.
    fn recorded(number: u64) -> Run {
        let text = include_str!("../../tests/data/exchanges.jsonl");
        let exchanges = text.lines().map(|line| serde_json::from_str(line).unwrap());
        let mut exchanges = exchanges.filter(|exchange: &Value| exchange["n"] == number);
        serde_json::from_value(exchanges.next().unwrap()["response"]["json"].clone()).unwrap()
    }

    fn tasks(number: u64) -> Vec<(String, &'static str, String)> {
        let word = |state: &TaskState| match state {
            TaskState::Cached => "cached",
            TaskState::Succeeded => "succeeded",
            TaskState::Failed => "failed",
            TaskState::Skipped => "skipped",
            _ => "running",
        };
        let tasks = recorded(number).tasks().into_iter();
        tasks
            .map(|task| (task.task, word(&task.state), task.pod))
            .collect()
    }

    #[test]
    fn the_tasks_of_a_recorded_run_are_found_among_its_nodes() {
        let found = tasks(22);
        let states: Vec<_> = found
            .iter()
            .map(|(task, state, _)| (task.as_str(), *state))
            .collect();
        let expected = [
            ("data-ingestion", "cached"),
            ("data-preprocess", "succeeded"),
            ("train-eval", "succeeded"),
        ];
        assert_eq!(states, expected);
        assert!(tasks(27).iter().all(|(_, state, _)| *state == "cached"));
        assert!(tasks(21).is_empty());
    }

    #[test]
    fn a_failed_task_names_the_pod_that_has_its_log() {
        let (task, state, pod) = tasks(91).pop().unwrap();
        assert_eq!((task.as_str(), state), ("data-preprocess", "failed"));
        assert_eq!(pod, "t-fail-c2z2j-1354757408");
    }

    #[test]
    fn what_was_never_begun_is_skipped() {
        let cancelled = tasks(107);
        assert!(!cancelled.is_empty());
        assert!(
            cancelled.iter().all(|(_, state, _)| *state == "skipped"),
            "{cancelled:?}"
        );
    }
}
