//! `kfp-comp show`: the interface of one component.

use std::fmt::Write;

use anyhow::Result;
use kfp_component_spec::{Argument, Component, Kind};
use kfp_component_yaml::render;
use serde_json::{Value, json};

use crate::{
    catalog,
    exit::ExitCode,
    interface::{self, Absent},
    output::{Console, table},
};
use kfp_workspace::Workspace;

/// Show a component's inputs, outputs, image and description
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp show train-eval
  kfp-comp show train-eval --json
  kfp-comp show train-eval@0.2.0 --catalog https://acme.github.io/components")]
pub(crate) struct Args {
    /// A component of this workspace or of a catalog
    #[arg(value_name = "NAME[@VERSION]")]
    name: String,
    /// Print the component as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    catalogs: catalog::CatalogArgs,
}

/// Runs the verb.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let is_elsewhere = !args.catalogs.catalog.is_empty() || args.name.contains('@');
    let Some(workspace) = Workspace::find()?.filter(|_| !is_elsewhere) else {
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
    if !argument.full_description().is_empty() {
        notes.push(
            argument
                .full_description()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
        );
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
