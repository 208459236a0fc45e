//! What is to run on a cluster, and with what: the options that `submit` and `schedule create` share.

use std::path::PathBuf;

use anyhow::Result;
use clap_complete::engine::ArgValueCompleter;
use kfp_client::model::RuntimeConfig;
use serde::Serialize;
use serde_json::json;

use super::{
    parameters,
    pipeline::{self, Submitted},
    preflight::{self, PreflightArgs},
    sdk,
    server::{Server, ServerArgs},
};
use crate::{completions::values, output::Console, pipeline::flags};

/// A pipeline and what its runs are started with.
#[derive(Debug, clap::Args)]
pub(super) struct RunArgs {
    /// The .yaml or .py file of a pipeline, or the name of an uploaded one: NAME or NAME@VERSION
    #[arg(value_name = "PIPELINE", add = ArgValueCompleter::new(values::pipelines))]
    pub(super) pipeline: String,
    /// Experiment of its runs; it is created if there is none of that name
    #[arg(long, short, value_name = "NAME", visible_alias = "experiment-name")]
    experiment: Option<String>,
    /// YAML or JSON file with parameters; flags after `--` come before it
    #[arg(long, value_name = "FILE")]
    params: Option<PathBuf>,
    /// Where outputs go: minio://, s3:// or gs:// [default: the server's choice]
    #[arg(long, value_name = "URI")]
    pipeline_root: Option<String>,
    /// Kubernetes service account of the pods [default: the server's choice]
    #[arg(long, value_name = "NAME")]
    service_account: Option<String>,
    #[command(flatten)]
    preflight: PreflightArgs,
    /// Print the request, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// The Python that compiles pipelines
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
    /// Parameters, such as --trees 50
    #[arg(
        last = true,
        value_name = "PARAMETERS",
        allow_hyphen_values = true,
        add = ArgValueCompleter::new(values::inputs)
    )]
    inputs: Vec<String>,
    #[command(flatten)]
    server: ServerArgs,
}

/// What these options stand for.
pub(super) struct Asked {
    pub(super) submitted: Submitted,
    /// The pipeline's file, if it is one.
    pub(super) file: Option<PathBuf>,
    pub(super) server: Server,
    pub(super) config: RuntimeConfig,
    pub(super) service_account: String,
    pub(super) experiment: Option<String>,
}

impl RunArgs {
    /// Reads the pipeline and its parameters; `None` if they were only to be explained.
    ///
    /// # Errors
    /// If something is wrong with them, or an uploaded pipeline cannot be found.
    pub(super) fn read(&self, console: &mut Console) -> Result<Option<Asked>> {
        let file = pipeline::file(&self.pipeline);
        // A file can be explained, and its parameters checked, without a server.
        let (submitted, server) = if let Some(path) = &file {
            let submitted = pipeline::of_file(path, self.python.as_deref(), console)?;
            (submitted, None)
        } else {
            let server = self.server.server()?;
            (pipeline::uploaded(&self.pipeline, &server)?, Some(server))
        };
        let spec = &submitted.pipeline.spec;
        if let ["--help" | "-h"] = self.inputs.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            console.data(&flags::help(spec))?;
            return Ok(None);
        }
        let parameters = parameters::read(spec, self.params.as_deref(), &self.inputs)?;
        let server = match server {
            Some(server) => server,
            None => self.server.server()?,
        };
        Ok(Some(Asked {
            config: RuntimeConfig {
                parameters,
                pipeline_root: self.pipeline_root.clone().unwrap_or_default(),
            },
            service_account: self.service_account.clone().unwrap_or_default(),
            experiment: sdk::experiment(self.experiment.as_deref(), server.experiment.as_deref()),
            submitted,
            file,
            server,
        }))
    }

    /// Checks what the cluster would refuse. Whether the request is to be sent: with `--dry-run` it is printed instead.
    ///
    /// # Errors
    /// If it would be refused.
    pub(super) fn may_send(
        &self,
        asked: &Asked,
        resource: &str,
        body: &impl Serialize,
        console: &mut Console,
    ) -> Result<bool> {
        if self.dry_run {
            let endpoint = asked.server.client.endpoint();
            console.json(&json!({
                "request": format!("POST {endpoint}/apis/v2beta1/{resource}"),
                "experiment": asked.experiment,
                "body": body,
            }))?;
            return Ok(false);
        }
        preflight::check(asked, &self.preflight, console)?;
        Ok(true)
    }
}
