//! `kfp-comp compile`: the KFP 2 pipeline IR of one component.
//!
//! Refuses what kfp 2.17 would refuse; leaves no half-written file.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use kfp_component_yaml::{
    ir, lint,
    load::{Format, LoadError, load},
    read::Problem,
};

use crate::{
    error::hinted,
    exit::ExitCode,
    fetch::Source,
    output::{Console, Style},
};
use kfp_workspace::{Dependencies, Workspace};

/// Compile a component to KFP 2 pipeline IR
///
/// Writes what kfp 2.17 would compile the component.yaml to: a pipeline of this one step, which kfp 2 loads back and the
/// API server takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp compile train-eval -o train-eval.ir.yaml
  kfp-comp compile component.yaml
  kfp-comp compile pipeline.yaml --component train -o train.ir.yaml")]
pub(crate) struct Args {
    /// A component of this workspace, a component.yaml, or a compiled pipeline
    #[arg(value_name = "NAME|FILE")]
    component: String,
    /// Which component of a compiled pipeline to compile by itself
    #[arg(long = "component", value_name = "COMPONENT")]
    from_pipeline: Option<String>,
    /// Where to write; stdout if it is left out
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// List the choices of each parameter, for the UI of KFP 2.17; older servers refuse such a pipeline
    #[arg(long)]
    literals: bool,
    /// Say what would be written and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// Runs the verb.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let path = find(&args.component)?;
    let bytes = Source::File(path.clone()).read()?;
    let refused = |problem: &Problem| {
        let position = format!(
            "{}:{}:{}",
            path.display(),
            problem.position.line,
            problem.position.column
        );
        hinted(
            format!(
                "kfp 2 cannot compile {position}: {}: {}",
                problem.class, problem.message
            ),
            format!("run `kfp-comp lint {}`", path.display()),
        )
    };
    let text = lint::text(&bytes).map_err(|problem| {
        hinted(
            format!("`{}`: {}", path.display(), problem.message),
            problem.help(),
        )
    })?;
    let loaded = load(&text, args.from_pipeline.as_deref()).map_err(|error| match &error {
        LoadError::Problems(problems) => refused(&problems[0]),
        LoadError::Choose { components, .. } if !components.is_empty() => hinted(
            format!("`{}`: {error}", path.display()),
            format!("add `--component` with one of {}", components.join(", ")),
        ),
        _ => hinted(format!("`{}`: {error}", path.display()), error.help()),
    })?;
    if loaded.format == Format::Pipeline && args.from_pipeline.is_none() {
        return Err(hinted(
            format!("`{}` is already compiled", path.display()),
            "kfp 2 loads it as it is",
        ));
    }
    let mut pipeline = ir::compile(&loaded.file).map_err(|refusal| refused(&refusal.problem))?;
    if args.literals {
        pipeline.add_literals(&loaded.file);
    }
    let yaml = pipeline.to_yaml();
    let Some(output) = &args.output else {
        console.data(&yaml)?;
        return Ok(ExitCode::Done);
    };
    let shown = output.display().to_string();
    if args.dry_run {
        console.status(Style::Info, "Would write", &shown);
    } else {
        write(output, &yaml).with_context(|| format!("could not write `{shown}`"))?;
        console.status(
            Style::Success,
            "Compiled",
            &format!("{} to {shown}", pipeline.spec.pipeline_info.name),
        );
    }
    Ok(ExitCode::Done)
}

/// The file an argument means: one that is there, or a component's of this workspace.
fn find(component: &str) -> Result<PathBuf> {
    let path = Path::new(component);
    if path.is_file() || path.extension().is_some() || component.contains('/') {
        return Ok(path.to_owned());
    }
    let workspace = Workspace::open(Dependencies::Ignored)?;
    let found = workspace.component(component)?;
    Ok(workspace.root.join(&found.dir).join("component.yaml"))
}

/// Writes a whole file or none.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn write(output: &Path, text: &str) -> Result<()> {
    let directory = match output.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".kfp-comp-");
    // A temporary file is private otherwise, and this one stays.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.persist(output)?;
    Ok(())
}
