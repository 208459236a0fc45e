//! `kfp-comp doctor`: what is missing on this machine, and the command that installs it.
//!
//! Installs nothing.

mod checks;
mod machine;
mod platform;
mod project;
#[cfg(test)]
mod testing;
mod tools;

use std::fmt::Write;

use anyhow::Result;
use serde_json::json;

use crate::{
    exit::ExitCode,
    output::{Console, Style},
};
use checks::Check;
use kfp_workspace::{Settings, Workspace};
use machine::Machine;
use project::Project;
use tools::Purpose;

/// Report what is missing on this machine for building, publishing and testing
///
/// Exits with 4 if something needed for building is missing; the rest is needed only for publishing and for running all
/// test tiers.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp doctor
  kfp-comp doctor --json
  kfp-comp doctor --cluster --endpoint http://localhost:8888")]
pub(crate) struct Args {
    /// Print every check as JSON
    #[arg(long)]
    json: bool,
    /// Report instead what stands between this machine and a KFP server; exits with 4 if something does
    #[cfg(unix)]
    #[arg(long)]
    cluster: bool,
    #[cfg(unix)]
    #[command(flatten)]
    server: crate::cluster::ServerArgs,
}

/// Runs the verb.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    #[cfg(unix)]
    if args.cluster {
        return crate::cluster::doctor::run(&args.server, args.json, console);
    }
    // Other verbs report a broken workspace.
    let workspace = Workspace::find().ok().flatten();
    let project = workspace.as_ref().map(Project::of);
    let platforms = workspace.map_or_else(
        || Settings::default().platforms,
        |workspace| workspace.settings.platforms,
    );
    let checks = checks::checks(&Machine::probe(), &platforms, project.as_ref());
    if args.json {
        console.json(&json!({"checks": checks}))?;
    } else {
        console.data(&text(&checks))?;
    }
    let missing = |check: &&Check| check.found.is_none();
    if checks
        .iter()
        .filter(missing)
        .any(|check| check.purpose == Purpose::Building)
    {
        console.status(
            Style::Error,
            "Missing",
            "something that components are built with",
        );
        return Ok(ExitCode::Found);
    }
    match checks.iter().filter(missing).count() {
        0 => console.status(Style::Success, "Healthy", "nothing is missing"),
        missing => console.status(
            Style::Warning,
            "Missing",
            &format!("{missing} of {}; components can be built", checks.len()),
        ),
    }
    Ok(ExitCode::Done)
}

fn text(checks: &[Check]) -> String {
    let mut text = String::new();
    for purpose in [Purpose::Building, Purpose::Publishing, Purpose::Testing] {
        let _ = writeln!(text, "{}", purpose.title());
        for check in checks.iter().filter(|check| check.purpose == purpose) {
            if let Some(found) = &check.found {
                let _ = writeln!(text, "  ok       {}: {found}", check.name);
                continue;
            }
            let _ = writeln!(text, "  missing  {}: {}", check.name, check.why);
            let _ = writeln!(text, "             {}", check.remedy);
            if let Some(alternative) = &check.alternative {
                let _ = writeln!(text, "             or: {alternative}");
            }
        }
    }
    text
}
