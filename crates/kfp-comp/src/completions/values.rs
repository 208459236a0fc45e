//! What can be typed for the arguments of `run` and `submit`: components, pipelines and their inputs.
//!
//! A shell waits for the answer, so nothing is compiled, and cargo is asked only when the workspace has changed: the
//! parameters of a pipeline in Python are not completed.

use std::{env, ffi::OsStr, fs, path::Path};

use clap_complete::engine::{CompletionCandidate, PathCompleter, ValueCompleter as _};
use kfp_component_spec::Kind;
use kfp_pipeline::{ParameterType, Pipeline};

use crate::{
    pipeline::{flags, is_file},
    workspace,
};

/// Components of the workspace, and files of pipelines.
pub(crate) fn runnable(current: &OsStr) -> Vec<CompletionCandidate> {
    let workspace = workspace::open().ok();
    let components = workspace
        .into_iter()
        .flat_map(|workspace| workspace.components);
    let typed = current.to_string_lossy().into_owned();
    let mut all: Vec<CompletionCandidate> = components
        .filter(|one| one.name.starts_with(&typed))
        .map(|one| CompletionCandidate::new(one.name).help(Some("component".into())))
        .collect();
    all.extend(pipelines(current));
    all
}

/// Files of pipelines.
pub(crate) fn pipelines(current: &OsStr) -> Vec<CompletionCandidate> {
    let is_pipeline = |path: &Path| path.is_dir() || path.to_str().is_some_and(is_file);
    PathCompleter::any().filter(is_pipeline).complete(current)
}

/// The inputs of what the command line names, as flags; after a flag, its values where they are few.
pub(crate) fn inputs(current: &OsStr) -> Vec<CompletionCandidate> {
    let words: Vec<String> = env::args().collect();
    let before_inputs = words.iter().rposition(|word| word == "--");
    let Some(at) = before_inputs.filter(|at| *at > 1) else {
        return Vec::new();
    };
    let typed = current.to_string_lossy();
    let last = words[at + 1..].iter().rev().find(|word| **word != typed);
    let inputs = words[1..at].iter().rev().find_map(|word| inputs_of(word));
    let inputs = inputs.unwrap_or_default();
    if let Some(input) = inputs.iter().find(|input| Some(&input.flag) == last) {
        let values = input.values.iter();
        return values
            .filter(|value| value.starts_with(&*typed))
            .map(CompletionCandidate::new)
            .collect();
    }
    inputs
        .into_iter()
        .filter(|input| {
            input.flag.starts_with(&*typed) && !words.contains(&input.flag) || input.flag == typed
        })
        .map(|input| CompletionCandidate::new(input.flag).help(Some(input.help.into())))
        .collect()
}

/// An input as it is typed.
struct Input {
    flag: String,
    help: String,
    /// The only values it may have, if they are few.
    values: Vec<String>,
}

/// The inputs of a pipeline's file or of a component of this workspace.
fn inputs_of(word: &str) -> Option<Vec<Input>> {
    let boolean = || ["true", "false"].map(str::to_owned).to_vec();
    if is_file(word) {
        let pipeline = Pipeline::read(&fs::read_to_string(word).ok()?).ok()?;
        let ports = &pipeline.spec.root.input_definitions.parameters;
        let input = |(name, port): (&String, &kfp_pipeline::InputParameter)| Input {
            flag: flags::flag(name),
            help: format!("{} {}", port.parameter_type.name(), port.description),
            values: match port.parameter_type {
                ParameterType::Boolean => boolean(),
                _ => port
                    .literals
                    .iter()
                    .map(kfp_pipeline::value::text)
                    .collect(),
            },
        };
        return Some(ports.iter().map(input).collect());
    }
    let workspace = workspace::open().ok()?;
    let one = workspace.component(word).ok()?;
    let component = workspace.signatures(&[one]).ok()?.pop()?;
    let input = |input: &kfp_component_spec::Argument| Input {
        flag: input.flag(),
        help: input.full_description(),
        values: match &input.kind {
            Kind::Parameter(parameter)
                if parameter.ty == kfp_component_spec::ParameterType::Boolean =>
            {
                boolean()
            }
            Kind::Parameter(parameter) => parameter.choices.clone(),
            _ => Vec::new(),
        },
    };
    Some(component.inputs().map(input).collect())
}
