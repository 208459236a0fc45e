//! What runs a pipeline's images: resolved, installed and pulled before anything runs.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use anyhow::Result;
use kfp_pipeline::PipelineSpec;
use kfp_runner::program::{
    Choice, Component, Containers, Engine, Environments, Found, Images, Program, Sources,
    Unresolved, prepare, resolve_with,
};
use kfp_runner::runs::Run;
use kfp_workspace::Workspace;

use super::PipelineArgs;
use crate::{
    error::{Usage, hinted, hinted_usage},
    output::{Console, Style},
    pipeline::source::nearest_environment,
    workspace::user_cache,
};

/// Reads `IMAGE=PATH` or `IMAGE=host`.
pub(super) fn parse_choice(text: &str) -> Result<(String, Choice), String> {
    let Some((image, program)) = text.rsplit_once('=').filter(|(image, _)| !image.is_empty())
    else {
        return Err("it must be `IMAGE=PATH` or `IMAGE=host`".to_owned());
    };
    if program == "host" {
        return Ok((image.to_owned(), Choice::Host));
    }
    let path = fs::canonicalize(program).map_err(|error| format!("`{program}`: {error}"))?;
    Ok((image.to_owned(), Choice::Native(path)))
}

/// The components of the workspace as what may run.
pub(super) fn components(workspace: &Workspace, release: bool) -> Vec<Component> {
    let directory = directory(workspace, release);
    workspace
        .components
        .iter()
        .map(|one| Component {
            name: one.name.clone(),
            version: one.version.clone(),
            image: workspace.settings.image(&one.name, &one.version),
            program: directory.join(&one.name),
        })
        .collect()
}

/// Where cargo puts programs.
pub(super) fn directory(workspace: &Workspace, release: bool) -> PathBuf {
    workspace
        .target
        .join(if release { "release" } else { "debug" })
}

/// Where programs may come from, by the options of the command line.
///
/// # Errors
/// If the container engine that is named does not answer.
pub(super) fn sources(
    workspace: Option<&Workspace>,
    args: &PipelineArgs,
    release: bool,
) -> Result<Sources> {
    let components = workspace.map(|workspace| components(workspace, release));
    let containers = match args.engine.as_deref() {
        None => Containers::IfNeeded,
        Some("none") => Containers::Never,
        Some(program) => Containers::Always(Engine::at(program).map_err(|error| {
            hinted_usage(
                format!("`--engine {program}` cannot run containers: {error}"),
                format!("`{program} info` says more"),
            )
        })?),
    };
    let cache = user_cache();
    let registries = args.registries.clone();
    let client = move || {
        let client = registries.client().build();
        client.map_err(|error| error.to_string())
    };
    Ok(Sources {
        choices: args.native.iter().cloned().collect(),
        components: components.unwrap_or_default(),
        python: args.python.clone(),
        environments: Some(Environments {
            cache: cache.join("environments"),
            nearest: nearest_environment(),
        }),
        images: Some(Images::new(client, cache.join("images"))),
        containers,
        is_offline: args.offline,
    })
}

/// Finds a program for every executor.
///
/// # Errors
/// With all images nothing runs, and what could be done about the first.
pub(super) fn find(
    spec: &PipelineSpec,
    sources: &Sources,
    console: &mut Console,
) -> Result<BTreeMap<String, Found>> {
    let mut say = |image: &str| console.status(Style::Info, "Pulling", image);
    resolve_with(spec, sources, &mut say).map_err(|unresolved| {
        let messages: Vec<String> = unresolved.iter().map(Unresolved::to_string).collect();
        let error = hinted(messages.join("\n"), &unresolved[0].hint);
        error.context(Usage("the pipeline cannot run here".to_owned()))
    })
}

/// Installs and pulls what the programs need, so that nothing waits for it in the middle of the run.
///
/// # Errors
/// If something cannot be installed or pulled.
pub(super) fn make_ready(
    programs: &mut BTreeMap<String, Found>,
    console: &mut Console,
) -> Result<()> {
    let mut say = |verb: &'static str, what: &str| console.status(Style::Info, verb, what);
    prepare(programs, &mut say).map_err(|error| {
        anyhow::anyhow!(error).context(Usage("the pipeline cannot run here".to_owned()))
    })
}

/// Ends containers that a killed runner left behind of a run that is taken up.
pub(super) fn end_left_behind(programs: &BTreeMap<String, Found>, run: &Run) {
    let engine = programs.values().find_map(|found| match &found.program {
        Program::Container { engine, .. } => Some(engine),
        _ => None,
    });
    if let Some(engine) = engine {
        engine.remove_left_behind(&run.names.pipeline_root);
    }
}

/// Refuses programs that are not exactly what the pipeline names, but for those that the command line chose.
///
/// # Errors
/// Everything that differs.
pub(super) fn require_locked(programs: &BTreeMap<String, Found>) -> Result<()> {
    let differences: BTreeSet<&str> = programs
        .values()
        .filter_map(|found| found.difference.as_deref())
        .collect();
    if differences.is_empty() {
        return Ok(());
    }
    let all: Vec<&str> = differences.into_iter().collect();
    Err(hinted_usage(
        all.join("\n"),
        "compile the pipeline with the components as they are, or run it without `--locked`",
    ))
}

/// What `--explain` prints: what runs each executor, and why.
pub(super) fn explanation(programs: &BTreeMap<String, Found>) -> Vec<Vec<String>> {
    programs
        .iter()
        .map(|(label, found)| {
            let program = match &found.program {
                Program::Native(path) => path.display().to_string(),
                Program::Container { engine, .. } => engine.name(),
                other => other.how().to_owned(),
            };
            vec![
                label.clone(),
                found.image.clone(),
                program,
                found.why.clone(),
            ]
        })
        .collect()
}
