//! The outputs of a graph: every one that is declared comes from somewhere.

use super::Checker;
use crate::{ComponentSpec, Dag, Way, rule};

impl<'a> Checker<'a> {
    pub(super) fn outputs(&mut self, owner: &ComponentSpec, dag: &'a Dag, way: &Way) {
        let declared = &owner.output_definitions;
        let sources = way.keys(["dag", "outputs"]);
        for (output, source) in &dag.outputs.parameters {
            let way = sources.keys(["parameters", output]);
            for selector in source.selectors() {
                let (producer, key) = (&selector.producer_subtask, &selector.output_parameter_key);
                self.selector(dag, output, producer, &way);
                if let Some(component) = self.component_of(producer, dag) {
                    let known = component.output_definitions.parameters.keys();
                    self.produced(output, producer, key, known, &way);
                }
            }
        }
        for (output, source) in &dag.outputs.artifacts {
            let way = sources.keys(["artifacts", output]);
            for selector in &source.artifact_selectors {
                let (producer, key) = (&selector.producer_subtask, &selector.output_artifact_key);
                self.selector(dag, output, producer, &way);
                if let Some(component) = self.component_of(producer, dag) {
                    let known = component.output_definitions.artifacts.keys();
                    self.produced(output, producer, key, known, &way);
                }
            }
        }
        for (side, names) in [
            (
                "parameters",
                without(declared.parameters.keys(), |name| {
                    dag.outputs.parameters.contains_key(name)
                }),
            ),
            (
                "artifacts",
                without(declared.artifacts.keys(), |name| {
                    dag.outputs.artifacts.contains_key(name)
                }),
            ),
        ] {
            for name in names {
                let way = way.keys(["outputDefinitions", side, name]);
                self.report(
                    &rule::MISSING_OUTPUT,
                    &way,
                    format!("no task produces the output `{name}`"),
                );
            }
        }
    }

    fn selector(&mut self, dag: &Dag, output: &str, producer: &str, way: &Way) {
        if !dag.tasks.contains_key(producer) {
            let message = format!(
                "the output `{output}` comes from `{producer}`, which is not a task of the graph"
            );
            self.unknown(
                &rule::MISSING_TASK,
                way,
                message,
                producer,
                dag.tasks.keys(),
            );
        }
    }

    /// Reports that a task has no output `key`, unless it is among the known ones.
    fn produced<'n>(
        &mut self,
        output: &str,
        producer: &str,
        key: &str,
        known: impl Iterator<Item = &'n String> + Clone,
        way: &Way,
    ) {
        if known.clone().all(|name| name != key) {
            let message = format!(
                "the output `{output}` comes from `{key}` of task `{producer}`, which does not produce it"
            );
            self.unknown(&rule::MISSING_OUTPUT, way, message, key, known);
        }
    }
}

fn without<'n>(
    names: impl Iterator<Item = &'n String>,
    is_there: impl Fn(&str) -> bool,
) -> Vec<&'n str> {
    names
        .map(String::as_str)
        .filter(|name| !is_there(name))
        .collect()
}
