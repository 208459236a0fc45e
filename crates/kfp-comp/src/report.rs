//! `kfp-comp report`: one HTML file about one run or several.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use kfp_runner::report;

use crate::{
    cluster, compile,
    error::{Usage, hinted_usage},
    exit::ExitCode,
    output::Console,
    runs,
};

/// Write an HTML file that shows runs of a pipeline side by side
///
/// It needs no network and no scripts, and opens from the file system. Differences are from the run named first.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp report
  kfp-comp report 2026-11-26-1 2026-11-26-4 --output compared.html
  kfp-comp report 2026-11-26-4 4194e839-20a4-44f5-b474-1eb98d8fbde8 --output compared.html")]
pub(crate) struct Args {
    /// The runs, as `kfp-comp runs list` lists them, of this machine or on a cluster [default: the latest here]
    runs: Vec<String>,
    /// The file to write [default: report.html in the directory of the run, or of all runs]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    server: cluster::ServerArgs,
}

/// Runs the verb.
///
/// # Errors
/// If there is no such run.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let all = runs::here()?;
    let ids = if args.runs.is_empty() {
        let latest = all.list().context("could not read the runs")?;
        let latest = latest.into_iter().next();
        vec![latest.ok_or_else(|| Usage("no pipeline was run here yet".to_owned()))?]
    } else {
        args.runs.clone()
    };
    let server = args.server.server_of(&ids)?;
    let mut directories = Vec::new();
    for id in &ids {
        directories.push(match &server {
            Some(server) if cluster::is_of_cluster(id) => cluster::fetch(server, id, console)?,
            _ => all.directory(id),
        });
    }
    let directories: Vec<&Path> = directories.iter().map(PathBuf::as_path).collect();
    let usual = match &directories[..] {
        [one] => one.join(report::FILE),
        _ => all.directory(report::FILE),
    };
    let written = write(&directories, args.output.as_deref().unwrap_or(&usual))?;
    console.data(&written.display().to_string())?;
    Ok(ExitCode::Done)
}

/// Writes the report of the runs in some directories.
///
/// # Errors
/// If one of them is not a run's, or the file cannot be written.
pub(crate) fn write(directories: &[&Path], output: &Path) -> Result<PathBuf> {
    let from = output
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let unreadable = |directory: &Path, error| {
        let name = directory.file_name().unwrap_or_default();
        hinted_usage(
            format!("could not read the run `{}`: {error}", name.display()),
            "`kfp-comp runs` lists the runs",
        )
    };
    let mut runs = Vec::new();
    for directory in directories {
        let run = report::Local::read(directory, from);
        runs.push(run.map_err(|error| unreadable(directory, error))?);
    }
    write_runs(&runs, output)
}

/// Writes the report of runs that have been read.
///
/// # Errors
/// If one of them does not say what it is of, or the file cannot be written.
pub(crate) fn write_runs(runs: &[report::Local], output: &Path) -> Result<PathBuf> {
    let sources: Vec<_> = runs.iter().map(report::Local::source).collect();
    let html = report::html(&sources).context("could not put the report together")?;
    compile::write(output, &html)
        .with_context(|| format!("could not write `{}`", output.display()))?;
    Ok(output.to_owned())
}
