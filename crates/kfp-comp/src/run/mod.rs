//! `kfp-comp run`: builds a component, or those of a compiled pipeline, and runs them here, as KFP would.
//!
//! No container, no cluster: the program itself, with the command line KFP resolves `component.yaml` to.

mod child;
mod given;
mod outcome;
mod pipeline;
mod protocol;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, Result};
use kfp_component_spec::{Component, Kind};
use serde_json::json;

use crate::{
    error::Usage,
    exit::ExitCode,
    output::{Console, Tone},
};
use kfp_workspace::{ComponentCrate, Dependencies, Workspace};
use protocol::{Given, Kfp};

/// Run a component or a compiled pipeline here as KFP would
///
/// Builds it, runs it without a container and shows what it produced. A component's outputs are in target/kfp/NAME/
/// until the next run; a required input that is not given is taken from the file of its name in the component's samples/
/// directory. A pipeline's runs are kept in target/kfp/runs/.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp run data-ingestion
  kfp-comp run data-ingestion -- --url https://example.com/data.csv
  kfp-comp run data-preprocess --kfp 1 --json -- --ingested-data iris.csv --label-colname species
  kfp-comp run pipelines/iris/kfp2.py -- --url https://example.com/iris.csv")]
pub(crate) struct Args {
    /// The component, or a pipeline's .yaml or .py file
    name: String,
    /// Which KFP starts it
    #[arg(long, default_value = "2", value_parser = parse_kfp)]
    kfp: Kfp,
    /// Build with optimisations
    #[arg(long)]
    release: bool,
    /// Print what it produced as JSON
    #[arg(long)]
    json: bool,
    /// Inputs: --label-colname species; paths are seen from here
    #[arg(last = true, value_name = "INPUTS", allow_hyphen_values = true)]
    inputs: Vec<String>,
    #[command(flatten)]
    pipeline: pipeline::PipelineArgs,
}

fn parse_kfp(text: &str) -> Result<Kfp, String> {
    match text {
        "1" => Ok(Kfp::V1),
        "2" => Ok(Kfp::V2),
        _ => Err("KFP is 1 or 2".into()),
    }
}

/// Runs the verb.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    if pipeline::is_pipeline(&args.name) {
        return pipeline::run(Path::new(&args.name), &args.pipeline, args, console);
    }
    let workspace = Workspace::open(Dependencies::Ignored)?;
    let one = workspace.component(&args.name)?;
    let build = |console: &Console| {
        child::build(&workspace.root, &one.name, args.release, console.is_quiet())
    };
    if let ["--help" | "-h" | "--version"] =
        args.inputs.iter().map(String::as_str).collect::<Vec<_>>()[..]
    {
        let status = child::show(&build(console)?, &args.inputs)?;
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
    let program = build(console)?;
    empty(&directory)?;

    console.status(
        Tone::Good,
        "Running",
        &format!(
            "{} as KFP {} would",
            one.name,
            if args.kfp == Kfp::V1 { 1 } else { 2 }
        ),
    );
    let start = Instant::now();
    let ending = child::run(
        &program,
        &protocol::command_line(&component, &given, args.kfp, &directory),
    )?;
    let seconds = start.elapsed().as_secs_f64();
    let outputs = outcome::collect(&component, &directory);

    let succeeded = ending.status.success();
    if args.json {
        let printed = &ending.error;
        let error = (!succeeded).then(|| {
            json!({
                "message": printed.chain.first(),
                "causes": printed.chain.get(1..),
                "hints": printed.hints,
            })
        });
        console.json(&json!({
            "component": one.name,
            "kfp": if args.kfp == Kfp::V1 { 1 } else { 2 },
            "succeeded": succeeded,
            "exit_code": ending.status.code(),
            "seconds": seconds,
            "directory": directory,
            "outputs": outputs,
            "error": error,
        }))?;
    }
    if succeeded {
        console.status(
            Tone::Good,
            "Finished",
            &format!("{} in {seconds:.2} s", one.name),
        );
        if !args.json {
            let here = std::env::current_dir().unwrap_or_default();
            console.data(&outcome::text(&outputs, &here))?;
        }
        return Ok(ExitCode::Done);
    }
    let how = match ending.status.code() {
        Some(code) => format!("exited with {code}"),
        None => format!("was stopped ({})", ending.status),
    };
    console.failure(
        &format!("{} {how}", one.name),
        ending.error.chain.into_iter(),
    );
    ending
        .error
        .hints
        .iter()
        .for_each(|hint| console.hint(hint));
    Ok(if ending.status.code() == Some(2) {
        ExitCode::Usage
    } else {
        ExitCode::Failed
    })
}

/// What was given, completed from the samples, with absolute paths.
fn inputs(
    workspace: &Workspace,
    one: &ComponentCrate,
    component: &Component,
    tokens: &[String],
    directory: &Path,
    console: &mut Console,
) -> Result<Given> {
    let mut given = given::parse(component, tokens)?;
    for input in component
        .inputs()
        .filter(|input| matches!(input.kind, Kind::InputArtifact { .. }))
    {
        if let Some(path) = given.get_mut(&input.name) {
            *path = absolute(path)?;
            if Path::new(path).starts_with(directory) {
                let message = format!(
                    "`{}` is in {}, which every run empties",
                    input.flag(),
                    directory.display()
                );
                return Err(Usage(format!("{message}; copy it elsewhere first")).into());
            }
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
            _ => sample.to_string_lossy().into_owned(),
        };
        console.status(
            Tone::Plain,
            "Sample",
            &format!("{} {}", input.flag(), shown.display()),
        );
        given.insert(input.name.clone(), value);
    }
    given::require(component, &given)?;
    Ok(given)
}

/// The path from the root; if it is there, the way it really is.
fn absolute(path: &str) -> Result<String> {
    let path = PathBuf::from(path);
    let full = path.canonicalize().or_else(|_| std::path::absolute(&path));
    let full = full.with_context(|| format!("`{}` is no path", path.display()))?;
    full.into_os_string()
        .into_string()
        .map_err(|path| anyhow::anyhow!("`{}` is not UTF-8", path.display()))
}

/// Makes the directory anew, so that what is in it afterwards comes from this run.
fn empty(directory: &Path) -> Result<()> {
    let failed = || format!("could not empty `{}`", directory.display());
    if directory.exists() {
        fs::remove_dir_all(directory).with_context(failed)?;
    }
    fs::create_dir_all(directory).with_context(failed)
}
