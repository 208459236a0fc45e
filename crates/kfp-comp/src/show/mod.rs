//! `kfp-comp show`: the interface of one component, or a compiled pipeline.

mod pipeline;

use std::{
    fmt::Write,
    path::{Path, PathBuf},
};

use anyhow::{Result, bail};
use kfp_catalog::Interface;
use kfp_component_spec::{Argument, Component, Kind};
use kfp_component_yaml::{load::Format, read::Spanned, render};
use kfp_pipeline::{Pipeline, check, rule};
use serde_json::{Value, json};

use crate::{
    catalog,
    component_file::ComponentFile,
    exit::ExitCode,
    interface::{self, Absent},
    output::{Console, printable, table},
    pipeline::{is_component, is_file, is_python, source},
    workspace,
};

/// Show a component's inputs, outputs, image and description, or a pipeline's parameters and graph
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp show train-eval
  kfp-comp show train-eval --json
  kfp-comp show train-eval@0.2.0 --catalog https://acme.github.io/components
  kfp-comp show 'pipeline.yaml#train'
  kfp-comp show pipelines/iris/kfp2.py
  kfp-comp show pipelines/iris/iris.yaml --graph mermaid")]
pub(crate) struct Args {
    /// A component of this workspace or of a catalog, a component.yaml or pipeline IR by path or URL, or the .yaml or .py
    /// file of a pipeline
    #[arg(value_name = "NAME[@VERSION]|FILE[#COMPONENT]")]
    name: String,
    /// Print the component or pipeline as JSON
    #[arg(long)]
    json: bool,
    /// Print only the graph of a pipeline: the tasks and what they wait for, as text or as a Mermaid diagram
    #[arg(long, value_enum, value_name = "FORM", num_args = 0..=1, default_missing_value = "text")]
    graph: Option<pipeline::Graph>,
    /// The Python that compiles a pipeline
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
    #[command(flatten)]
    catalogs: catalog::CatalogArgs,
}

/// Runs the verb.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    if let Some(pipeline) = pipeline_of(args, console)? {
        pipeline::show(&pipeline, args.graph, args.json, console)?;
        return Ok(ExitCode::Done);
    }
    if let Some(file) = ComponentFile::named(&args.name) {
        return show_file(&file, args.json, console);
    }
    let is_elsewhere = !args.catalogs.catalog.is_empty() || args.name.contains('@');
    let Some(workspace) = workspace::find()?.filter(|_| !is_elsewhere) else {
        return catalog::show::run(&args.name, args.json, &args.catalogs, console);
    };
    let one = workspace.component(&args.name)?;
    let component = workspace.signatures(&[one])?.remove(0);
    let package = one.package(&workspace.settings);
    if args.json {
        let mut value = as_json(&component, &package);
        value["directory"] = json!(one.dir);
        console.json(&value)?;
    } else {
        console.data(&text(&component, &package))?;
    }
    Ok(ExitCode::Done)
}

/// The pipeline of a file that holds one, of more than a single component.
fn pipeline_of(args: &Args, console: &mut Console) -> Result<Option<Pipeline>> {
    let path = Path::new(&args.name);
    let is_python = is_python(path);
    if !is_file(&args.name) || !path.is_file() && !is_python {
        return Ok(None);
    }
    let text = source::text(path, args.python.as_deref(), console)?;
    match Pipeline::read(&text) {
        Ok(pipeline) if is_python || !is_component(&pipeline) => {
            let mut problems = check(&pipeline).into_iter();
            // Its graph has no end.
            if let Some(problem) = problems.find(|problem| problem.rule == &rule::COMPONENT_CYCLE) {
                bail!("`{}`: {problem}", args.name);
            }
            Ok(Some(pipeline))
        }
        // Another document than a pipeline is told as what it is by who reads components.
        _ => Ok(None),
    }
}

/// Shows the component of a component.yaml or of pipeline IR.
fn show_file(file: &ComponentFile, as_json: bool, console: &mut Console) -> Result<ExitCode> {
    let (loaded, _) = file.read()?;
    let component = &loaded.file;
    let interface = Interface::of(component);
    let text = |text: &Option<Spanned<String>>| {
        text.as_ref()
            .map(|text| text.value.trim().to_owned())
            .unwrap_or_default()
    };
    let (name, description) = (text(&component.name), text(&component.description));
    let version = component.annotation("version").unwrap_or_default();
    let image = component
        .container()
        .map(|container| container.image.value.as_str());
    if as_json {
        console.json(&json!({
            "name": name,
            "version": version,
            "description": description,
            "image": image,
            "inputs": interface.inputs,
            "outputs": interface.outputs,
        }))?;
        return Ok(ExitCode::Done);
    }
    let mut shown = format!(
        "{} {version}",
        if name.is_empty() { "(unnamed)" } else { &name }
    )
    .trim_end()
    .to_owned()
        + "\n";
    if !description.is_empty() {
        let _ = writeln!(shown, "{description}");
    }
    if loaded.format == Format::Pipeline {
        shown += "\nFormat: pipeline IR, for kfp 2 only\n";
    }
    if let Some(image) = image {
        let _ = writeln!(shown, "\nImage: {image}");
    }
    console.data(&printable(&(shown + &interface::tables(&interface))))?;
    Ok(ExitCode::Done)
}

/// The interface for people.
fn text(component: &Component, package: &render::Package) -> String {
    let mut text = format!("{} {}\n", package.name, package.version);
    if !component.description.is_empty() {
        let _ = writeln!(text, "{}", component.description);
    }
    let _ = writeln!(text, "\nImage: {}", package.image);
    for (title, arguments) in [
        ("Inputs", component.inputs().collect::<Vec<_>>()),
        ("Outputs", component.outputs().collect()),
    ] {
        if arguments.is_empty() {
            continue;
        }
        let _ = write!(
            text,
            "\n{title}:\n{}",
            table(arguments.into_iter().map(row))
        );
    }
    text
}

fn row(argument: &Argument) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    let description = interface::one_line(&argument.full_description());
    if !description.is_empty() {
        notes.push(description);
    }
    match interface::presence(argument) {
        Absent::Refused => {}
        Absent::None => notes.push("[optional]".into()),
        Absent::Value(value) => notes.push(format!("[default: {value}]")),
    }
    vec![
        format!("  {}", argument.name),
        interface::type_name(argument).into(),
        notes.join(" "),
    ]
}

/// The interface for programs.
pub(crate) fn as_json(component: &Component, package: &render::Package) -> Value {
    json!({
        "name": package.name,
        "version": package.version,
        "description": component.description,
        "image": package.image,
        "inputs": component.inputs().map(argument_as_json).collect::<Vec<_>>(),
        "outputs": component.outputs().map(argument_as_json).collect::<Vec<_>>(),
    })
}

fn argument_as_json(argument: &Argument) -> Value {
    let mut value = json!({
        "name": argument.name,
        "type": argument.type_name(),
        "description": argument.full_description(),
    });
    if argument.is_input() {
        value["flag"] = argument.flag().into();
        value["required"] = (!argument.may_be_omitted()).into();
    }
    if let Absent::Value(default) = interface::presence(argument) {
        value["default"] = default.into();
    }
    if let Kind::Parameter(parameter) = &argument.kind
        && !parameter.choices.is_empty()
    {
        value["choices"] = json!(parameter.choices);
    }
    value
}
