//! `kfp-comp run`: builds a component, or those of a compiled pipeline, and runs them on this machine as KFP would.
//!
//! No container and no cluster: the program is started with the command line to which KFP resolves `component.yaml`.

mod inputs;
mod outputs;
#[cfg(unix)]
pub(crate) mod pipeline;
#[cfg(not(unix))]
#[path = "pipeline_elsewhere.rs"]
mod pipeline;
mod process;
mod protocol;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, Result};
use clap_complete::engine::ArgValueCompleter;
use kfp_component_spec::{Component, Kind};
use serde_json::json;

use crate::{
    argument_size,
    completions::values,
    error::{Usage, hinted_usage},
    exit::ExitCode,
    output::{Console, Style},
    workspace,
};
use kfp_workspace::{ComponentCrate, Workspace};
use process::Completed;
pub(crate) use process::build;
use protocol::{Inputs, Kfp};

/// Run a component or a compiled pipeline on this machine as KFP would
///
/// Builds it, runs it without a container and shows what it produced. A component's outputs stay in target/kfp/NAME/
/// until the next run; a required input that is omitted is read from the file of its name in the component's samples/
/// directory. A pipeline's runs are kept in target/kfp/runs/.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp run data-ingestion
  kfp-comp run data-ingestion -- --url https://example.com/data.csv
  kfp-comp run data-preprocess --kfp 1 --json -- --ingested-data iris.csv --label-colname species
  kfp-comp run pipelines/iris/kfp2.py -- --url https://example.com/iris.csv")]
pub(crate) struct Args {
    /// Name of the component, or the .yaml or .py file of a pipeline
    #[arg(add = ArgValueCompleter::new(values::runnable))]
    name: String,
    /// Version of KFP to imitate: 1 or 2
    #[arg(long, default_value = "2", value_parser = parse_kfp)]
    kfp: Kfp,
    /// Build with optimisations
    #[arg(long)]
    release: bool,
    /// Print the outputs as JSON; those of a pipeline with every event as it happens, one on each line, as `run.jsonl` has it
    #[arg(long)]
    json: bool,
    /// Inputs, such as --label-colname species; paths are relative to the current directory
    #[arg(
        last = true,
        value_name = "INPUTS",
        allow_hyphen_values = true,
        add = ArgValueCompleter::new(values::inputs)
    )]
    inputs: Vec<String>,
    #[command(flatten)]
    pipeline: pipeline::PipelineArgs,
}

fn parse_kfp(text: &str) -> Result<Kfp, String> {
    match text {
        "1" => Ok(Kfp::V1),
        "2" => Ok(Kfp::V2),
        _ => Err("the versions are 1 and 2".into()),
    }
}

/// Runs the verb.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    if crate::pipeline::is_file(&args.name) {
        return pipeline::run(Path::new(&args.name), &args.pipeline, args, console);
    }
    component(args, console)
}

/// Runs one component of the workspace.
fn component(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let workspace = workspace::open()?;
    let one = workspace.component(&args.name)?;
    let build =
        |console: &Console| build(&workspace.root, &one.name, args.release, console.is_quiet());
    if let ["--help" | "-h" | "--version"] =
        args.inputs.iter().map(String::as_str).collect::<Vec<_>>()[..]
    {
        let status = process::show(&build(console)?, &args.inputs)?;
        return Ok(if status.success() {
            ExitCode::Done
        } else {
            ExitCode::Failed
        });
    }

    let component = workspace.signatures(&[one])?.remove(0);
    let directory = workspace.target.join("kfp").join(&one.name);
    let given = inputs(
        &workspace,
        one,
        &component,
        &args.inputs,
        &directory,
        console,
    )?;
    argument_size::check_each(&component, &given)?;
    if args.kfp == Kfp::V2 {
        argument_size::check_together(&component, &given)?;
    }
    let program = build(console)?;
    empty(&directory)?;

    console.status(
        Style::Success,
        "Running",
        &format!("{} as KFP {} would", one.name, args.kfp.number()),
    );
    let start = Instant::now();
    let completed = process::run(
        &program,
        &protocol::command_line(&component, &given, args.kfp, &directory),
    )?;
    let seconds = start.elapsed().as_secs_f64();
    let outputs = outputs::collect(&component, &directory);
    if args.json {
        let printed = &completed.error;
        let error = (!completed.status.success()).then(|| {
            json!({
                "message": printed.chain.first(),
                "causes": printed.chain.get(1..),
                "hints": printed.hints,
            })
        });
        console.json(&json!({
            "component": one.name,
            "kfp": args.kfp.number(),
            "succeeded": completed.status.success(),
            "exit_code": completed.status.code(),
            "seconds": seconds,
            "directory": directory,
            "outputs": outputs,
            "error": error,
        }))?;
    }
    if !completed.status.success() {
        return Ok(report_failure(&one.name, completed, console));
    }
    console.status(
        Style::Success,
        "Finished",
        &format!("{} in {seconds:.2} s", one.name),
    );
    if !args.json {
        let here = std::env::current_dir().unwrap_or_default();
        console.data(&outputs::text(&outputs, &here))?;
    }
    Ok(ExitCode::Done)
}

/// Prints how a component failed, with its last error and hints.
fn report_failure(name: &str, completed: Completed, console: &mut Console) -> ExitCode {
    let how = match completed.status.code() {
        Some(code) => format!("exited with {code}"),
        None => format!("was stopped ({})", completed.status),
    };
    console.failure(&format!("{name} {how}"), completed.error.chain.into_iter());
    for hint in &completed.error.hints {
        console.hint(hint);
    }
    if completed.status.code() == Some(2) {
        ExitCode::Usage
    } else {
        ExitCode::Failed
    }
}

/// The given inputs with absolute paths, completed from the samples.
fn inputs(
    workspace: &Workspace,
    one: &ComponentCrate,
    component: &Component,
    tokens: &[String],
    directory: &Path,
    console: &mut Console,
) -> Result<Inputs> {
    let mut given = inputs::parse(component, tokens)?;
    for input in component
        .inputs()
        .filter(|input| matches!(input.kind, Kind::InputArtifact { .. }))
    {
        if let Some(path) = given.get_mut(&input.name) {
            *path = existing(&input.flag(), path)?;
            if Path::new(path).starts_with(directory) {
                let message = format!(
                    "`{}` is in {}, which every run deletes",
                    input.flag(),
                    directory.display()
                );
                return Err(Usage(format!("{message}; copy it elsewhere first")).into());
            }
        }
    }
    for input in component
        .inputs()
        .filter(|input| matches!(input.kind, Kind::InputList(_)))
    {
        if let Some(list) = given.get_mut(&input.name) {
            *list = existing_list(&input.flag(), list)?;
        }
    }
    for input in component.inputs().filter(|input| !input.may_be_omitted()) {
        let shown = one.dir.join("samples").join(&input.name);
        let sample = workspace.root.join(&shown);
        if given.contains_key(&input.name) || !sample.exists() {
            continue;
        }
        let value = match &input.kind {
            Kind::Parameter(_) => {
                let text = fs::read_to_string(&sample)
                    .with_context(|| format!("could not read `{}`", shown.display()))?;
                text.trim_end_matches(['\n', '\r']).to_owned()
            }
            Kind::InputList(_) => serde_json::to_string(&entries(&sample)?)?,
            _ => sample.to_string_lossy().into_owned(),
        };
        console.status(
            Style::Info,
            "Sample",
            &format!("{} {}", input.flag(), shown.display()),
        );
        given.insert(input.name.clone(), value);
    }
    inputs::require(component, &given, &one.name, &one.dir.join("samples"))?;
    Ok(given)
}

/// The entries of a directory in the order of their names, or the one file that it is.
fn entries(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).and_then(|entries| {
        entries
            .map(|entry| Ok(entry?.path()))
            .collect::<std::io::Result<Vec<_>>>()
    });
    let mut entries = entries.with_context(|| format!("could not read `{}`", path.display()))?;
    entries.sort();
    Ok(entries)
}

/// The absolute paths in a JSON list of input files or directories.
fn existing_list(flag: &str, list: &str) -> Result<String> {
    let paths: Vec<String> = serde_json::from_str(list).map_err(|_| {
        hinted_usage(
            format!("`{flag}` is `{list}`, but must be a JSON list of paths"),
            format!("write it as in `{flag} '[\"a.csv\",\"b.csv\"]'`"),
        )
    })?;
    let paths: Vec<String> = paths
        .iter()
        .map(|path| existing(flag, path))
        .collect::<Result<_>>()?;
    Ok(serde_json::to_string(&paths)?)
}

/// The absolute path of an input file or directory, with symbolic links resolved.
fn existing(flag: &str, path: &str) -> Result<String> {
    let full = PathBuf::from(path).canonicalize().map_err(|error| {
        if path.contains("://") {
            hinted_usage(
                format!("`{flag}` is an input file, and `{path}` is a URL"),
                format!("download it and pass the file's path: `{flag} PATH`"),
            )
        } else {
            Usage(format!(
                "cannot read the input file of `{flag}`: `{path}`: {error}"
            ))
            .into()
        }
    })?;
    full.into_os_string()
        .into_string()
        .map_err(|path| anyhow::anyhow!("`{}` is not UTF-8", path.display()))
}

/// Recreates the directory, so that everything in it comes from this run.
fn empty(directory: &Path) -> Result<()> {
    let failed = || format!("could not empty `{}`", directory.display());
    if directory.exists() {
        fs::remove_dir_all(directory).with_context(failed)?;
    }
    fs::create_dir_all(directory).with_context(failed)
}
