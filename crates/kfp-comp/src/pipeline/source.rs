//! The pipeline: a compiled file, or a Python file that is compiled first.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use kfp_pipeline::{Executor, Pipeline, Problem, Severity, check, kubernetes};

use crate::{
    error::{Usage, hinted},
    output::{Console, Style},
};

/// The text of a compiled pipeline.
///
/// # Errors
/// If it cannot be read, or is Python that does not compile.
pub(crate) fn text(path: &Path, python: Option<&Path>, console: &mut Console) -> Result<String> {
    if super::is_python(path) {
        return compile(path, python, console);
    }
    fs::read_to_string(path).map_err(|error| {
        let message = format!("could not read `{}`: {error}", path.display());
        anyhow::Error::new(Usage(message))
    })
}

/// Compiles a Python file with the user's own Python, which has the user's own modules.
fn compile(path: &Path, python: Option<&Path>, console: &mut Console) -> Result<String> {
    fs::metadata(path)
        .map_err(|error| Usage(format!("could not read `{}`: {error}", path.display())))?;
    let python = python.map_or_else(interpreter, Path::to_owned);
    let directory = tempfile::tempdir().context("could not make a temporary directory")?;
    let compiled = directory.path().join("pipeline.yaml");
    console.status(Style::Info, "Compiling", &path.display().to_string());
    let output = Command::new(&python)
        // What the program `kfp` of its installation does; the package itself cannot be run with `-m`.
        .args(["-c", "from kfp.cli.__main__ import main; main()"])
        .args(["dsl", "compile", "--py"])
        .arg(path)
        .arg("--output")
        .arg(&compiled)
        .output();
    let output = match output {
        Ok(output) => output,
        Err(error) => {
            let message = format!("could not run `{}`: {error}", python.display());
            return Err(hinted(
                message,
                "name a Python that has kfp 2: `--python .venv/bin/python`",
            ));
        }
    };
    if output.status.success() {
        return fs::read_to_string(&compiled).context("kfp compiled nothing");
    }
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("No module named") && said.contains("kfp") {
        let message = format!(
            "`{}` has no kfp 2, which compiles pipelines",
            python.display()
        );
        let hint = format!("{} -m pip install 'kfp>=2'", python.display());
        return Err(hinted(message, hint));
    }
    let last = said.trim().lines().last().unwrap_or_default().to_owned();
    for line in said.lines() {
        console.say(&format!("             | {line}"));
    }
    bail!("`{}` does not compile: {last}", path.display());
}

/// The active or the nearest virtual environment's Python, else the system's.
fn interpreter() -> PathBuf {
    nearest_environment().unwrap_or_else(|| "python3".into())
}

/// The Python of the active or the nearest virtual environment.
pub(crate) fn nearest_environment() -> Option<PathBuf> {
    let active = env::var_os("VIRTUAL_ENV").map(PathBuf::from);
    active
        .into_iter()
        .chain([PathBuf::from(".venv")])
        .map(|environment| environment.join("bin/python"))
        .find(|python| python.is_file())
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
