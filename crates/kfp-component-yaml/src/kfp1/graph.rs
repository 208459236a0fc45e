//! One call of a graph component: each task called in turn with what the others give; it ends where files are missing.

use std::collections::HashMap;

use super::Arguments;
use super::argo;
use super::call::{call as call_container, compatible};
use super::name::is_drawn;
use super::value::Argument;
use crate::ir::FINAL_STATUS;
use crate::read::{
    ComponentFile, DeclaredType, Default, Graph, GraphArgument, Implementation, Output, Problem,
    Spanned, Task,
};
use crate::rules;
use kfp_pyyaml::MAX_DEPTH;

type Outputs = HashMap<String, Argument>;

struct Scope<'f> {
    arguments: Arguments<'f>,
    /// Outputs of the tasks called so far.
    tasks: HashMap<&'f str, Outputs>,
}

/// What the graph's outputs are; nothing where a task's component is not in the file.
pub(super) fn call(
    file: &ComponentFile,
    graph: &Graph,
    arguments: Arguments,
    depth: usize,
) -> Result<Option<Outputs>, Problem> {
    if depth > MAX_DEPTH {
        return Ok(None);
    }
    let mut given = arguments;
    for input in &file.inputs {
        if let Some(default) = &input.default {
            given
                .entry(&input.name.value)
                .or_insert_with(|| Argument::Constant(default.value.clone()));
        }
    }
    let mut scope = Scope {
        arguments: given,
        tasks: HashMap::new(),
    };
    let mut waiting: Vec<&Task> = graph.tasks.iter().collect();
    while let Some(at) = waiting
        .iter()
        .position(|task| needs(task).all(|need| scope.tasks.contains_key(need)))
    {
        let task = waiting.remove(at);
        let Some(outputs) = call_task(task, &scope, depth)? else {
            return Ok(None);
        };
        scope.tasks.insert(&task.id.value, outputs);
    }
    let mut outputs = Outputs::new();
    for (name, argument) in &graph.output_values {
        outputs.insert(name.value.clone(), scope.resolve(argument)?);
    }
    Ok(Some(outputs))
}

fn needs(task: &Task) -> impl Iterator<Item = &str> {
    task.arguments
        .iter()
        .flatten()
        .filter_map(|(_, argument)| match argument {
            GraphArgument::TaskOutput {
                task: Some(task), ..
            } => Some(task.value.as_str()),
            _ => None,
        })
}

fn call_task(task: &Task, scope: &Scope, depth: usize) -> Result<Option<Outputs>, Problem> {
    let Some(spec) = &task.spec else {
        let is_given = |text: &Option<Spanned<String>>| {
            text.as_ref().is_some_and(|text| !text.value.is_empty())
        };
        return if is_given(&task.url) || is_given(&task.name) {
            Ok(None)
        } else {
            Err(
                Problem::type_error(&rules::MISSING_KEY, "name is required", task.id.start)
                    .with_help("add `name` or `url` to the task's `componentRef`: kfp 1.8 finds no component by digest or tag alone"),
            )
        };
    };
    let Some(given) = &task.arguments else {
        let message = "'NoneType' object has no attribute 'items'";
        return Err(Problem::new(
            &rules::MISSING_KEY,
            "AttributeError",
            message,
            task.id.start,
        ));
    };
    let mut arguments = Arguments::new();
    for (name, argument) in given {
        arguments.insert(&name.value, scope.resolve(argument)?);
    }
    let container = match &spec.implementation {
        Some(Implementation::Graph(graph)) => return call(spec, graph, arguments, depth + 1),
        Some(Implementation::Container(container)) => container,
        None => {
            let message = "Only container components have command line to resolve";
            return Err(Problem::type_error(
                &rules::NO_IMPLEMENTATION,
                message,
                spec.position,
            ));
        }
    };
    for (name, argument) in &arguments {
        let Some(input) = spec.input(name) else {
            return Err(Problem::new(
                &rules::UNKNOWN_ARGUMENT,
                "KeyError",
                format!("'{name}'"),
                task.id.start,
            ));
        };
        // The constants of a call are written into the workflow beside the component.
        if let Argument::Constant(Default::Text(text)) = argument {
            argo::tags(text, task.id.start)?;
        }
        if let Argument::Output(given) = argument {
            let expected = input.kind.as_ref().map(|kind| &kind.value);
            if !compatible(given.as_ref(), expected) {
                let component = spec.name.as_ref().map_or("None", |name| &name.value);
                let message = format!(
                    "Incompatible argument passed to the input \"{name}\" of component \"{component}\": \
                     Argument type \"{}\" is incompatible with the input type \"{}\"",
                    type_name(given.as_ref()),
                    type_name(expected)
                );
                return Err(Problem::new(
                    &rules::INCOMPATIBLE_TYPES,
                    "InconsistentTypeException",
                    message,
                    task.id.start,
                ));
            }
        }
    }
    call_container(spec, container, arguments)?;
    if let Some(drawn) = spec
        .outputs
        .iter()
        .find(|output| is_drawn(&output.name.value))
    {
        let message = format!("'{}'", drawn.name.value);
        return Err(Problem::new(
            &rules::UNKNOWN_ARGUMENT,
            "KeyError",
            message,
            drawn.name.start,
        ));
    }
    let output = |output: &Output| {
        let kind = output.kind.as_ref().map(|kind| kind.value.clone());
        (output.name.value.clone(), Argument::Output(kind))
    };
    Ok(Some(spec.outputs.iter().map(output).collect()))
}

fn type_name(declared: Option<&DeclaredType>) -> &str {
    declared
        .and_then(DeclaredType::name)
        .unwrap_or(FINAL_STATUS)
}

impl Scope<'_> {
    fn resolve(&self, argument: &GraphArgument) -> Result<Argument, Problem> {
        let (found, name) = match argument {
            GraphArgument::Constant(value) => return Ok(Argument::Constant(value.clone())),
            GraphArgument::GraphInput { input } => {
                (self.arguments.get(input.value.as_str()), input)
            }
            GraphArgument::TaskOutput { task, output } => {
                let outputs = task
                    .as_ref()
                    .and_then(|task| self.tasks.get(task.value.as_str()));
                (
                    outputs.and_then(|outputs| outputs.get(&output.value)),
                    output,
                )
            }
        };
        let missing = || {
            Problem::new(
                &rules::UNKNOWN_ARGUMENT,
                "KeyError",
                format!("'{}'", name.value),
                name.start,
            )
        };
        found.cloned().ok_or_else(missing)
    }
}
