//! The order of the tasks in a graph.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Dag, ParameterSource, Task, TaskArtifact};

impl Task {
    /// The tasks it waits for: those it names, and those whose outputs it takes. How a task ended is not an output.
    pub fn dependencies(&self) -> BTreeSet<&str> {
        let named = self.dependent_tasks.iter().map(String::as_str);
        let parameters =
            self.inputs
                .parameters
                .values()
                .filter_map(|parameter| match &parameter.source {
                    ParameterSource::TaskOutput { producer_task, .. } => {
                        Some(producer_task.as_str())
                    }
                    _ => None,
                });
        let artifacts = self
            .inputs
            .artifacts
            .values()
            .filter_map(|artifact| match artifact {
                TaskArtifact::TaskOutputArtifact { producer_task, .. } => {
                    Some(producer_task.as_str())
                }
                TaskArtifact::ComponentInputArtifact(_) => None,
            });
        named.chain(parameters).chain(artifacts).collect()
    }
}

impl Dag {
    /// The tasks, each after all it waits for, ties by name. Unknown tasks are passed over.
    ///
    /// # Errors
    /// The tasks of a cycle, in order.
    pub fn order(&self) -> Result<Vec<&str>, Vec<&str>> {
        let mut waiting: BTreeMap<&str, BTreeSet<&str>> = self
            .tasks
            .iter()
            .map(|(name, task)| {
                let known = |dependency: &&str| self.tasks.contains_key(*dependency);
                (
                    name.as_str(),
                    task.dependencies().into_iter().filter(known).collect(),
                )
            })
            .collect();
        let mut order = Vec::new();
        while !waiting.is_empty() {
            let Some(next) = waiting
                .iter()
                .find(|(_, dependencies)| dependencies.is_empty())
                .map(|(name, _)| *name)
            else {
                return Err(cycle(&waiting));
            };
            waiting.remove(next);
            for dependencies in waiting.values_mut() {
                dependencies.remove(next);
            }
            order.push(next);
        }
        Ok(order)
    }
}

/// Follows first dependencies until a task comes again; each of these tasks waits for another of them.
fn cycle<'a>(waiting: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<&'a str> {
    let mut seen: Vec<&str> = Vec::new();
    let mut task = waiting.keys().next().copied();
    while let Some(name) = task {
        if let Some(first) = seen.iter().position(|other| *other == name) {
            return seen.split_off(first);
        }
        seen.push(name);
        task = waiting
            .get(name)
            .and_then(|dependencies| dependencies.first().copied());
    }
    seen
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn dag(tasks: &[(&str, &[&str])]) -> Dag {
        let tasks: serde_json::Map<_, _> = tasks
            .iter()
            .map(|(name, dependencies)| {
                (
                    (*name).to_owned(),
                    json!({"componentRef": {"name": "c"}, "dependentTasks": dependencies}),
                )
            })
            .collect();
        serde_json::from_value(json!({"tasks": tasks})).unwrap()
    }

    #[test]
    fn a_task_comes_after_all_it_waits_for() {
        let dag = dag(&[
            ("a", &["c"]),
            ("b", &[]),
            ("c", &["b"]),
            ("d", &["unknown"]),
        ]);
        assert_eq!(dag.order().unwrap(), ["b", "c", "a", "d"]);
    }

    #[test]
    fn a_cycle_is_named_without_the_tasks_that_only_wait_for_it() {
        let dag = dag(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"]), ("d", &[])]);
        assert_eq!(dag.order().unwrap_err(), ["b", "c"]);
    }

    #[test]
    fn data_is_a_dependency_even_where_it_is_not_named_as_one() {
        let task = json!({
            "componentRef": {"name": "c"},
            "inputs": {
                "parameters": {
                    "x": {"taskOutputParameter": {"producerTask": "p", "outputParameterKey": "o"}},
                    "s": {"taskFinalStatus": {"producerTask": "f"}},
                },
                "artifacts": {"y": {"taskOutputArtifact": {"producerTask": "q", "outputArtifactKey": "o"}}},
            },
        });
        let task: Task = serde_json::from_value(task).unwrap();
        assert_eq!(
            task.dependencies().into_iter().collect::<Vec<_>>(),
            ["p", "q"]
        );
    }
}
