//! Manifests on stdout, without a cluster.

use anyhow::Result;
use clap::ValueEnum;
use kfp_kserve::{runtime, scaffold, seldon, to_yaml};
use serde_json::Value;

use super::model::ModelArgs;
use crate::{exit::ExitCode, output::Console};

/// Print the manifest, without a cluster
///
/// What it prints is what `apply` sends for a model that is not there yet.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    model: ModelArgs,
    /// Say which runtimes know the format, and why one of them is chosen
    #[arg(long)]
    explain: bool,
    /// What the manifest is for
    #[arg(long, value_enum, default_value_t = Target::Kserve)]
    target: Target,
}

/// What a manifest is for.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Target {
    /// KServe's InferenceService
    Kserve,
    /// Seldon Core 2's Model
    SeldonV2,
    /// Seldon Core 1's SeldonDeployment
    SeldonV1,
    /// MLServer's model-settings.json
    Mlserver,
}

/// Print a secret to fill in, and a service account that carries it
///
/// KServe reads from an S3 store as a service account. No key is read; fill in both before you apply it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  kfp-comp deploy storage-login models > login.yaml
  kubectl -n kubeflow get secret mlpipeline-minio-artifact -o yaml   # KFP's own keys, in base64
  kubectl apply -f login.yaml")]
pub(super) struct StorageLoginArgs {
    /// Name of the service account
    name: String,
    /// Address of the store
    #[arg(long, value_name = "HOST:PORT", default_value = scaffold::KUBEFLOW_STORE)]
    endpoint: String,
    /// Reach it over https
    #[arg(long)]
    https: bool,
}

/// Print a ServingRuntime for a server of your own
///
/// Services choose it with `--runtime NAME`.
#[derive(Debug, clap::Args)]
pub(super) struct ServingRuntimeArgs {
    /// Name of the runtime
    name: String,
    /// The server's image, by digest
    #[arg(long, value_name = "IMAGE")]
    image: String,
}

/// Runs `print`.
pub(super) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    if args.explain && !args.model.names_a_server() {
        let choice = runtime::choose(&args.model.format()?, Some(args.model.protocol()?));
        console.say(choice.explanation().trim_end());
    }
    let deployment = args.model.deployment(console)?;
    let manifest = match args.target {
        Target::Kserve => deployment.manifest(),
        Target::SeldonV2 => seldon::model(&deployment)?,
        Target::SeldonV1 => seldon::seldon_deployment(&deployment)?,
        Target::Mlserver => {
            let settings = seldon::model_settings(deployment.name(), &args.model.format()?)?;
            console.json(&settings)?;
            return Ok(ExitCode::Done);
        }
    };
    documents(&[manifest], console)
}

/// Runs `storage-login`.
pub(super) fn storage_login(args: &StorageLoginArgs, console: &mut Console) -> Result<ExitCode> {
    documents(
        &scaffold::s3_login(&args.name, &args.endpoint, args.https),
        console,
    )
}

/// Runs `serving-runtime`.
pub(super) fn serving_runtime(
    args: &ServingRuntimeArgs,
    console: &mut Console,
) -> Result<ExitCode> {
    documents(
        &[scaffold::serving_runtime(&args.name, &args.image)],
        console,
    )
}

fn documents(manifests: &[Value], console: &mut Console) -> Result<ExitCode> {
    let texts: Vec<String> = manifests.iter().map(to_yaml).collect();
    console.data(&texts.join("---\n"))?;
    Ok(ExitCode::Done)
}
