//! `kfp-comp new`: creates a component that compiles, passes its test and runs.
//!
//! The plan is complete before the first file is written; existing files are left alone.

mod argument;
mod from;
mod root_manifest;
mod rustfmt;
mod scaffold;
mod target;
mod toml_array;

use anyhow::Result;
use kfp_component_spec::source::{self, ParsedArgument};

use crate::{
    error::Usage,
    exit::ExitCode,
    name::ComponentName,
    output::{Console, Style},
    plan::Plan,
    sdk::Sdk,
};
use root_manifest::Membership;
use scaffold::Scaffold;
pub(crate) use target::Kind;
use target::Target;

/// Create a component
///
/// Writes a crate below components/ and adds it to the workspace; outside a workspace, a standalone crate. Existing
/// files are left alone. Without --arg the component copies one Dataset to another.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp new data-ingestion
  kfp-comp new word-count --arg 'text: Input<Dataset>' --arg 'top: u32 = 10'
  kfp-comp new train-eval --from train/component.yaml
  kfp-comp new train-eval --from 'pipeline.yaml#train'
  kfp-comp new data-ingestion --sdk ../kfp-component
  kfp-comp new --predictor parcel-price")]
pub(crate) struct Args {
    /// Name in kebab-case, such as `data-ingestion`
    name: ComponentName,
    /// Declare an argument in Rust syntax; repeat for more
    #[arg(long = "arg", value_name = "NAME: TYPE [= DEFAULT]", value_parser = parse_argument)]
    arguments: Vec<ParsedArgument>,
    /// Use the interface of a component.yaml or of pipeline IR, by path or URL; every change to it is listed
    #[arg(long, value_name = "FILE[#COMPONENT]", conflicts_with = "arguments")]
    from: Option<String>,
    /// Create a model server from one typed function over rows, below predictors/
    #[arg(long, conflicts_with_all = ["arguments", "from"])]
    predictor: bool,
    /// Where to get kfp-component, outside its own repository: a checkout of the SDK or a git URL
    #[arg(long, value_name = "PATH|GIT-URL")]
    sdk: Option<Sdk>,
    /// Print what would be written as a diff
    #[arg(long)]
    dry_run: bool,
}

/// Runs the verb.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    if args.predictor {
        let target = Target::find(Kind::Predictor, &args.name, args.sdk.as_ref())?;
        let plan = target.plan_predictor(&args.name)?;
        let files = "Dockerfile, inferenceservice.yaml";
        return create(args, &target, &plan, files, console);
    }
    refuse_repeated(&args.arguments)?;
    let (scaffold, changes) = match &args.from {
        Some(source) => {
            let adopted = from::adopt(args.name.clone(), source)?;
            (adopted.scaffold, adopted.changes)
        }
        None => (
            Scaffold::new(args.name.clone(), args.arguments.clone()),
            Vec::new(),
        ),
    };
    let target = Target::find(Kind::Component, &scaffold.name, args.sdk.as_ref())?;
    let plan = target.plan(&scaffold)?;
    for change in &changes {
        console.status(Style::Warning, "Changed", change);
    }
    create(args, &target, &plan, "component.yaml, Dockerfile", console)
}

/// Writes what is planned and says what comes next.
fn create(
    args: &Args,
    target: &Target,
    plan: &Plan,
    generated: &str,
    console: &mut Console,
) -> Result<ExitCode> {
    if args.dry_run {
        console.data(&plan.diff())?;
        return Ok(ExitCode::Done);
    }
    plan.apply()?;

    let dir = target.dir.display();
    console.status(Style::Success, "Creating", &dir.to_string());
    match target.membership {
        Membership::Added => {
            console.status(
                Style::Success,
                "Adding",
                &format!("`{dir}` to the workspace"),
            );
        }
        Membership::Covered => {}
        Membership::Excluded => console.status(
            Style::Warning,
            "Excluded",
            &format!("`{dir}` by the workspace: it is a standalone crate"),
        ),
        Membership::Standalone => {
            console.status(Style::Success, "Adding", "a standalone workspace");
        }
    }
    console.status(Style::Success, "Generated", generated);
    if let Some(warning) = target.sdk_warning(args.sdk.as_ref())? {
        console.hint(warning);
    }
    if console.is_watched() {
        let name = &args.name;
        let run = if args.predictor {
            format!("cargo run -p {name}")
        } else {
            format!("{} run {name}", target.command())
        };
        let into = if target.membership.is_own_workspace() {
            format!("\n  cd {dir}")
        } else {
            String::new()
        };
        console.say(&format!(
            "\nNext: write the body in {dir}/src/main.rs, then{into}\n  cargo test -p {name}\n  {run}"
        ));
    }
    Ok(ExitCode::Done)
}

/// Reads one `--arg`; its mistakes are shown under it.
fn parse_argument(text: &str) -> Result<ParsedArgument, String> {
    let at = |message: &str, column: usize| {
        let indent = " ".repeat(column.saturating_sub(1));
        format!("{message}\n  {text}\n  {indent}^ column {column}")
    };
    let parsed = source::argument(text).map_err(|mistakes| {
        if is_unfinished(text) {
            return at(
                "something is missing at the end; write `NAME: TYPE` or `NAME: TYPE = DEFAULT`",
                text.chars().count() + 1,
            );
        }
        mistakes
            .iter()
            .map(|mistake| at(&mistake.message, mistake.column))
            .collect::<Vec<_>>()
            .join("\n")
    })?;
    let Some(name) = undefined(&parsed.rust_type) else {
        return Ok(parsed);
    };
    let column = text
        .find(name)
        .map_or(1, |start| text[..start].chars().count() + 1);
    Err(at(
        &format!(
            "a new component does not define `{name}`; write a type such as `Json<BTreeMap<String, String>>` and change it afterwards"
        ),
        column,
    ))
}

/// Whether the text is correct up to its end, so that something is missing after it.
fn is_unfinished(text: &str) -> bool {
    let end = text.chars().count();
    source::argument(&format!("{text} ;"))
        .is_err_and(|mistakes| mistakes.iter().all(|mistake| mistake.column > end))
}

/// A type that only the author could define.
fn undefined(rust_type: &str) -> Option<&str> {
    const KNOWN: &[&str] = &[
        "Option",
        "String",
        "Vec",
        "Json",
        "BTreeMap",
        "HashMap",
        "Input",
        "Output",
        "Artifact",
        "Dataset",
        "Model",
        "Metrics",
        "ClassificationMetrics",
        "SlicedClassificationMetrics",
        "Html",
        "Markdown",
        "UiMetadata",
        "TaskFinalStatus",
    ];
    let mut words = rust_type.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.find(|word| word.starts_with(char::is_uppercase) && !KNOWN.contains(word))
}

fn refuse_repeated(arguments: &[ParsedArgument]) -> Result<()> {
    let names: Vec<&str> = arguments
        .iter()
        .map(|parsed| parsed.argument.name.as_str())
        .collect();
    match names
        .iter()
        .enumerate()
        .find(|(i, name)| names[..*i].contains(name))
    {
        None => Ok(()),
        Some((_, name)) => Err(Usage(format!("two `--arg` are named `{name}`")).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_shown_under_the_argument() {
        let error = parse_argument("when: Duration").unwrap_err();
        assert!(
            error.contains("\n  when: Duration\n        ^ column 7"),
            "{error}"
        );
    }

    #[test]
    fn what_is_missing_is_missing_at_the_end() {
        for (text, column) in [("text", 5), ("text:", 6), ("top: u32 =", 11), ("", 1)] {
            let error = parse_argument(text).unwrap_err();
            let end = format!("\n  {}^ column {column}", " ".repeat(column - 1));
            assert!(
                error.contains("write `NAME: TYPE`") && error.ends_with(&end),
                "{text}: {error}"
            );
        }
        let error = parse_argument("größe: &str").unwrap_err();
        assert!(error.contains("column 1"), "{error}");
    }

    #[test]
    fn a_type_that_the_author_would_define_is_refused() {
        assert!(
            parse_argument("settings: Json<Settings>")
                .unwrap_err()
                .contains("does not define `Settings`")
        );
        assert!(parse_argument("settings: Json<BTreeMap<String, f64>>").is_ok());
        assert!(parse_argument("weights: std::collections::BTreeMap<String, f64>").is_ok());
    }
}
