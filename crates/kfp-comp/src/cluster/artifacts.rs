//! `kfp-comp artifacts`: what the tasks of a run on a cluster produced.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use kfp_client::outputs::{Artifact, TaskOutputs};
use serde_json::json;

use super::{
    diagnosis::{self, Explained},
    kept,
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
  kfp-comp artifacts 4194e839-20a4-44f5-b474-1eb98d8fbde8 --get data-ingestion/data --output iris.csv")]
pub(crate) struct Args {
    /// Identifier of the run
    #[arg(value_name = "RUN")]
    run: String,
    /// Download one of them, OUTPUT or TASK/OUTPUT; all files if none is named
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
    let all: Vec<(&TaskOutputs, &Artifact)> = outputs
        .tasks
        .iter()
        .flat_map(|task| task.artifacts.iter().map(move |artifact| (task, artifact)))
        .collect();
    if let Some(name) = &args.get {
        return get(args, &server, &all, name, console);
    }
    if args.json {
        let all: Vec<_> = all
            .iter()
            .map(|(task, artifact)| json!({"task": task.task, "artifact": artifact}))
            .collect();
        console.json(&all)?;
    } else {
        let rows = all.iter().map(|(task, artifact)| {
            vec![
                format!("{}/{}", task.task, artifact.output),
                artifact.schema_title.clone(),
                artifact.uri.clone(),
            ]
        });
        console.data(&table(rows))?;
    }
    Ok(ExitCode::Done)
}

fn get(
    args: &Args,
    server: &Server,
    all: &[(&TaskOutputs, &Artifact)],
    name: &str,
    console: &mut Console,
) -> Result<ExitCode> {
    let path =
        |task: &TaskOutputs, artifact: &Artifact| format!("{}/{}", task.task, artifact.output);
    let wanted: Vec<_> = all
        .iter()
        .filter(|(task, artifact)| {
            name.is_empty() || artifact.output == name || path(task, artifact) == name
        })
        .collect();
    match (wanted.len(), name, &args.output) {
        (0, ..) => {
            let known: Vec<String> = all
                .iter()
                .map(|(task, artifact)| path(task, artifact))
                .collect();
            return Err(hinted_usage(
                format!("the run has no artifact `{name}`"),
                format!("there are {}", known.join(", ")),
            ));
        }
        (1, ..) | (_, "", None) => {}
        _ => {
            let known: Vec<String> = wanted
                .iter()
                .map(|(task, artifact)| path(task, artifact))
                .collect();
            return Err(hinted_usage(
                format!("`{name}` stands for several artifacts"),
                format!("name one: {}", known.join(", ")),
            ));
        }
    }
    let folder = kept::directory(&args.run)?.join("artifacts");
    for (task, artifact) in wanted {
        let usual = folder.join(&task.task).join(&artifact.output);
        let to = args.output.as_deref().unwrap_or(&usual);
        match download(server, artifact, to) {
            Ok(()) => console.data(&to.display().to_string())?,
            // Of all, those that are files.
            Err(error) if name.is_empty() => {
                let text = format!("{}: {error:#}", path(task, artifact));
                console.status(Style::Warning, "Skipped", &text);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(ExitCode::Done)
}

/// Downloads a file whole, or leaves nothing.
fn download(server: &Server, artifact: &Artifact, to: &Path) -> Result<()> {
    let failed = || format!("could not write `{}`", to.display());
    let folder = to
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    fs::create_dir_all(folder).with_context(failed)?;
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(failed)?;
    let content = server
        .client
        .artifact_content(artifact, &server.namespace, &mut file);
    content.map_err(|error| {
        let hint = format!(
            "a directory is copied with your own login: {}",
            copy(&artifact.uri)
        );
        Explained {
            what: format!("could not download {}", artifact.uri),
            hint,
            source: error,
        }
    })?;
    file.persist(to).with_context(failed)?;
    Ok(())
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
