//! The inputs of a task, resolved as the backend's driver does (`backend/src/v2/driver/resolve.go`).

use std::borrow::Cow;

use kfp_pipeline::{
    ComponentSpec, InputParameter, ParameterSource, Task, TaskArtifact, TaskParameter,
    command::Names,
    condition,
    executor::{ArtifactList, Inputs},
    placeholder::{Placeholder, pieces},
    value,
};
use serde_json::Value;

use super::{
    Engine,
    node::{Kind, NodeId},
};
use crate::record::State;

impl<'a> Engine<'a> {
    /// All inputs of a task in a graph. A graph gets null for what is left out, a program its defaults or nothing.
    ///
    /// # Errors
    /// What is missing or of the wrong type.
    pub(super) fn inputs(
        &self,
        graph: NodeId,
        task: &'a Task,
        component: &'a ComponentSpec,
        names: &Names,
    ) -> Result<Inputs, String> {
        let mut inputs = Inputs::default();
        let ports = &component.input_definitions.parameters;
        for (name, parameter) in &task.inputs.parameters {
            let port = ports.get(name);
            let value = self
                .value(graph, task, parameter, names)?
                .filter(|value| !value.is_null());
            let Some(mut value) = value else {
                if port.is_some_and(|port| port.is_optional) {
                    continue;
                }
                return Err(without_value(name, parameter));
            };
            if let Some(selector) = &parameter.selector {
                value = condition::select(selector, &value).map_err(|error| {
                    format!("the selector `{selector}` of the input `{name}`: {error}")
                })?;
            }
            inputs.parameters.insert(name.clone(), value);
        }
        refer(&mut inputs);
        for (name, value) in &mut inputs.parameters {
            if let Some(port) = ports.get(name) {
                *value = admitted(name, port, std::mem::take(value))?;
            }
        }
        for (name, port) in ports {
            if inputs.parameters.contains_key(name) {
                continue;
            }
            if let Some(default) = &port.default_value {
                inputs.parameters.insert(name.clone(), default.clone());
            } else if component.dag.is_some() && port.is_optional {
                inputs.parameters.insert(name.clone(), Value::Null);
            }
        }
        for (name, artifact) in &task.inputs.artifacts {
            let list = self.artifacts(graph, artifact)?;
            let is_optional = component
                .input_definitions
                .artifacts
                .get(name)
                .is_some_and(|port| port.is_optional);
            match list {
                Some(list) => {
                    inputs.artifacts.insert(name.clone(), list);
                }
                None if is_optional => {}
                None => return Err(format!("the input artifact `{name}` is not there")),
            }
        }
        Ok(inputs)
    }

    /// The value of an input parameter, if there is one.
    pub(super) fn value(
        &self,
        graph: NodeId,
        task: &Task,
        parameter: &TaskParameter,
        names: &Names,
    ) -> Result<Option<Value>, String> {
        Ok(match &parameter.source {
            ParameterSource::Constant(constant) => Some(names.constant(constant)),
            ParameterSource::ComponentInput(name) => {
                self.nodes[graph].inputs.parameters.get(name).cloned()
            }
            ParameterSource::TaskOutput {
                producer_task,
                output_parameter_key,
            } => {
                let producer = self.sibling(graph, producer_task)?;
                let outputs = &self.nodes[producer].outputs.parameters;
                outputs.get(output_parameter_key).cloned()
            }
            ParameterSource::FinalStatus { producer_task } => {
                // The backend looks at the first task it depends on, whatever the producer is called.
                let producer = task.dependent_tasks.first().unwrap_or(producer_task);
                Some(self.final_status(self.sibling(graph, producer)?))
            }
        })
    }

    fn final_status(&self, node: NodeId) -> Value {
        let node = &self.nodes[node];
        let state = match node.state {
            Some(State::Failed) => "FAILED",
            Some(State::Cancelled) => "CANCELLED",
            Some(State::Skipped | State::Omitted) => "SKIPPED",
            Some(State::Succeeded | State::Cached) | None => "SUCCEEDED",
        };
        let run = &self.names.job_resource_name;
        let dialect = self.options.dialect;
        dialect.final_status(run, node.name, state, node.error.as_ref())
    }

    fn artifacts(
        &self,
        graph: NodeId,
        artifact: &TaskArtifact,
    ) -> Result<Option<ArtifactList>, String> {
        match artifact {
            TaskArtifact::ComponentInputArtifact(name) => {
                Ok(self.nodes[graph].inputs.artifacts.get(name).cloned())
            }
            TaskArtifact::TaskOutputArtifact {
                producer_task,
                output_artifact_key,
            } => {
                let producer = self.sibling(graph, producer_task)?;
                let list = self.nodes[producer]
                    .outputs
                    .artifacts
                    .get(output_artifact_key);
                Ok(list.map(|list| ArtifactList {
                    artifacts: list.iter().map(|one| one.artifact.clone()).collect(),
                }))
            }
        }
    }

    /// A task of the same graph.
    fn sibling(&self, graph: NodeId, name: &str) -> Result<NodeId, String> {
        match &self.nodes[graph].kind {
            Kind::Graph { children, .. } => children.get(name).copied(),
            _ => None,
        }
        .ok_or_else(|| format!("there is no task `{name}` beside it"))
    }
}

/// The inputs of an iteration: those of the loop without the list, and the item.
///
/// # Errors
/// If the item is of the wrong type.
pub(super) fn of_iteration(
    inputs: &Inputs,
    items: Option<&str>,
    item_input: &str,
    item: Value,
    component: &ComponentSpec,
) -> Result<Inputs, String> {
    let mut inputs = inputs.clone();
    if let Some(items) = items {
        inputs.parameters.remove(items);
    }
    let item = match component.input_definitions.parameters.get(item_input) {
        Some(port) => admitted(item_input, port, item)?,
        None => item,
    };
    inputs.parameters.insert(item_input.to_owned(), item);
    Ok(inputs)
}

/// A value as its port takes it.
pub(super) fn admitted(name: &str, port: &InputParameter, value: Value) -> Result<Value, String> {
    let value = port.parameter_type.convert(name, value)?;
    if port.literals.is_empty() || port.literals.contains(&value) {
        return Ok(value);
    }
    let allowed: Vec<String> = port.literals.iter().map(ToString::to_string).collect();
    Err(format!(
        "the input `{name}` is {value}, and may be {}",
        allowed.join(", ")
    ))
}

/// Replaces what refers to another input of the same task by its text: kfp compiles `f"Hello {name}"` to that.
fn refer(inputs: &mut Inputs) {
    fn replaced(value: &Value, inputs: &Inputs) -> Option<Value> {
        match value {
            Value::String(text) => {
                let filled_in = |piece| match Placeholder::parse(piece) {
                    Some(Placeholder::InputParameter(name)) => {
                        let value = inputs.parameters.get(name).map(value::text);
                        value.map_or(Cow::Borrowed(piece), Cow::Owned)
                    }
                    _ => piece.into(),
                };
                Some(Value::String(pieces(text).map(filled_in).collect()))
            }
            Value::Array(items) => {
                let new = |item| replaced(item, inputs).unwrap_or_else(|| item.clone());
                Some(items.iter().map(new).collect())
            }
            Value::Object(map) => {
                let new = |(key, item): (&String, &Value)| {
                    let item = replaced(item, inputs).unwrap_or_else(|| item.clone());
                    (key.clone(), item)
                };
                Some(Value::Object(map.iter().map(new).collect()))
            }
            _ => None,
        }
    }
    let original = inputs.clone();
    for value in inputs.parameters.values_mut() {
        if let Some(new) = replaced(value, &original) {
            *value = new;
        }
    }
}

/// Why an input that is required has no value.
fn without_value(name: &str, parameter: &TaskParameter) -> String {
    match &parameter.source {
        ParameterSource::ComponentInput(from) => {
            // The DSL's own name for what it passes on.
            let from = from.strip_prefix("pipelinechannel--").unwrap_or(from);
            format!(
                "its input `{name}` has no value: the parameter `{from}` was left out and has no default"
            )
        }
        _ => format!("its input `{name}` has no value"),
    }
}
