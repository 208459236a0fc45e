//! Logs of pods and the content of artifacts.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};

use kfp_runner::record::Artifact;
use kfp_test_support::Reply;
use serde_json::json;

use crate::{
    reply::Answer,
    state::{Run, State},
    tasks::{self, is_driver, is_executor},
};

/// Where artifacts seem to be.
const STORE: &str = "minio://mlpipeline/v2/artifacts";

impl State {
    /// What the pod of a node has written; by the node's or the pod's name.
    pub(crate) fn log(&mut self, run_id: &str, node: &str) -> Answer {
        let run = self.found(run_id, "get")?;
        let text = log_of(run, node).unwrap_or_else(|| {
            let message = format!(
                "BadRequestError: Failed to read logs for run {run_id}: InternalServerError: Failed to read logs from \
                 archive {node} due to error fetching the log file: InternalServerError: Failed to get file reader for \
                 /artifacts/{workflow}/{node}/main.log: NoSuchKey: The specified key does not exist.",
                workflow = run.workflow,
            );
            // The status was sent before the server knew.
            json!({"error_details": message, "error_message": message}).to_string()
        });
        Ok(Reply::status(200)
            .header("content-type", "text/plain; charset=utf-8")
            .body(text))
    }

    /// The content of an artifact, by bucket and key.
    pub(crate) fn artifact(&self, bucket: &str, key: &[&str]) -> Answer {
        let key = key.join("/");
        let uri = format!("minio://{bucket}/{key}");
        let missing = || {
            Reply::status(404)
                .header("content-type", "text/html; charset=utf-8")
                .body(format!("No objects found at {bucket}/{key}"))
        };
        let path = self
            .runs
            .iter()
            .find_map(|run| path_of(run, &uri))
            .ok_or_else(missing)?;
        if path.is_dir() {
            let name = key.rsplit('/').next().unwrap_or_default();
            let disposition = format!("attachment; filename=\"{name}.tar.gz\"");
            return Ok(Reply::status(200)
                .header("content-type", "application/gzip")
                .header("content-disposition", disposition)
                .body(archive(&path).map_err(|_| missing())?));
        }
        let content = fs::read(path).map_err(|_| missing())?;
        Ok(Reply::status(200)
            .header("content-type", "application/octet-stream")
            .body(content))
    }

    /// What Argo keeps of a pod, which is nothing of a pipeline of KFP 2.
    pub(crate) fn argo_artifact() -> Answer {
        let message = "artifact not found: <nil>";
        Err(Reply::status(404)
            .header("content-type", "text/plain; charset=utf-8")
            .body(json!({"error_details": message, "error_message": message}).to_string()))
    }
}

/// The files of a directory as the web server sends them: a `.tar.gz` without entries for directories.
fn archive(directory: &Path) -> io::Result<Vec<u8>> {
    let gzip = GzEncoder::new(Vec::new(), Compression::fast());
    let mut archive = tar::Builder::new(gzip);
    let mut left = vec![directory.to_owned()];
    while let Some(path) = left.pop() {
        for entry in fs::read_dir(path)? {
            let path = entry?.path();
            if path.is_dir() {
                left.push(path);
            } else {
                let name = path.strip_prefix(directory).map_err(io::Error::other)?;
                archive.append_path_with_name(&path, name)?;
            }
        }
    }
    archive.into_inner()?.finish()
}

fn log_of(run: &Run, node: &str) -> Option<String> {
    let directory = run.directory.as_ref()?;
    let drivers = |path: &str| {
        let text = format!("I0101 00:00:00.000000      15 main.go:119] driver of `{path}`\n");
        is_driver(run, path, node).then_some(text)
    };
    if let Some(text) = drivers("") {
        return Some(text);
    }
    for task in tasks::tasks(run) {
        if is_executor(run, &task.path, node) {
            let attempt = directory.join(task.directory()?);
            let bytes = fs::read(attempt.join(kfp_runner::task::LOG)).unwrap_or_default();
            return Some(String::from_utf8_lossy(&bytes).into_owned());
        }
        if let Some(text) = drivers(&task.path) {
            return Some(text);
        }
    }
    None
}

/// Where an artifact of a run seems to be; artifacts from elsewhere are where they are.
pub(crate) fn uri(run: &Run, artifact: &Artifact) -> String {
    let uri = &artifact.artifact.uri;
    let inside = run
        .directory
        .as_ref()
        .and_then(|directory| uri.strip_prefix(&*directory.to_string_lossy()));
    match inside {
        Some(inside) => format!("{}{inside}", root(run)),
        None => uri.clone(),
    }
}

/// The pipeline root of a run.
pub(crate) fn root(run: &Run) -> String {
    let given = run.fields["runtime_config"]["pipeline_root"].as_str();
    if let Some(root) = given.filter(|root| !root.is_empty()) {
        return format!("{}/{}", root.trim_end_matches('/'), run.id());
    }
    let name = run.workflow.rsplit_once('-').map_or("", |(name, _)| name);
    format!("{STORE}/{name}/{}", run.id())
}

fn path_of(run: &Run, uri: &str) -> Option<PathBuf> {
    let inside = uri.strip_prefix(&root(run))?.trim_start_matches('/');
    // What is asked for is below the run.
    if inside.split('/').any(|part| part == "..") {
        return None;
    }
    let path = run.directory.as_ref()?.join(inside);
    let is_log = inside.rsplit('/').next()?.starts_with("executor-logs-");
    Some(if is_log {
        path.with_file_name(kfp_runner::task::LOG)
    } else {
        path
    })
}
