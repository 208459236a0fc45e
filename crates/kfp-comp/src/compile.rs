//! `kfp-comp compile`: the KFP 2 pipeline IR of one component.
//!
//! Refuses what kfp 2.17 would refuse; leaves no half-written file.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use kfp_component_yaml::{
    ir,
    lint::{Outcome, verdicts},
    read,
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
  kfp-comp compile component.yaml")]
pub(crate) struct Args {
    /// A component of this workspace, or a component.yaml
    #[arg(value_name = "NAME|FILE")]
    component: String,
    /// Where to write; stdout if it is left out
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Say what would be written and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// Runs the verb.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let path = find(&args.component)?;
    let bytes = Source::File(path.clone()).read()?;
    let text = String::from_utf8(bytes)
        .with_context(|| format!("`{}` is not UTF-8 text", path.display()))?;
    let refused = |problem: &read::Problem| {
        let place = format!(
            "{}:{}:{}",
            path.display(),
            problem.position.line,
            problem.position.column
        );
        hinted(
            format!(
                "kfp 2 cannot compile {place}: {}: {}",
                problem.class, problem.message
            ),
            format!("run `kfp-comp lint {}`", path.display()),
        )
    };
    let file = match read::read(&text) {
        Ok(file) => file,
        Err(_) if verdicts(&text).1.outcome == Outcome::Ok => {
            return Err(hinted(
                format!("`{}` is compiled already", path.display()),
                "kfp 2 loads it as it is",
            ));
        }
        Err(problems) => return Err(refused(&problems[0])),
    };
    let pipeline = ir::compile(&file).map_err(|refusal| refused(&refusal.problem))?;
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
            &format!("{} to {shown}", pipeline.name),
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

fn write(output: &Path, text: &str) -> Result<()> {
    let directory = match output.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    // A temporary file is private otherwise, and this one stays.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.persist(output)?;
    Ok(())
}
