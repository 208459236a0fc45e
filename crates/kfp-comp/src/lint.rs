//! `kfp-comp lint`: what both SDKs and the backends will say about component files, before they do.
//!
//! Reads files, directories and URLs, each within bounds; changes nothing.

use std::fmt::Write;

use anyhow::{Result, bail};
use kfp_component_yaml::lint::{self, Backend, Finding, Outcome, Report, Severity};
use serde_json::json;

use crate::{
    error::Usage,
    exit::ExitCode,
    fetch::{self, Source},
    output::{Console, Style},
};

/// Say what kfp 1.8, kfp 2 and their backends will make of component files
///
/// Prints what is wrong, where, and what to write instead, whether the file is ours or anybody's: a component.yaml or a
/// compiled pipeline. Exits with 4 if an SDK cannot load or compile a file, or if anything found is an error.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp lint components
  kfp-comp lint component.yaml --backend 2.17.0
  kfp-comp lint component.yaml --deny warnings --allow unpinned-image
  kfp-comp lint https://example.com/component.yaml --json")]
pub(crate) struct Args {
    /// Files, directories (searched for *.yaml and *.yml) and URLs
    #[arg(value_name = "FILE|DIR|URL", required = true)]
    sources: Vec<String>,
    /// Judge for this backend, 2.0 to 2.17, instead of for any that is in use
    #[arg(long, value_name = "VERSION")]
    backend: Option<Backend>,
    /// Print one JSON object per file
    #[arg(long)]
    json: bool,
    /// Exit with 4 for these too
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Option<Deny>,
    /// Leave findings of this code out; may be repeated
    #[arg(long, value_name = "CODE")]
    allow: Vec<String>,
}

/// What else is a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Deny {
    /// Warnings
    Warnings,
    /// Warnings and infos
    Infos,
}

/// Runs the verb.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    if let Some(code) = args.allow.iter().find(|code| lint::rule(code).is_none()) {
        return Err(Usage(format!(
            "`--allow {code}`: there is no such code; `kfp-comp explain` lists them"
        ))
        .into());
    }
    let sources: Vec<Source> = args
        .sources
        .iter()
        .map(|source| fetch::sources(source))
        .collect::<Result<Vec<_>>>()?
        .concat();
    if sources.is_empty() {
        bail!(
            "there is no .yaml or .yml file in {}",
            args.sources.join(", ")
        );
    }
    let least = match args.deny {
        None => Severity::Error,
        Some(Deny::Warnings) => Severity::Warning,
        Some(Deny::Infos) => Severity::Info,
    };
    let mut bad = 0;
    for source in &sources {
        let mut report = lint::lint_bytes(&source.read()?, args.backend);
        report
            .findings
            .retain(|finding| !args.allow.iter().any(|code| code == finding.rule.code));
        if args.json {
            console.data(&object(source, &report).to_string())?;
        } else {
            console.data(&text(source, &report))?;
        }
        let fails =
            is_refused(&report, args.backend) || report.worst().is_some_and(|worst| worst >= least);
        bad += usize::from(fails);
        verdicts(source, &report, args.backend, fails, console);
    }
    if bad == 0 {
        console.status(Style::Success, "Linted", &count(sources.len()));
        return Ok(ExitCode::Done);
    }
    console.failure(
        &match (bad, sources.len()) {
            (1, 1) => "the file cannot be used as it is".to_owned(),
            (1, files) => format!("1 of {files} files cannot be used as it is"),
            (bad, files) => format!("{bad} of {files} files cannot be used as they are"),
        },
        std::iter::empty(),
    );
    console.hint("run `kfp-comp explain <CODE>` for the reasons behind a finding");
    Ok(ExitCode::Found)
}

fn count(files: usize) -> String {
    if files == 1 {
        "1 file".into()
    } else {
        format!("{files} files")
    }
}

fn object(source: &Source, report: &Report) -> serde_json::Value {
    let findings: Vec<_> = report
        .findings
        .iter()
        .map(|finding| {
            json!({
                "code": finding.rule.code,
                "severity": finding.rule.severity.as_str(),
                "message": finding.message(),
                "help": finding.help,
                "line": finding.position.line,
                "column": finding.position.column,
            })
        })
        .collect();
    json!({
        "file": source.to_string(),
        "kfp_1_8": report.kfp_1_8.outcome.as_str(),
        "kfp_2": report.kfp_2.outcome.as_str(),
        "findings": findings,
    })
}

fn text(source: &Source, report: &Report) -> String {
    let mut out = String::new();
    for Finding {
        rule,
        reason,
        position,
        help,
    } in &report.findings
    {
        // A string takes whatever is written to it.
        let _ = write!(
            out,
            "{}[{}]: {reason}\n --> {source}:{}:{}\n  = help: {help}\n",
            rule.severity, rule.code, position.line, position.column
        );
    }
    out
}

/// Whether an SDK cannot use the file; a backend of KFP 2 does not need kfp 1.8.
fn is_refused(report: &Report, backend: Option<Backend>) -> bool {
    match backend {
        None => report.is_refused(),
        Some(_) => report.kfp_2.outcome != Outcome::Ok,
    }
}

fn verdicts(
    source: &Source,
    report: &Report,
    backend: Option<Backend>,
    fails: bool,
    console: &mut Console,
) {
    let outcomes = format!(
        "{source}: kfp 1.8 {}, kfp 2 {}",
        report.kfp_1_8.outcome, report.kfp_2.outcome
    );
    if is_refused(report, backend) {
        console.status(Style::Error, "Refused", &outcomes);
    } else if fails {
        console.status(Style::Warning, "Found", &outcomes);
    } else {
        console.detail("Accepted", &outcomes);
    }
}
