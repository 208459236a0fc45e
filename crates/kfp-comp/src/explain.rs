//! `kfp-comp explain`: why lint finds what it finds.
//!
//! Prints the tables of rules for components and for pipelines; knows nothing beyond them.

use anyhow::Result;
use kfp_component_yaml::lint::{self, Rule};
use kfp_pipeline::rule as pipeline;
use serde_json::json;

use crate::{
    error::Usage,
    exit::ExitCode,
    output::{self, Console},
};

/// Say why lint finds something, and what to write instead
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp explain
  kfp-comp explain value-on-artifact")]
pub(crate) struct Args {
    /// A code as lint prints it; without one, all of them are listed
    #[arg(value_name = "CODE")]
    code: Option<String>,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// The rules for components, then those that only pipelines can break.
fn rules() -> impl Iterator<Item = &'static Rule> {
    let of_pipelines = pipeline::rules().filter(|rule| lint::rule(rule.code).is_none());
    lint::rules().chain(of_pipelines)
}

/// The rule of a code.
pub(crate) fn rule(code: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.code == code)
}

/// Runs the verb.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    match &args.code {
        None if args.json => {
            console.json(&rules().map(object).collect::<Vec<_>>())?;
        }
        None => {
            let row = |rule: &Rule| {
                let cells = [rule.code, rule.severity.as_str(), rule.summary];
                cells.map(str::to_owned).to_vec()
            };
            console.data(&output::table(rules().map(row)))?;
        }
        Some(code) => {
            let rule = rule(code).ok_or_else(|| unknown(code))?;
            if args.json {
                console.json(&object(rule))?;
            } else {
                let Rule {
                    severity,
                    summary,
                    explanation,
                    help,
                    ..
                } = rule;
                console.data(&format!(
                    "{severity}[{code}]: {summary}\n\n{explanation}\n\nhelp: {help}\n"
                ))?;
            }
        }
    }
    Ok(ExitCode::Done)
}

fn unknown(code: &str) -> Usage {
    let codes: Vec<&str> = rules().map(|rule| rule.code).collect();
    let near = similar::get_close_matches(code, &codes, 1, 0.6);
    let advice = near.first().map_or_else(
        || "`kfp-comp explain` lists them".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Usage(format!("there is no code `{code}`; {advice}"))
}

fn object(rule: &Rule) -> serde_json::Value {
    json!({
        "code": rule.code,
        "severity": rule.severity.as_str(),
        "summary": rule.summary,
        "explanation": rule.explanation,
        "help": rule.help,
    })
}
