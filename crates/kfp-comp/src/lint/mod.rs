//! `kfp-comp lint`: what both SDKs and the backends will say about components and pipelines, before they do.
//!
//! Reads files, directories and URLs, each within bounds; changes nothing.

mod pipeline;

use std::{fmt::Write, path::PathBuf};

use anyhow::{Result, bail};
use kfp_component_yaml::lint::{self, Backend, Finding, Outcome, Severity, Verdict};
use kfp_pyyaml::Position;
use serde_json::json;

use crate::{
    catalog::CatalogArgs,
    error::Usage,
    exit::ExitCode,
    explain,
    fetch::{self, Source},
    output::{Console, Style},
    pipeline::source as compile,
};

/// Say what kfp 1.8, kfp 2 and their backends will make of components and pipelines
///
/// Prints what is wrong, where, and what to write instead, whether the file is ours or anybody's: a component.yaml, a
/// compiled pipeline or the .py file of a pipeline. A pipeline's components are compared with those of this workspace, of
/// the kfp-comp.lock beside it and of the catalogs named. Exits with 4 if an SDK cannot load or compile a file, or if
/// anything found is an error.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp lint components
  kfp-comp lint component.yaml --backend 2.17.0
  kfp-comp lint pipelines/iris/iris.yaml --catalog https://acme.github.io/components
  kfp-comp lint pipelines/iris/kfp2.py --python .venv/bin/python
  kfp-comp lint component.yaml --deny warnings --allow unpinned-image
  kfp-comp lint https://example.com/component.yaml --json")]
pub(crate) struct Args {
    /// Files, directories (searched for *.yaml and *.yml) and URLs; the .py file of a pipeline is compiled with your Python
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
    /// The Python that compiles a pipeline
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
    #[command(flatten)]
    catalogs: CatalogArgs,
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
    if let Some(code) = args.allow.iter().find(|code| explain::rule(code).is_none()) {
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
    let mut pipelines = pipeline::Linter::new(&args.catalogs);
    let mut bad = 0;
    for source in &sources {
        let bytes = match source {
            Source::File(path) if source.is_python() => {
                compile::text(path, args.python.as_deref(), console)?.into_bytes()
            }
            _ => source.read()?,
        };
        let mut report = Report::of_component(lint::lint_bytes(&bytes, args.backend), args.backend);
        pipelines.add(&mut report, source, &bytes)?;
        report
            .findings
            .retain(|finding| !args.allow.iter().any(|code| code == finding.code));
        if args.json {
            console.data(&object(source, &report).to_string())?;
        } else {
            console.data(&text(source, &report))?;
        }
        let worst = report.findings.iter().map(|finding| finding.severity).max();
        let fails = report.is_refused() || worst.is_some_and(|worst| worst >= least);
        bad += usize::from(fails);
        verdicts(source, &report, fails, console);
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

/// All that is found in a file.
struct Report {
    kfp_1_8: Verdict,
    kfp_2: Verdict,
    /// Whether the file is meant for kfp 1.8 too.
    is_for_kfp_1: bool,
    /// Sorted by position.
    findings: Vec<Found>,
}

/// A finding about a component or a pipeline.
struct Found {
    code: &'static str,
    severity: Severity,
    reason: String,
    help: String,
    position: Position,
}

impl Report {
    fn of_component(report: lint::Report, backend: Option<Backend>) -> Self {
        Self {
            kfp_1_8: report.kfp_1_8,
            kfp_2: report.kfp_2,
            is_for_kfp_1: backend.is_none(),
            findings: report.findings.into_iter().map(Found::from).collect(),
        }
    }

    /// Whether an SDK that the file is for cannot use it.
    fn is_refused(&self) -> bool {
        self.kfp_2.outcome != Outcome::Ok
            || (self.is_for_kfp_1 && self.kfp_1_8.outcome != Outcome::Ok)
    }
}

impl From<Finding> for Found {
    fn from(finding: Finding) -> Self {
        Self {
            code: finding.rule.code,
            severity: finding.rule.severity,
            reason: finding.reason,
            help: finding.help.into_owned(),
            position: finding.position,
        }
    }
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
                "code": finding.code,
                "severity": finding.severity.as_str(),
                "message": format!("{}; {}", finding.reason.trim_end_matches('.'), finding.help),
                "help": finding.help,
                "line": finding.position.line,
                "column": finding.position.column,
            })
        })
        .collect();
    let mut object = json!({
        "file": source.to_string(),
        "kfp_1_8": report.kfp_1_8.outcome.as_str(),
        "kfp_2": report.kfp_2.outcome.as_str(),
        "findings": findings,
    });
    if source.is_python() {
        // Lines and columns are those of the compiled text.
        object["compiled"] = true.into();
    }
    object
}

fn text(source: &Source, report: &Report) -> String {
    let mut out = String::new();
    for Found {
        code,
        severity,
        reason,
        help,
        position,
    } in &report.findings
    {
        // A string takes whatever is written to it.
        let _ = writeln!(out, "{severity}[{code}]: {reason}");
        let (line, column) = (position.line, position.column);
        let _ = if source.is_python() {
            writeln!(out, " --> {source}, line {line} of the compiled text")
        } else {
            writeln!(out, " --> {source}:{line}:{column}")
        };
        let _ = writeln!(out, "  = help: {help}");
    }
    out
}

fn verdicts(source: &Source, report: &Report, fails: bool, console: &mut Console) {
    let kfp_2 = report.kfp_2.outcome;
    let outcomes = if report.is_for_kfp_1 {
        format!(
            "{source}: kfp 1.8 {}, kfp 2 {kfp_2}",
            report.kfp_1_8.outcome
        )
    } else {
        format!("{source}: kfp 2 {kfp_2}")
    };
    if report.is_refused() {
        console.status(Style::Error, "Refused", &outcomes);
    } else if fails {
        console.status(Style::Warning, "Found", &outcomes);
    } else {
        console.detail("Accepted", &outcomes);
    }
}
