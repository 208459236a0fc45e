//! The pipeline: a compiled file, or a Python file that is compiled first.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::Result;
use kfp_pipeline::{Executor, Pipeline, Problem, Severity, check, kubernetes};

use super::compile::{PythonArgs, compile};
use crate::{
    error::Usage,
    output::{Console, Style},
};

/// The text of a compiled pipeline.
///
/// # Errors
/// If it cannot be read, or is Python that does not compile.
pub(crate) fn text(path: &Path, python: &PythonArgs, console: &mut Console) -> Result<String> {
    if super::is_python(path) {
        return Ok(compile(path, python, console)??);
    }
    if let Some(function) = &python.function {
        let message = format!(
            "`--function {function}`: `{}` is not a .py file",
            path.display()
        );
        return Err(Usage(message).into());
    }
    fs::read_to_string(path).map_err(|error| {
        let message = format!("could not read `{}`: {error}", path.display());
        anyhow::Error::new(Usage(message))
    })
}

/// The pipeline, without errors.
///
/// # Errors
/// Everything that is wrong with it, each with its place in the file.
pub(crate) fn checked(path: &Path, text: &str, console: &mut Console) -> Result<Pipeline> {
    checked_but(path, text, |_| false, console)
}

/// The pipeline, without errors, except for those that the caller passes over.
///
/// # Errors
/// All others, each with its place in the file.
pub(crate) fn checked_but(
    path: &Path,
    text: &str,
    is_passed_over: impl Fn(&Problem) -> bool,
    console: &mut Console,
) -> Result<Pipeline> {
    let wrong = |problems: &[Problem], console: &mut Console| {
        for problem in problems {
            console.failure(&problem.message, std::iter::empty());
            console.position(path, problem.position.line, problem.position.column);
            console.hint(problem.help());
        }
        let count = problems.len();
        let what = if count == 1 { "error" } else { "errors" };
        Usage(format!(
            "`{}` has {count} {what}; nothing was run",
            path.display()
        ))
    };
    let pipeline = match Pipeline::read(text) {
        Ok(pipeline) => pipeline,
        Err(problem) => return Err(wrong(&[problem], console).into()),
    };
    let (errors, others): (Vec<Problem>, Vec<Problem>) = check(&pipeline)
        .into_iter()
        .partition(|problem| problem.is_error() && !is_passed_over(problem));
    if !errors.is_empty() {
        return Err(wrong(&errors, console).into());
    }
    let is_warning = |problem: &Problem| problem.rule.severity == Severity::Warning;
    for warning in others.into_iter().filter(is_warning) {
        console.detail(
            "Note",
            &format!("{} ({})", warning.message, warning.position),
        );
    }
    Ok(pipeline)
}

/// Says which settings mean something on a cluster only.
pub(crate) fn note_not_applied(pipeline: &Pipeline, console: &mut Console) {
    let ignored = not_applied(pipeline);
    if !ignored.is_empty() {
        let text = format!("not applied here: {}", ignored.join(", "));
        console.status(Style::Warning, "Note", &text);
    }
}

/// The settings in the file that mean something on a cluster only.
fn not_applied(pipeline: &Pipeline) -> Vec<String> {
    let mut executors = pipeline.spec.deployment_spec.executors.values();
    let has_accelerator = executors.any(|executor| match executor {
        Executor::Container(container) => !container.resources["accelerator"].is_null(),
        _ => false,
    });
    let platforms = pipeline.platforms.platforms.values();
    let settings: BTreeSet<&str> = platforms
        .flat_map(|platform| {
            let executors = platform.deployment_spec.executors.values();
            executors.flat_map(kubernetes::not_applied).chain(
                platform
                    .pipeline_config
                    .keys()
                    .filter(|name| *name != "workspace"),
            )
        })
        .map(String::as_str)
        .chain(has_accelerator.then_some("accelerator"))
        .collect();
    settings
        .into_iter()
        .map(|name| format!("`{name}`"))
        .collect()
}
