//! `kfp-comp runs show`: what happened in a run.

use anyhow::{Context, Result};
use kfp_runner::{
    display::{Display, Line},
    record,
    report::{self, Local},
};

use crate::{
    cluster,
    error::hinted_usage,
    exit::ExitCode,
    output::{Console, printable},
};

/// Options of the verb.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The run, as `kfp-comp runs` lists it
    run: String,
    /// Print its tasks, outputs and logs' ends as JSON; `run.jsonl` in its directory has every event
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: cluster::ServerArgs,
}

/// Runs the verb.
///
/// # Errors
/// If there is no such run.
pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let directory = if cluster::is_of_cluster(&args.run) {
        cluster::fetch(&args.server.server()?, &args.run, console)?
    } else {
        super::here()?.directory(&args.run)
    };
    let records = record::read(&directory).map_err(|error| {
        hinted_usage(
            format!("could not read the run `{}`: {error}", args.run),
            "`kfp-comp runs` lists the runs",
        )
    })?;
    if args.json {
        let local = Local::read(&directory, &directory).context("could not read the run")?;
        console.json(&report::document(&local.source()).context("could not read the run")?)?;
        return Ok(ExitCode::Done);
    }
    let mut display = Display::new(&directory);
    for record in &records {
        if let Some(Line {
            verb, text, output, ..
        }) = display.line(record)
        {
            console.data(&format!("{verb:>12} {}", printable(&text)))?;
            for line in output {
                console.data(&format!("             | {}", printable(&line)))?;
            }
        }
    }
    Ok(ExitCode::Done)
}
