//! Runs of a cluster: found on the server, and written down here as runs of this machine are.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use kfp_catalog::replace_file;
use kfp_client::{
    model::Run,
    outputs::{RunOutputs, TaskOutputs},
};
use kfp_pipeline::Pipeline;
use kfp_runner::{
    record::{self, Record},
    task,
};

use super::{events, pipeline, server::Server, show::Show};
use crate::{error::hinted_usage, output::Console, runs, workspace};

/// Whether a run's name is one that a cluster gives, a UUID; this machine's are dates.
pub(crate) fn is_of_cluster(run: &str) -> bool {
    let groups: Vec<&str> = run.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12]
        && groups
            .iter()
            .all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A run of the server.
///
/// # Errors
/// If there is none, or the server cannot be asked.
pub(super) fn run(server: &Server, id: &str) -> Result<Run> {
    if !is_of_cluster(id) {
        return Err(hinted_usage(
            format!("`{id}` is not the identifier of a run on a cluster"),
            "`kfp-comp runs list --cluster` lists them",
        ));
    }
    match server.client.run(id) {
        Err(error)
            if error
                .api()
                .is_some_and(|error| error.status == 404 && error.message.contains(id)) =>
        {
            Err(hinted_usage(
                format!("the server has no run {id}"),
                "`kfp-comp runs list --cluster` lists the runs",
            ))
        }
        answered => Ok(answered?),
    }
}

/// The pipeline of a run: it is in the run, or stored by itself.
///
/// # Errors
/// If the server has it no longer.
pub(super) fn pipeline_of(server: &Server, run: &Run) -> Result<Pipeline> {
    let stored = match (&run.pipeline_spec, &run.pipeline_version_reference) {
        (Some(spec), _) => spec.clone(),
        (None, Some(reference)) => {
            let (pipeline, version) = (&reference.pipeline_id, &reference.pipeline_version_id);
            server.client.version(pipeline, version)?.pipeline_spec
        }
        (None, None) => anyhow::bail!("the server does not say what run {} is of", run.run_id),
    };
    pipeline::read(&stored)
        .with_context(|| format!("could not read the pipeline of run {}", run.run_id))
}

/// The tasks of a run with their outputs, or without them and why the server does not tell them.
pub(super) fn tasks(server: &Server, run: &Run) -> (Vec<TaskOutputs>, Option<kfp_client::Error>) {
    match server.client.outputs(&run.run_id) {
        Ok(RunOutputs { tasks }) if !tasks.is_empty() => (tasks, None),
        Ok(_) => (run.tasks(), None),
        Err(error) => (run.tasks(), Some(error)),
    }
}

/// The directory where a run is written down; it is made.
///
/// # Errors
/// If it cannot be made.
pub(super) fn directory(id: &str) -> Result<PathBuf> {
    let workspace = workspace::find().ok().flatten();
    let directory = runs::kept(workspace.as_ref()).join("cluster").join(id);
    fs::create_dir_all(&directory)
        .with_context(|| format!("could not make `{}`", directory.display()))?;
    // Addresses in reports and messages hold wherever they are read.
    fs::canonicalize(&directory).context("the directory of the run is gone")
}

/// Writes a run of the server down here, as it is now, and gives its directory.
///
/// # Errors
/// If there is no such run, or the server cannot be asked.
pub(crate) fn fetch(server: &Server, id: &str, console: &mut Console) -> Result<PathBuf> {
    let run = run(server, id)?;
    let pipeline = pipeline_of(server, &run)?;
    Show::new(server, &pipeline.spec, id, false)?.write(&run, console)
}

/// Writes the record of a run.
///
/// # Errors
/// If it cannot be written.
pub(super) fn write(directory: &Path, records: &[Record]) -> Result<()> {
    let lines: Result<Vec<String>, _> = records.iter().map(serde_json::to_string).collect();
    let path = directory.join(record::FILE);
    let text = lines?.join("\n") + "\n";
    replace_file(&path, |file| file.write_all(text.as_bytes()))
        .with_context(|| format!("could not write `{}`", path.display()))
}

/// A name of the server, such as a task's path, as a path that leads nowhere but down.
pub(super) fn below(name: &str) -> PathBuf {
    let safe = |part| match part {
        "" | "." | ".." => "_",
        part => part,
    };
    name.split('/').map(safe).collect()
}

/// Writes what a task printed to where its log is looked for.
///
/// # Errors
/// If it cannot be written.
pub(super) fn write_log(directory: &Path, name: &str, text: &str) -> Result<()> {
    let path = directory.join(events::directory(name)).join(task::LOG);
    replace_file(&path, |file| file.write_all(text.as_bytes()))
        .with_context(|| format!("could not write `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_the_server_leads_nowhere_but_down() {
        for (name, path) in [
            ("for-loop-1[0]/train", "for-loop-1[0]/train"),
            ("../../etc/passwd", "_/_/etc/passwd"),
            ("/etc/passwd", "_/etc/passwd"),
            ("a/./..", "a/_/_"),
            ("", "_"),
        ] {
            assert_eq!(below(name), Path::new(path), "{name}");
        }
    }

    #[test]
    fn the_name_of_a_run_says_where_it_is() {
        assert!(is_of_cluster("4194e839-20a4-44f5-b474-1eb98d8fbde8"));
        for local in [
            "2026-11-26-3",
            "",
            "4194e839-20a4-44f5-b474",
            "4194e839-20a4-44f5-b474-1eb98d8fbdeg",
        ] {
            assert!(!is_of_cluster(local), "{local}");
        }
    }
}
