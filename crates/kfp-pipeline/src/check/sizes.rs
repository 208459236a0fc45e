//! Limits: what fits into an argument of a process, and into an artifact's metadata.

use super::Checker;
use crate::{
    ComponentSpec, ContainerSpec, Executor, ParameterSource, Task, Way,
    command::MAX_ARGUMENT_BYTES, rule, value,
};

/// Above this, metadata of a few artifacts fills the argument that carries it.
const MAX_METADATA_BYTES: usize = 4 << 10;

impl Checker<'_> {
    pub(super) fn executor_sizes(&mut self, label: &str, executor: &Executor) {
        let way = Way::root().keys(["deploymentSpec", "executors", label]);
        match executor {
            Executor::Container(container) => {
                let way = way.key("container");
                for (key, words) in [("command", &container.command), ("args", &container.args)] {
                    for (index, word) in words.iter().enumerate() {
                        if word.len() > MAX_ARGUMENT_BYTES {
                            let message = format!(
                                "an argument of the executor `{label}` has {} bytes",
                                word.len()
                            );
                            let way = way.key(key).item(index);
                            self.report(&rule::LONG_ARGUMENT, &way, message);
                        }
                    }
                }
            }
            Executor::Importer(importer) => {
                let way = way.keys(["importer", "metadata"]);
                self.metadata(&importer.metadata, &format!("importer `{label}`"), &way);
            }
            Executor::Resolver(_) | Executor::CustomJob(_) => {}
        }
    }

    pub(super) fn output_sizes(&mut self, component: &ComponentSpec, way: &Way) {
        for (name, port) in &component.output_definitions.artifacts {
            let way = way.keys(["outputDefinitions", "artifacts", name, "metadata"]);
            self.metadata(&port.metadata, &format!("output `{name}`"), &way);
        }
    }

    fn metadata(
        &mut self,
        metadata: &serde_json::Map<String, serde_json::Value>,
        of: &str,
        way: &Way,
    ) {
        let bytes = serde_json::to_string(metadata).map_or(0, |json| json.len());
        if bytes > MAX_METADATA_BYTES {
            let message = format!("the metadata of the {of} has {bytes} bytes");
            self.report(&rule::LARGE_METADATA, way, message);
        }
    }

    /// Constants of a task: each is an argument, and all are in the executor input together.
    pub(super) fn constant_sizes(
        &mut self,
        (name, task): (&str, &Task),
        component: &ComponentSpec,
        way: &Way,
    ) {
        let Some(Executor::Container(container)) = self.pipeline.spec.executor(component) else {
            return;
        };
        let way = way.keys(["inputs", "parameters"]);
        let mut together = 0;
        for (input, parameter) in &task.inputs.parameters {
            let ParameterSource::Constant(constant) = &parameter.source else {
                continue;
            };
            let bytes = value::text(constant).len();
            together += constant.to_string().len();
            if bytes > MAX_ARGUMENT_BYTES {
                let message = format!("input `{input}` of task `{name}` has {bytes} bytes");
                return self.report(&rule::LONG_ARGUMENT, &way.key(input), message);
            }
        }
        if together > MAX_ARGUMENT_BYTES && takes_executor_input(container) {
            let message = format!(
                "the inputs of task `{name}` have {together} bytes in the executor input, which is one argument"
            );
            self.report(&rule::LONG_ARGUMENT, &way, message);
        }
    }
}

fn takes_executor_input(container: &ContainerSpec) -> bool {
    let mut words = container.command.iter().chain(&container.args);
    words.any(|word| word.contains("{{$}}"))
}
