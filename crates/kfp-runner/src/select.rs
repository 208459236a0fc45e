//! A part of a pipeline: what runs, and what is taken from an earlier run.

use std::collections::{BTreeMap, BTreeSet};

use kfp_pipeline::Dag;

use crate::record::{Event, Outputs, Record, State};

/// Which part of a pipeline is wanted; tasks are those of the pipeline itself, not those within its graphs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A task and what needs it, directly or not; the rest is taken from an earlier run.
    From(String),
    /// A task; what it needs is taken from an earlier run.
    Only(String),
    /// A task and what it needs, directly or not.
    Until(String),
}

impl Part {
    /// The task it is about.
    pub fn task(&self) -> &str {
        match self {
            Self::From(task) | Self::Only(task) | Self::Until(task) => task,
        }
    }

    /// The tasks that are looked at; none means all.
    pub fn selected(&self, dag: &Dag) -> Option<BTreeSet<String>> {
        match self {
            Self::From(_) => None,
            Self::Only(task) | Self::Until(task) => {
                let mut selected = needed(dag, task);
                selected.insert(task.clone());
                Some(selected)
            }
        }
    }

    /// Whether a task of the pipeline itself is taken from an earlier run.
    fn takes(&self, dag: &Dag, name: &str) -> bool {
        match self {
            Self::From(task) => name != task && !needed(dag, name).contains(task),
            Self::Only(task) => name != task,
            Self::Until(_) => false,
        }
    }

    /// The outputs to take, of those an earlier run has.
    pub fn taken(
        &self,
        dag: &Dag,
        mut done: BTreeMap<String, Outputs>,
    ) -> BTreeMap<String, Outputs> {
        done.retain(|path, _| {
            let name = path.split(['/', '[']).next().unwrap_or(path);
            self.takes(dag, name)
        });
        done
    }
}

/// All a task needs, directly or not.
fn needed(dag: &Dag, task: &str) -> BTreeSet<String> {
    let mut needed = BTreeSet::new();
    let mut next = vec![task];
    while let Some(name) = next.pop() {
        let dependencies = dag.tasks.get(name).map(kfp_pipeline::Task::dependencies);
        for dependency in dependencies.into_iter().flatten() {
            if needed.insert(dependency.to_owned()) {
                next.push(dependency);
            }
        }
    }
    needed
}

/// The outputs of all tasks that have succeeded in a run, by path.
pub fn done(records: &[Record]) -> BTreeMap<String, Outputs> {
    let mut done = BTreeMap::new();
    for record in records {
        match &record.event {
            Event::End {
                task,
                state: State::Succeeded,
                outputs,
                ..
            }
            | Event::Cached { task, outputs, .. } => {
                done.insert(task.clone(), outputs.clone());
            }
            _ => {}
        }
    }
    done
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_part_is_told_by_what_needs_what() {
        let task = |dependencies: &[&str]| json!({"componentRef": {"name": "c"}, "dependentTasks": dependencies});
        let dag: Dag = serde_json::from_value(json!({"tasks": {
            "a": task(&[]), "b": task(&["a"]), "c": task(&["b"]), "d": task(&["a"]), "x": task(&[]),
        }}))
        .unwrap();
        let earlier = || {
            let names = ["a", "b[0]/in", "c", "d", "x"];
            names
                .map(|name| (name.to_owned(), Outputs::default()))
                .into()
        };
        let names = |part: &Part| {
            let taken = part.taken(&dag, earlier()).into_keys().collect::<Vec<_>>();
            let selected = part.selected(&dag).map(Vec::from_iter).unwrap_or_default();
            (selected.join(" "), taken.join(" "))
        };
        let text = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(names(&Part::From("b".into())), text("", "a d x"));
        assert_eq!(names(&Part::Until("b".into())), text("a b", ""));
        assert_eq!(
            names(&Part::Only("c".into())),
            text("a b c", "a b[0]/in d x")
        );
    }
}
