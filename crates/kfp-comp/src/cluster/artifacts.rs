//! `kfp-comp artifacts`: what the tasks of a run on a cluster produced.

use std::path::PathBuf;

use anyhow::Result;
use kfp_client::{
    Error,
    outputs::{Artifact, RunOutputs},
};
use serde_json::json;

use super::{
    diagnosis::{self, Explained},
    download, kept,
    server::{Server, ServerArgs},
};
use crate::{
    error::hinted_usage,
    exit::ExitCode,
    output::{Console, Style, table},
};

/// List or download what the tasks of a run on a cluster produced
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp artifacts 4194e839-20a4-44f5-b474-1eb98d8fbde8
  kfp-comp artifacts 4194e839-20a4-44f5-b474-1eb98d8fbde8 --get data-ingestion/data --output iris.csv
  kfp-comp artifacts 4194e839-20a4-44f5-b474-1eb98d8fbde8 --get train-eval/model --output model")]
pub(crate) struct Args {
    /// Identifier of the run
    #[arg(value_name = "RUN")]
    run: String,
    /// Download one of them, OUTPUT or TASK/OUTPUT, or all; directories need KFP 2.17
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "")]
    get: Option<String>,
    /// Where to [default: artifacts/TASK/OUTPUT below the directory of the run]
    #[arg(long, short, value_name = "PATH", requires = "get")]
    output: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerArgs,
}

/// An artifact, and what it is called here.
struct Named<'a> {
    task: &'a str,
    /// Its place in a list of artifacts, if its output is one.
    index: Option<usize>,
    artifact: &'a Artifact,
}

impl Named<'_> {
    /// `model`, or `models[1]` in a list.
    fn output(&self) -> String {
        let output = &self.artifact.output;
        match self.index {
            Some(index) => format!("{output}[{index}]"),
            None => output.clone(),
        }
    }

    fn name(&self) -> String {
        format!("{}/{}", self.task, self.output())
    }

    /// Whether a name means it: its own, that of its list, or either without the task.
    fn is(&self, wanted: &str) -> bool {
        let whole = format!("{}/{}", self.task, self.artifact.output);
        wanted == self.name()
            || wanted == self.output()
            || wanted == whole
            || wanted == self.artifact.output
    }
}

fn named(outputs: &RunOutputs) -> Vec<Named<'_>> {
    let mut all = Vec::new();
    for task in &outputs.tasks {
        for artifact in &task.artifacts {
            let is_of_list = |one: &&Artifact| one.output == artifact.output;
            let list: Vec<&Artifact> = task.artifacts.iter().filter(is_of_list).collect();
            let index = list.iter().position(|one| std::ptr::eq(*one, artifact));
            all.push(Named {
                task: &task.task,
                index: index.filter(|_| list.len() > 1),
                artifact,
            });
        }
    }
    all
}

/// Runs the verb.
///
/// # Errors
/// If there is no such run, or the artifacts cannot be read.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let server = args.server.server()?;
    let run = kept::run(&server, &args.run)?;
    let outputs = server.client.outputs(&run.run_id).map_err(|error| {
        let found = diagnosis::of_metadata(&error, &server);
        anyhow::Error::new(found.of_error(error))
            .context(format!("could not read the artifacts of run {}", args.run))
    })?;
    let all = named(&outputs);
    if let Some(wanted) = &args.get {
        let wanted = wanted_of(args, &all, wanted)?;
        return get(args, &server, &wanted, console);
    }
    if args.json {
        let all: Vec<_> = all
            .iter()
            .map(|one| json!({"task": one.task, "name": one.name(), "artifact": one.artifact}))
            .collect();
        console.json(&all)?;
    } else {
        let rows = all.iter().map(|one| {
            vec![
                one.name(),
                one.artifact.schema_title.clone(),
                one.artifact.uri.clone(),
            ]
        });
        console.data(&table(rows))?;
    }
    Ok(ExitCode::Done)
}

/// Those that a name stands for; all for an empty one.
fn wanted_of<'a>(args: &Args, all: &'a [Named<'a>], name: &str) -> Result<Vec<&'a Named<'a>>> {
    let names = |some: &[&Named<'_>]| {
        let names = some.iter().map(|one| one.name());
        names.collect::<Vec<_>>().join(", ")
    };
    if all.is_empty() {
        return Err(hinted_usage(
            format!("the run {} has no artifacts yet", args.run),
            format!("`kfp-comp runs show {}` prints what its tasks do", args.run),
        ));
    }
    let is_wanted = |one: &&Named<'_>| name.is_empty() || one.is(name);
    let wanted: Vec<&Named<'_>> = all.iter().filter(is_wanted).collect();
    let Some(first) = wanted.first() else {
        return Err(hinted_usage(
            format!("the run has no artifact `{name}`"),
            format!("there are {}", names(&all.iter().collect::<Vec<_>>())),
        ));
    };
    let is_of_several_tasks = wanted.iter().any(|one| one.task != first.task);
    if !name.is_empty() && is_of_several_tasks {
        return Err(hinted_usage(
            format!("`{name}` stands for several artifacts"),
            format!("name one: {}", names(&wanted)),
        ));
    }
    if args.output.is_some() && wanted.len() > 1 {
        return Err(hinted_usage(
            format!(
                "`--output` takes one artifact, and these are {}",
                wanted.len()
            ),
            format!("name one with `--get`: {}", names(&wanted)),
        ));
    }
    Ok(wanted)
}

fn get(
    args: &Args,
    server: &Server,
    wanted: &[&Named<'_>],
    console: &mut Console,
) -> Result<ExitCode> {
    let folder = kept::directory(&args.run)?.join("artifacts");
    for one in wanted {
        let usual = folder
            .join(kept::below(one.task))
            .join(kept::below(&one.output()));
        let to = args.output.as_deref().unwrap_or(&usual);
        let content = match server.client.artifact(one.artifact, &server.namespace) {
            Ok(content) => content,
            // Not every artifact has content: metrics are in its metadata.
            Err(error) if wanted.len() > 1 && is_of_the_store(&error) => {
                let text = format!("{}: {error}", one.name());
                console.status(Style::Warning, "Skipped", &text);
                continue;
            }
            Err(error) => return Err(unread(error, one)),
        };
        if content.is_directory() {
            download::directory(content, to, args.output.is_none())?;
        } else {
            download::file(content, to)?;
        }
        console.data(&to.display().to_string())?;
    }
    Ok(ExitCode::Done)
}

/// Whether the web server was reached, and could not read from the store.
fn is_of_the_store(error: &Error) -> bool {
    let refusal = error.api();
    let is_missing = refusal.is_some_and(|error| matches!(error.status, 404 | 500));
    matches!(error, Error::Location { .. }) || is_missing && diagnosis::of(error).is_none()
}

fn unread(error: Error, one: &Named<'_>) -> anyhow::Error {
    let what = format!("could not download {}", one.name());
    let is_from_before_directories = error.api().is_some_and(|error| error.status == 500);
    if is_of_the_store(&error) && is_from_before_directories {
        let uri = &one.artifact.uri;
        return anyhow::Error::new(Explained {
            what,
            hint: format!(
                "if it is a directory, this server cannot give it; with your own login: {}",
                copy(uri)
            ),
            source: error,
        });
    }
    anyhow::Error::new(error).context(what)
}

/// The program that copies from a store.
fn copy(uri: &str) -> String {
    let (scheme, rest) = uri.split_once("://").unwrap_or(("", uri));
    match scheme {
        "s3" => format!("aws s3 cp --recursive {uri} DIR"),
        "gs" => format!("gcloud storage cp --recursive {uri} DIR"),
        _ => format!("mc cp --recursive ALIAS/{rest} DIR"),
    }
}

#[cfg(test)]
mod tests {
    use kfp_client::outputs::TaskOutputs;

    use super::*;

    #[test]
    fn artifacts_of_a_list_have_names_of_their_own() {
        let artifacts = ["one", "many", "many"].map(|output| Artifact {
            output: output.to_owned(),
            ..Artifact::default()
        });
        let outputs = RunOutputs {
            tasks: vec![TaskOutputs {
                task: "split".to_owned(),
                artifacts: artifacts.to_vec(),
                ..TaskOutputs::default()
            }],
        };
        let all = named(&outputs);
        let names: Vec<String> = all.iter().map(Named::name).collect();
        assert_eq!(names, ["split/one", "split/many[0]", "split/many[1]"]);
        let meant = |wanted: &str| all.iter().filter(|one| one.is(wanted)).count();
        assert_eq!(
            [
                "many",
                "split/many",
                "many[1]",
                "split/many[1]",
                "split/one",
                "man"
            ]
            .map(meant),
            [2, 2, 1, 1, 1, 0]
        );
    }
}
