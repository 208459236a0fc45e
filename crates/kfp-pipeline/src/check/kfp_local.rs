//! What kfp.local 2.17 fails on or evaluates to something else than KFP's backend.

use super::Checker;
use crate::{ComponentSpec, Dag, IteratorItems, ParameterSource, Way, rule};

/// The name of the output of a Python function that returns one value.
const UNNAMED_OUTPUT: &str = "Output";

impl<'a> Checker<'a> {
    pub(super) fn root_in_kfp_local(&mut self, root: &ComponentSpec) {
        for (name, port) in &root.input_definitions.parameters {
            if port.is_optional && port.default_value.is_none() {
                let way = Way::root().keys(["root", "inputDefinitions", "parameters", name]);
                let message = format!(
                    "the parameter `{name}` is optional and has no default: kfp.local fails, a cluster leaves it out"
                );
                self.report(&rule::KFP_LOCAL, &way, message);
            }
        }
    }

    pub(super) fn graph_in_kfp_local(&mut self, owner: &ComponentSpec, dag: &'a Dag, way: &Way) {
        for (name, task) in &dag.tasks {
            let Some(iterator) = &task.parameter_iterator else {
                continue;
            };
            let way = way.keys(["tasks", name, "parameterIterator"]);
            if let IteratorItems::InputParameter(input) = &iterator.items
                && let Some(parameter) = task.inputs.parameters.get(input)
                && let ParameterSource::TaskOutput {
                    output_parameter_key,
                    ..
                } = &parameter.source
                && output_parameter_key != UNNAMED_OUTPUT
            {
                let message = format!(
                    "the loop `{name}` is over the named output `{output_parameter_key}`: kfp.local does not find it"
                );
                self.report(&rule::KFP_LOCAL, &way.key("items"), message);
            }
            if let Some(output) = self.gathered_twice(dag, name) {
                let message = format!(
                    "`{output}` of the loop `{name}` is gathered from a loop within it: a cluster makes one flat list of \
                     it, kfp.local lists of lists"
                );
                self.report(&rule::KFP_LOCAL, &way, message);
            }
        }
        for (output, source) in &dag.outputs.artifacts {
            let port = owner.output_definitions.artifacts.get(output);
            if source.artifact_selectors.len() > 1
                && port.is_some_and(|port| !port.is_artifact_list)
            {
                let way = way.keys(["outputs", "artifacts", output]);
                let message = format!(
                    "the artifact `{output}` is that of one of several branches: kfp.local fails, a cluster takes the \
                     branch that ran"
                );
                self.report(&rule::KFP_LOCAL, &way, message);
            }
        }
    }

    /// An output parameter of a loop that comes from a loop within it.
    fn gathered_twice(&self, dag: &'a Dag, task: &str) -> Option<&'a str> {
        let inner = self.component_of(task, dag)?.dag.as_ref()?;
        let is_loop = |task: &str| {
            let task = inner.tasks.get(task);
            task.is_some_and(|task| task.parameter_iterator.is_some())
        };
        let mut outputs = inner.outputs.parameters.iter();
        outputs
            .find(|(_, source)| {
                let mut selectors = source.selectors().iter();
                selectors.any(|selector| is_loop(&selector.producer_subtask))
            })
            .map(|(name, _)| name.as_str())
    }
}
