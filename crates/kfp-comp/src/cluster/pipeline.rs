//! What is to run on a cluster: a file, or a pipeline that was uploaded.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use kfp_client::{
    Filter, List,
    model::{self, PipelineVersion},
};
use kfp_pipeline::Pipeline;
use serde_json::{Value, json};

use super::server::Server;
use crate::{
    error::hinted_usage,
    output::Console,
    pipeline::{compile::PythonArgs, is_file, source},
};

/// A pipeline, wherever it is.
pub(crate) struct Submitted {
    /// What is in it.
    pub(crate) pipeline: Pipeline,
    /// How a run names it.
    pub(crate) source: model::Source,
    /// The file's text; none if it was uploaded before.
    pub(crate) text: Option<String>,
}

/// Reads a file, compiling it first if it is Python.
///
/// # Errors
/// If it is not a pipeline.
pub(crate) fn of_file(
    path: &Path,
    python: &PythonArgs,
    console: &mut Console,
) -> Result<Submitted> {
    let text = source::text(path, python, console)?;
    let pipeline = source::checked(path, &text, console)?;
    let documents = kfp_pipeline::documents(&text).context("the pipeline is not JSON")?;
    Ok(Submitted {
        pipeline,
        source: model::Source::Spec(package(documents)),
        text: Some(text),
    })
}

/// The file as the API takes it: the specification, or an object of it and the settings for platforms.
pub(super) fn package(documents: Vec<Value>) -> Value {
    let mut documents = documents.into_iter();
    let spec = documents.next().unwrap_or_default();
    match documents.next() {
        Some(platform) if !platform.is_null() => {
            json!({"pipeline_spec": spec, "platform_spec": platform})
        }
        _ => spec,
    }
}

/// Finds an uploaded pipeline, `NAME` or `NAME@VERSION`; the latest version if none is named.
///
/// # Errors
/// If there is none, or the server cannot be asked.
pub(crate) fn uploaded(name: &str, server: &Server) -> Result<Submitted> {
    let (name, version) = match name.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (name, None),
    };
    let version = find(name, version, server)?;
    let pipeline = read(&version.pipeline_spec)
        .with_context(|| format!("could not read the pipeline `{name}` of the server"))?;
    Ok(Submitted {
        pipeline,
        source: model::Source::Version(version.reference()),
        text: None,
    })
}

/// The pipeline of a run or version as the server stores it.
///
/// # Errors
/// If it is not one of KFP 2.
pub(super) fn read(stored: &Value) -> Result<Pipeline> {
    let spec = stored.get("pipeline_spec").unwrap_or(stored);
    Pipeline::read(&spec.to_string()).map_err(|problem| anyhow::anyhow!(problem.message))
}

fn find(name: &str, version: Option<&str>, server: &Server) -> Result<PipelineVersion> {
    let client = &server.client;
    let Some(pipeline) = client.pipeline_by_name(name, &server.namespace)? else {
        return Err(hinted_usage(
            format!("the server has no pipeline `{name}`"),
            "name a compiled file, or upload it: `kfp-comp up FILE`",
        ));
    };
    let mut list = List::all().sort_by("created_at desc").page_size(1);
    if let Some(version) = version {
        list = list.filter(&Filter::default().equals("display_name", version));
    }
    let found = client.versions(&pipeline.pipeline_id, &list).next();
    found.transpose()?.ok_or_else(|| {
        let what = version.map_or_else(|| "a version".to_owned(), |name| format!("`{name}`"));
        hinted_usage(
            format!("the pipeline `{name}` has no version {what}"),
            format!("upload one: `kfp-comp up FILE --pipeline-name {name}`"),
        )
    })
}

/// Whether an argument names a file rather than an uploaded pipeline.
pub(super) fn file(argument: &str) -> Option<PathBuf> {
    is_file(argument).then(|| argument.into())
}

/// Turns the cache off for every task of a pipeline; the official client knows the root only.
pub(super) fn disable_caching(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if let Some(options) = map.get_mut("cachingOptions") {
                *options = json!({});
            }
            map.values_mut().for_each(disable_caching);
        }
        Value::Array(items) => items.iter_mut().for_each(disable_caching),
        _ => {}
    }
}
