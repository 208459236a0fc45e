//! `kfp-comp search`: finds components by words and types.

use anyhow::Result;
use kfp_catalog::{Port, Query, Summary};
use serde_json::json;

use crate::{
    catalog::{CatalogArgs, Catalogs, age},
    exit::ExitCode,
    output::{Console, printable, table},
};

/// Find components in catalogs
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp search csv --catalog https://acme.github.io/components
  kfp-comp search --in Dataset --out Model
  kfp-comp search parqet --json")]
pub(crate) struct Args {
    /// Words from the name or description; typing mistakes are tolerated
    words: Vec<String>,
    /// Only components with an input of this type
    #[arg(long = "in", value_name = "TYPE")]
    input: Option<String>,
    /// Only components with an output of this type
    #[arg(long = "out", value_name = "TYPE")]
    output: Option<String>,
    /// Only components of this category
    #[arg(long)]
    category: Option<String>,
    /// Only components with an image for this architecture, such as arm64
    #[arg(long, value_parser = parse_arch)]
    arch: Option<String>,
    /// Include withdrawn and deprecated components
    #[arg(long)]
    all: bool,
    /// Print the components as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    catalogs: CatalogArgs,
}

/// Reads an architecture as images name it: `amd64`, not `x86_64`.
fn parse_arch(text: &str) -> Result<String, String> {
    match go_arch(text) {
        Some(name) => Err(format!("images call it `{name}`")),
        None => Ok(text.to_owned()),
    }
}

/// The name that images give an architecture, if `text` is another name for it.
pub(crate) fn go_arch(text: &str) -> Option<&'static str> {
    match text {
        "x86_64" | "x86-64" | "x64" => Some("amd64"),
        "aarch64" | "arm64v8" => Some("arm64"),
        _ => None,
    }
}

/// Runs the verb.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let query = Query {
        words: args.words.join(" "),
        input: args.input.clone(),
        output: args.output.clone(),
        category: args.category.clone(),
        arch: args.arch.clone(),
        all: args.all,
    };
    let found = Catalogs::of(&args.catalogs)?.search(&query)?;
    if args.json {
        let components: Vec<_> = found
            .iter()
            .map(|(catalog, component)| {
                let mut value = json!(component);
                value["catalog"] = json!(catalog.name);
                value["url"] = json!(
                    catalog
                        .location
                        .locate(component.latest.component.url.as_str())
                );
                value
            })
            .collect();
        console.json(&json!({ "components": components }))?;
        return Ok(ExitCode::Done);
    }
    if found.is_empty() {
        console.hint("no component matches; try fewer words or filters");
    }
    let rows = table(found.iter().map(|(_, component)| row(component)));
    console.data(&printable(&rows))?;
    Ok(ExitCode::Done)
}

fn row(component: &Summary) -> Vec<String> {
    let latest = &component.latest;
    let types = |ports: &[Port]| {
        let mut types: Vec<&str> = Vec::new();
        for port in ports {
            if !types.contains(&port.ty.as_str()) {
                types.push(&port.ty);
            }
        }
        if types.is_empty() {
            "nothing".to_owned()
        } else {
            types.join(", ")
        }
    };
    let mut text = component.summary.clone();
    if component.yanked {
        text = format!("[withdrawn] {text}");
    } else if component.deprecated.is_some() {
        text = format!("[deprecated] {text}");
    } else if let Some(note) = age::note(latest.last_verified.as_deref(), &latest.released) {
        text = format!("[{note}] {text}");
    }
    vec![
        component.name.to_string(),
        latest.version.to_string(),
        format!("{} -> {}", types(&latest.inputs), types(&latest.outputs)),
        text,
    ]
}
