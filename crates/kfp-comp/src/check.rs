//! `kfp-comp check`: fails if a generated file differs from what `generate` would write.
//!
//! Writes nothing: the files are up to date if the plan is empty.

use anyhow::Result;

use crate::{
    exit::ExitCode,
    generate,
    output::{Console, Style},
};
use kfp_workspace::{Dependencies, Workspace};

/// Fail if a generated file is stale
///
/// Exits with 4 if `kfp-comp generate` would change a file, and prints the change as a diff.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp check
  kfp-comp check train-eval --json")]
pub(crate) struct Args {
    /// Components to check; all if none is named
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Print every file and its state as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the verb.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let workspace = Workspace::open(Dependencies::Ignored)?;
    let all = generate::plans(&workspace, &args.names, console)?;
    if args.json {
        console.json(&generate::report(&all))?;
    }
    for one in &all {
        if one.is_fresh() {
            console.status(Style::Success, "Fresh", one.name());
        } else {
            console.status(Style::Warning, "Stale", one.name());
        }
        one.report_left(console);
        if !args.json {
            console.data(&one.diff())?;
        }
    }
    let stale = all.iter().filter(|one| !one.is_fresh()).count();
    if stale == 0 {
        return Ok(ExitCode::Done);
    }
    let (noun, verb) = if all.len() == 1 {
        ("component", "is")
    } else {
        ("components", if stale == 1 { "is" } else { "are" })
    };
    console.failure(
        &format!("{stale} of {} {noun} {verb} stale", all.len()),
        std::iter::empty(),
    );
    console.hint("run `kfp-comp generate`");
    Ok(ExitCode::Found)
}
