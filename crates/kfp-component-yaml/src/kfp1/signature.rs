//! The Python function kfp 1.8 makes of a component, and what to call it with.

use super::Arguments;
use super::name::{is_parameter_name, python_names};
use super::value::{Argument, sample};
use crate::ir::FINAL_STATUS;
use crate::read::{Arg, ArgKind, Branch, ComponentFile, Input, Problem};
use crate::rules;

pub(super) fn is_final_status(input: &Input) -> bool {
    input.kind.as_ref().and_then(|kind| kind.value.name()) == Some(FINAL_STATUS)
}

pub(super) fn check(file: &ComponentFile) -> Result<(), Problem> {
    let names = python_names(file.inputs.iter().map(|input| input.name.value.as_str()));
    let required_first = file
        .inputs
        .iter()
        .filter(|i| !i.may_be_omitted())
        .chain(file.inputs.iter().filter(|i| i.may_be_omitted()));
    for input in required_first.filter(|input| !is_final_status(input)) {
        let name = &names[input.name.value.as_str()];
        if name.is_empty() {
            return Err(Problem::new(
                &rules::BAD_NAME,
                "IndexError",
                "string index out of range",
                input.name.start,
            ));
        }
        if !is_parameter_name(name) {
            let message = format!("'{name}' is not a valid parameter name");
            return Err(Problem::new(
                &rules::PYTHON_KEYWORD,
                "ValueError",
                message,
                input.name.start,
            ));
        }
    }
    Ok(())
}

/// A `PipelineTaskFinalStatus` is left out of the function. Where an argument takes it that resolves to nothing; where
/// none does, its only use is to be passed, and that the function refuses.
pub(super) fn check_final_status(file: &ComponentFile) -> Result<(), Problem> {
    let Some(container) = file.container() else {
        return Ok(());
    };
    for input in file.inputs.iter().filter(|input| is_final_status(input)) {
        let name = &input.name.value;
        if !container.args().any(|arg| takes(arg, name)) {
            let python = super::python_name(name);
            let message = format!(
                "create_function_from_parameters.<locals>.pass_locals() got an unexpected keyword argument '{python}'"
            );
            return Err(Problem::type_error(
                &rules::FINAL_STATUS_NOT_PASSED,
                message,
                input.position,
            ));
        }
    }
    Ok(())
}

fn takes(arg: &Arg, input: &str) -> bool {
    match &arg.kind {
        ArgKind::Placeholder(kind, name) => !kind.is_output() && name.value == input,
        ArgKind::Concat(items) => items.iter().any(|item| takes(item, input)),
        ArgKind::If(choice) => {
            let branches = std::iter::once(&choice.then).chain(&choice.otherwise);
            branches.flat_map(Branch::args).any(|arg| takes(arg, input))
        }
        ArgKind::Text(_) | ArgKind::ExecutorInput | ArgKind::OutputMetadata => false,
    }
}

/// The arguments of a call: what is required, or everything. A default that is not also `optional` is Python's to fill in.
pub(super) fn arguments(file: &ComponentFile, all: bool) -> Arguments<'_> {
    let passed = file
        .inputs
        .iter()
        .filter(|input| !is_final_status(input))
        .filter_map(|input| {
            let value = if all || !input.may_be_omitted() {
                sample(input)
            } else if input.optional {
                return None;
            } else {
                Argument::Constant(input.default.as_ref()?.value.clone())
            };
            Some((input.name.value.as_str(), value))
        });
    passed.collect()
}
