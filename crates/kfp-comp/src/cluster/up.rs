//! `kfp-comp up`: the pipeline of a file stored on a cluster, if it is not there already.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use kfp_client::{
    List, Upload,
    model::{Pipeline, PipelineVersionReference},
};
use serde_json::{Map, Value, json};

use super::{
    pipeline::{self, Submitted},
    server::{Server, ServerArgs},
};
use crate::{
    exit::ExitCode,
    output::{Console, Style},
};

/// Store a pipeline on a cluster, as a new version if it changed
///
/// Compares the compiled pipeline with the latest version of its name on the server, and uploads it if they differ: not
/// for another order of keys. Versions are tagged with the revision of git.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp up pipelines/iris/iris.yaml
  kfp-comp up iris.yaml --pipeline-name iris-nightly --dry-run")]
pub(crate) struct Args {
    /// The .yaml or .py file of a pipeline
    file: PathBuf,
    /// Name of the pipeline on the server [default: the pipeline's own]
    #[arg(long, value_name = "NAME")]
    pipeline_name: Option<String>,
    /// Name of the new version [default: the time]
    #[arg(long, value_name = "NAME")]
    version_name: Option<String>,
    /// Say what would be uploaded, and upload nothing
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// The Python that compiles pipelines
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
    #[command(flatten)]
    server: ServerArgs,
}

/// What is on the server now.
pub(super) struct Stored {
    pub(super) reference: PipelineVersionReference,
    /// Whether it was uploaded.
    pub(super) is_new: bool,
}

/// Runs the verb.
///
/// # Errors
/// If the file is not a pipeline, or the server refuses it or cannot be reached.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let submitted = pipeline::of_file(&args.file, args.python.as_deref(), console)?;
    let server = args.server.server()?;
    let name = args
        .pipeline_name
        .as_deref()
        .unwrap_or(&submitted.pipeline.spec.pipeline_info.name);
    let plan = Plan::make(&submitted, name, &args.file, &server)?;
    if args.dry_run {
        console.data(&plan.describe(&server, name))?;
        return Ok(ExitCode::Done);
    }
    let stored = plan.carry_out(&submitted, name, args.version_name.as_deref(), &server)?;
    let word = if stored.is_new {
        "Uploaded"
    } else {
        "Unchanged"
    };
    console.status(Style::Success, word, name);
    let page = server.page(&format!(
        "pipelines/details/{}/version/{}",
        stored.reference.pipeline_id, stored.reference.pipeline_version_id
    ));
    if args.json {
        console.json(&json!({
            "pipeline_id": stored.reference.pipeline_id,
            "pipeline_version_id": stored.reference.pipeline_version_id,
            "uploaded": stored.is_new,
            "page": page,
        }))?;
    } else {
        console.data(&stored.reference.pipeline_version_id)?;
        console.detail("Page", &page);
    }
    Ok(ExitCode::Done)
}

/// What has to be done for a pipeline to be on the server.
pub(super) enum Plan {
    /// Nothing: it is there.
    Nothing(PipelineVersionReference),
    /// A version is to be added to a pipeline.
    Version(Pipeline, Map<String, Value>),
    /// The pipeline is new.
    Pipeline(Map<String, Value>),
}

impl Plan {
    /// Compares the file with the server.
    pub(super) fn make(
        submitted: &Submitted,
        name: &str,
        file: &Path,
        server: &Server,
    ) -> Result<Self> {
        let found = server.client.pipeline_by_name(name, &server.namespace);
        let Some(pipeline) = found.context("could not look for the pipeline")? else {
            return Ok(Self::Pipeline(tags(file)));
        };
        let latest = List::all().sort_by("created_at desc").page_size(1);
        let latest = server
            .client
            .versions(&pipeline.pipeline_id, &latest)
            .next();
        let latest = latest
            .transpose()
            .context("could not look at the latest version")?;
        if let Some(version) = latest
            && canonical(&version.pipeline_spec) == canonical(&submitted.package())
        {
            return Ok(Self::Nothing(version.reference()));
        }
        Ok(Self::Version(pipeline, tags(file)))
    }

    /// The request that would be sent.
    fn describe(&self, server: &Server, name: &str) -> String {
        let endpoint = server.client.endpoint();
        match self {
            Self::Nothing(_) => String::new(),
            Self::Version(pipeline, _) => format!(
                "POST {endpoint}/apis/v2beta1/pipelines/upload_version?pipelineid={}",
                pipeline.pipeline_id
            ),
            Self::Pipeline(_) => {
                format!("POST {endpoint}/apis/v2beta1/pipelines/upload?name={name}")
            }
        }
    }

    /// Uploads what is to be uploaded.
    pub(super) fn carry_out(
        self,
        submitted: &Submitted,
        name: &str,
        version: Option<&str>,
        server: &Server,
    ) -> Result<Stored> {
        let description = &submitted.pipeline.spec.pipeline_info.description;
        let text = submitted.text.as_deref().unwrap_or_default();
        let upload = Upload {
            description,
            file_name: "pipeline.yaml",
            content: text.as_bytes(),
            ..Upload::default()
        };
        let refused = || format!("the server did not accept `{name}`");
        let reference = match self {
            Self::Nothing(reference) => {
                return Ok(Stored {
                    reference,
                    is_new: false,
                });
            }
            Self::Version(pipeline, tags) => {
                let usual = super::now().replace([' ', ':'], "-");
                let upload = Upload {
                    name: version.unwrap_or(&usual),
                    tags,
                    ..upload
                };
                let uploaded = server.client.upload_version(&pipeline.pipeline_id, &upload);
                uploaded.with_context(refused)?.reference()
            }
            Self::Pipeline(tags) => {
                let upload = Upload {
                    name,
                    namespace: &server.namespace,
                    tags,
                    ..upload
                };
                let pipeline = server
                    .client
                    .upload_pipeline(&upload)
                    .with_context(refused)?;
                let first = server
                    .client
                    .versions(&pipeline.pipeline_id, &List::all())
                    .next();
                let first = first.transpose()?.context("the server stored no version")?;
                first.reference()
            }
        };
        Ok(Stored {
            reference,
            is_new: true,
        })
    }
}

impl Submitted {
    /// The whole file as the server stores it.
    fn package(&self) -> Value {
        match &self.source {
            kfp_client::model::Source::Spec(value) => value.clone(),
            kfp_client::model::Source::Version(_) => Value::Null,
        }
    }
}

/// A value as protobuf stores it: numbers are doubles. The order of keys does not count when values are compared.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let entries = map.iter();
            entries
                .map(|(key, value)| (key.clone(), canonical(value)))
                .collect()
        }
        Value::Array(items) => items.iter().map(canonical).collect(),
        Value::Number(number) => number.as_f64().map_or(Value::Null, Value::from),
        other => other.clone(),
    }
}

/// The revision of git that a file is of, as tags have it; none outside a repository.
fn tags(file: &Path) -> Map<String, Value> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let output = Command::new("git")
        .args(["status", "--porcelain=v2", "--branch", "--"])
        .arg(file.file_name().unwrap_or_default())
        .current_dir(folder.unwrap_or(Path::new(".")))
        .output();
    let status = output.ok().filter(|output| output.status.success());
    let status = status.and_then(|output| String::from_utf8(output.stdout).ok());
    let revision = status.and_then(|status| revision(&status));
    revision
        .map(|revision| ("revision".to_owned(), revision.into()))
        .into_iter()
        .collect()
}

/// The commit that `git status --porcelain=v2 --branch` names, and whether it lists a change; none before the first commit.
fn revision(status: &str) -> Option<String> {
    let (headers, changes): (Vec<&str>, Vec<&str>) =
        status.lines().partition(|line| line.starts_with("# "));
    let commit = headers
        .iter()
        .find_map(|line| line.strip_prefix("# branch.oid "))?;
    let suffix = if changes.is_empty() { "" } else { "-dirty" };
    (commit != "(initial)").then(|| format!("{commit}{suffix}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_keys_and_the_form_of_numbers_are_no_change() {
        let ours = json!({"b": [1, {"x": 2.0}], "a": 3});
        let stored = json!({"a": 3.0, "b": [1.0, {"x": 2}]});
        assert_eq!(canonical(&ours), canonical(&stored));
        assert_ne!(canonical(&json!({"a": 1})), canonical(&json!({"a": 2})));
        assert_ne!(canonical(&json!([1, 2])), canonical(&json!([2, 1])));
    }

    #[test]
    fn a_revision_says_whether_the_file_differs_from_it() {
        let clean = "# branch.oid 57b318f\n# branch.head main\n";
        assert_eq!(revision(clean).as_deref(), Some("57b318f"));
        let changed = format!("{clean}1 .M N... 100644 100644 100644 57b 57b p.yaml\n");
        assert_eq!(revision(&changed).as_deref(), Some("57b318f-dirty"));
        let untracked = format!("{clean}? p.yaml\n");
        assert_eq!(revision(&untracked).as_deref(), Some("57b318f-dirty"));
        assert_eq!(revision("# branch.oid (initial)\n? p.yaml\n"), None);
    }
}
