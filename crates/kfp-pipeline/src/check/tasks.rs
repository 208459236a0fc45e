//! The tasks of a graph: what they run, where their inputs come from, when they run.

use serde_json::Value;

use super::{Checker, fits, quoted};
use crate::{
    ComponentSpec, Dag, Executor, IteratorItems, ParameterIterator, ParameterSource, ParameterType,
    Task, TaskArtifact, TaskParameter, TriggerStrategy, Way, condition, rule, value,
};

impl<'a> Checker<'a> {
    pub(super) fn tasks(&mut self, owner: &'a ComponentSpec, dag: &'a Dag, way: &Way) {
        for (name, task) in &dag.tasks {
            let way = way.keys(["tasks", name]);
            self.name("task", name, &way);
            for producer in task.dependencies() {
                self.known_task(dag, name, producer, &way);
            }
            let components = &self.pipeline.spec.components;
            let Some(component) = components.get(&task.component_ref.name) else {
                let wanted = &task.component_ref.name;
                let message = format!(
                    "task `{name}` runs the component `{wanted}`, which is not in the file"
                );
                let way = way.keys(["componentRef", "name"]);
                self.unknown(
                    &rule::MISSING_COMPONENT,
                    &way,
                    message,
                    wanted,
                    components.keys(),
                );
                continue;
            };
            self.inputs(owner, dag, (name, task), component, &way);
            self.policies((name, task), component, &way);
            self.constant_sizes((name, task), component, &way);
        }
        if let Err(cycle) = dag.order() {
            let message = match &cycle[..] {
                [one] => format!("task `{one}` waits for itself, so it can never start"),
                several => format!(
                    "the tasks {} wait for each other, so none of them can start",
                    quoted(several)
                ),
            };
            self.report(&rule::TASK_CYCLE, &way.keys(["tasks", cycle[0]]), message);
        }
    }

    pub(super) fn known_task(&mut self, dag: &Dag, name: &str, producer: &str, way: &Way) {
        if !dag.tasks.contains_key(producer) {
            let message =
                format!("task `{name}` waits for `{producer}`, which is not a task beside it");
            self.unknown(
                &rule::MISSING_TASK,
                &way.key("dependentTasks"),
                message,
                producer,
                dag.tasks.keys(),
            );
        }
    }

    fn inputs(
        &mut self,
        owner: &'a ComponentSpec,
        dag: &'a Dag,
        (name, task): (&str, &'a Task),
        component: &'a ComponentSpec,
        way: &Way,
    ) {
        let wanted = &component.input_definitions;
        let item = task
            .parameter_iterator
            .as_ref()
            .map(|iterator| iterator.item_input.as_str());
        for (input, parameter) in &task.inputs.parameters {
            let way = way.keys(["inputs", "parameters", input]);
            match wanted.parameters.get(input) {
                Some(port) => {
                    let target = (name, input.as_str(), port.parameter_type);
                    self.parameter(owner, dag, parameter, target, &way);
                }
                // kfp adds the values that a text of the task is put together from.
                None if input.starts_with("pipelinechannel--") => {}
                None => self.surplus(
                    name,
                    task,
                    input,
                    wanted.parameters.keys().chain(wanted.artifacts.keys()),
                    &way,
                ),
            }
        }
        for (input, artifact) in &task.inputs.artifacts {
            let way = way.keys(["inputs", "artifacts", input]);
            if !wanted.artifacts.contains_key(input) {
                self.surplus(name, task, input, wanted.artifacts.keys(), &way);
            }
            self.artifact(owner, dag, name, artifact, &way);
        }
        let missing_parameters = wanted.parameters.iter().filter(|(input, port)| {
            !port.is_optional
                && port.default_value.is_none()
                && item != Some(input.as_str())
                && !task.inputs.parameters.contains_key(*input)
        });
        let missing_artifacts = wanted.artifacts.iter().filter(|(input, port)| {
            !port.is_optional && !task.inputs.artifacts.contains_key(*input)
        });
        let missing: Vec<&str> = missing_parameters
            .map(|(input, _)| input.as_str())
            .chain(missing_artifacts.map(|(input, _)| input.as_str()))
            .collect();
        if !missing.is_empty() {
            let message = format!("task `{name}` is not given {}", quoted(&missing));
            self.report(&rule::MISSING_INPUT, &way.key("inputs"), message);
        }
    }

    fn surplus<'n>(
        &mut self,
        name: &str,
        task: &Task,
        input: &str,
        known: impl Iterator<Item = &'n String>,
        way: &Way,
    ) {
        let component = &task.component_ref.name;
        let message =
            format!("task `{name}` is given `{input}`, which is not an input of `{component}`");
        self.unknown(&rule::SURPLUS_INPUT, way, message, input, known);
    }

    fn parameter(
        &mut self,
        owner: &ComponentSpec,
        dag: &'a Dag,
        parameter: &TaskParameter,
        (task, input, ty): (&str, &str, ParameterType),
        way: &Way,
    ) {
        if let Some(selector) = &parameter.selector
            && let Err(error) = condition::check(selector)
        {
            let message = format!("the selector of `{input}` of task `{task}` is not CEL: {error}");
            self.report(
                &rule::NOT_CEL,
                &way.key("parameterExpressionSelector"),
                message,
            );
        }
        let given = match &parameter.source {
            ParameterSource::Constant(constant) => {
                self.constant(constant, parameter, (task, input, ty), way);
                return;
            }
            ParameterSource::FinalStatus { producer_task } => {
                self.known_task(dag, task, producer_task, way);
                ParameterType::TaskFinalStatus
            }
            ParameterSource::ComponentInput(name) => {
                let ports = &owner.input_definitions.parameters;
                let Some(port) = ports.get(name) else {
                    let message = format!(
                        "task `{task}` takes the input `{name}`, which the graph around it does not have"
                    );
                    return self.unknown(&rule::MISSING_INPUT, way, message, name, ports.keys());
                };
                port.parameter_type
            }
            ParameterSource::TaskOutput {
                producer_task,
                output_parameter_key,
            } => {
                let Some(producer) = self.component_of(producer_task, dag) else {
                    return;
                };
                let ports = &producer.output_definitions.parameters;
                let Some(port) = ports.get(output_parameter_key) else {
                    let message = format!(
                        "task `{task}` takes `{output_parameter_key}` of task `{producer_task}`, which does not produce it"
                    );
                    return self.unknown(
                        &rule::MISSING_OUTPUT,
                        way,
                        message,
                        output_parameter_key,
                        ports.keys(),
                    );
                };
                port.parameter_type
            }
        };
        if parameter.selector.is_none() && !fits(given, ty) {
            let message = format!(
                "input `{input}` of task `{task}` is a {}, and it is given a {}",
                ty.name(),
                given.name()
            );
            self.report(&rule::INPUT_TYPE, way, message);
        }
    }

    fn constant(
        &mut self,
        constant: &Value,
        parameter: &TaskParameter,
        (task, input, ty): (&str, &str, ParameterType),
        way: &Way,
    ) {
        if parameter.selector.is_none() && ty != ParameterType::String && !ty.admits(constant) {
            let message = format!(
                "input `{input}` of task `{task}` is a {}, and it is given a {}",
                ty.name(),
                value::kind(constant)
            );
            self.report(&rule::INPUT_TYPE, way, message);
        }
        let text = constant.to_string();
        let is_whole = constant
            .as_str()
            .is_some_and(|text| text.starts_with("{{$.") && text.ends_with("}}"));
        let has_name = text.contains("{{$.pipeline_job_") || text.contains("{{$.pipeline_task_");
        if has_name && !is_whole {
            let message = format!(
                "a placeholder in `{input}` of task `{task}` is a part of a longer text or of a list, where KFP's \
                 backend leaves it as it is"
            );
            self.report(&rule::NESTED_PLACEHOLDER, way, message);
        }
    }

    fn artifact(
        &mut self,
        owner: &ComponentSpec,
        dag: &'a Dag,
        task: &str,
        artifact: &TaskArtifact,
        way: &Way,
    ) {
        match artifact {
            TaskArtifact::ComponentInputArtifact(name) => {
                let ports = &owner.input_definitions.artifacts;
                if !ports.contains_key(name) {
                    let message = format!(
                        "task `{task}` takes the artifact `{name}`, which the graph around it does not have"
                    );
                    self.unknown(&rule::MISSING_INPUT, way, message, name, ports.keys());
                }
            }
            TaskArtifact::TaskOutputArtifact {
                producer_task,
                output_artifact_key,
            } => {
                let Some(producer) = self.component_of(producer_task, dag) else {
                    return;
                };
                let ports = &producer.output_definitions.artifacts;
                if !ports.contains_key(output_artifact_key) {
                    let message = format!(
                        "task `{task}` takes the artifact `{output_artifact_key}` of task `{producer_task}`, which does \
                         not produce it"
                    );
                    self.unknown(
                        &rule::MISSING_OUTPUT,
                        way,
                        message,
                        output_artifact_key,
                        ports.keys(),
                    );
                }
            }
        }
    }

    fn policies(&mut self, (name, task): (&str, &'a Task), component: &ComponentSpec, way: &Way) {
        let trigger = way.key("triggerPolicy");
        let condition = &task.trigger_policy.condition;
        if !condition.is_empty() {
            if let Err(error) = condition::check(condition) {
                let way = trigger.key("condition");
                let message = format!("the condition of task `{name}` is not CEL: {error}");
                self.report(&rule::NOT_CEL, &way, message);
            }
            if matches!(
                self.pipeline.spec.executor(component),
                Some(Executor::Importer(_))
            ) {
                let message = format!(
                    "task `{name}` is an importer, and KFP's backend refuses conditions on those"
                );
                self.report(&rule::IMPORTER_CONDITION, &trigger, message);
            }
        }
        if task.artifact_iterator.is_some() {
            let message = format!(
                "task `{name}` is a loop over artifacts, which KFP's backend does not implement"
            );
            self.report(&rule::ARTIFACT_LOOP, &way.key("artifactIterator"), message);
        }
        if let Some(iterator) = &task.parameter_iterator {
            self.iterator(
                (name, task),
                iterator,
                component,
                &way.key("parameterIterator"),
            );
        }
        let is_exit = task.trigger_policy.strategy == TriggerStrategy::AllUpstreamTasksCompleted;
        if is_exit && task.caching_options.enable_cache && component.dag.is_none() {
            let message = format!(
                "task `{name}` runs whatever happened before it, and caching is on for it: a cluster may take its \
                 outputs from an earlier run instead of running it"
            );
            self.report(&rule::CACHED_EXIT_TASK, &way.key("cachingOptions"), message);
        }
        if task
            .retry_policy
            .as_ref()
            .is_some_and(|retry| retry.max_retry_count > 0)
        {
            let message = format!(
                "task `{name}` is tried again here when it fails; a cluster with KFP's own workflow settings does so for \
                 pods that are lost, not for exit codes"
            );
            self.report(&rule::RETRY_OF_PODS, &way.key("retryPolicy"), message);
        }
    }

    fn iterator(
        &mut self,
        (name, task): (&str, &Task),
        iterator: &ParameterIterator,
        component: &ComponentSpec,
        way: &Way,
    ) {
        match &iterator.items {
            IteratorItems::Raw(text) => {
                if !serde_json::from_str::<Value>(text).is_ok_and(|value| value.is_array()) {
                    let message = format!("the items of the loop `{name}` are not a JSON list");
                    self.report(&rule::LOOP_ITEMS, &way.key("items"), message);
                }
            }
            IteratorItems::InputParameter(input) => {
                if !task.inputs.parameters.contains_key(input) {
                    let message = format!(
                        "the items of the loop `{name}` are the input `{input}`, which it is not given"
                    );
                    self.unknown(
                        &rule::LOOP_ITEMS,
                        &way.key("items"),
                        message,
                        input,
                        task.inputs.parameters.keys(),
                    );
                }
            }
        }
        let inputs = &component.input_definitions.parameters;
        if !inputs.contains_key(&iterator.item_input) {
            let message = format!(
                "the loop `{name}` passes its items as `{}`, which is not an input of `{}`",
                iterator.item_input, task.component_ref.name
            );
            self.unknown(
                &rule::MISSING_INPUT,
                &way.key("itemInput"),
                message,
                &iterator.item_input,
                inputs.keys(),
            );
        }
    }
}
