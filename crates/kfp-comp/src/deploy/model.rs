//! Which model is meant, and how it is served.

use std::path::PathBuf;

use kfp_kserve::{
    Canary, Deployment, Format, Mode, ModelFolder, Protocol, Resources, Result, Serving, Storage,
};

use crate::output::{Console, Style};

/// The model and how it is served.
#[derive(Debug, clap::Args)]
pub(super) struct ModelArgs {
    /// Where the model is stored: s3://…, gs://…, pvc://…, hf://…, oci://…, or minio://… as KFP gives it
    #[arg(value_name = "URI")]
    uri: String,
    /// Name of the InferenceService, and of the model in its URLs
    #[arg(long, value_name = "NAME")]
    name: String,
    /// A local copy of the model, for its digest and its layout
    #[arg(long, value_name = "PATH")]
    model: Option<PathBuf>,
    /// Format of the model's files, such as onnx:1, xgboost:2, sklearn:1
    #[arg(long, value_name = "NAME:VERSION", default_value = "onnx:1")]
    format: String,
    /// Protocol: v1, v2, grpc-v1, grpc-v2
    #[arg(long, value_name = "PROTOCOL", default_value = "v2")]
    protocol: String,
    /// Runtime of the cluster [default: the one that KServe would choose]
    #[arg(long, value_name = "NAME", conflicts_with = "image")]
    runtime: Option<String>,
    /// Serve by a server in this image instead of a runtime of the cluster
    #[arg(long, value_name = "IMAGE")]
    image: Option<String>,
    /// Service account of the pods, with a login for the storage
    #[arg(long, value_name = "NAME")]
    service_account: Option<String>,
    /// Keep at least so many pods; 0 lets Knative stop them all
    #[arg(long, value_name = "N")]
    min_replicas: Option<u32>,
    /// Start at most so many pods
    #[arg(long, value_name = "N")]
    max_replicas: Option<u32>,
    /// Processors of a pod, such as 500m
    #[arg(long, value_name = "QUANTITY")]
    cpu: Option<String>,
    /// Memory of a pod, such as 256Mi
    #[arg(long, value_name = "QUANTITY")]
    memory: Option<String>,
    /// Send only this share of the requests to the new model; leave it out to promote
    #[arg(long, value_name = "PERCENT")]
    canary: Option<u8>,
    /// Run on knative or as standard Deployments [default: as the cluster does]
    #[arg(long, value_name = "MODE")]
    mode: Option<String>,
}

impl ModelArgs {
    /// What is to be deployed.
    pub(super) fn deployment(&self, console: &mut Console) -> Result<Deployment> {
        let stored = Storage::parse(&self.uri)?;
        let protocol = Protocol::parse(&self.protocol)?;
        let serving = match &self.image {
            Some(image) => Serving::image(image, protocol)?,
            None => Serving::model(self.format()?, protocol, self.runtime.as_deref())?,
        };
        let folder = self.model.as_deref().map(ModelFolder::read).transpose()?;
        let storage = match &folder {
            Some(folder) => folder.storage(&stored, &serving)?,
            None => stored,
        };
        let mut deployment = Deployment::new(&self.name, storage, serving)?;
        deployment.digest = folder.as_ref().map(ModelFolder::digest);
        deployment.service_account.clone_from(&self.service_account);
        deployment.min_replicas = self.min_replicas;
        deployment.max_replicas = self.max_replicas;
        deployment.resources = Resources {
            cpu: self.cpu.clone(),
            memory: self.memory.clone(),
        };
        deployment.canary = self.canary.map(Canary::percent).transpose()?;
        deployment.mode = self.mode.as_deref().map(Mode::parse).transpose()?;
        deployment.check()?;
        self.warn(&deployment, console);
        Ok(deployment)
    }

    /// The format of the model's files.
    pub(super) fn format(&self) -> Result<Format> {
        Format::parse(&self.format)
    }

    /// Whether a runtime is named, so that there is nothing to choose.
    pub(super) fn names_a_server(&self) -> bool {
        self.runtime.is_some() || self.image.is_some()
    }

    /// The protocol.
    pub(super) fn protocol(&self) -> Result<Protocol> {
        Protocol::parse(&self.protocol)
    }

    fn warn(&self, deployment: &Deployment, console: &mut Console) {
        if deployment.storage().was_minio() && deployment.service_account.is_none() {
            console.status(
                Style::Warning,
                "Login",
                "KServe does not know the address of KFP's object store, nor its keys",
            );
            console.hint("`kfp-comp deploy storage-login models` prints a secret and a service account; name it with --service-account models");
        }
        if self
            .image
            .as_deref()
            .is_some_and(|image| !image.contains("@sha256:"))
        {
            console.status(
                Style::Warning,
                "Image",
                "it is not named by digest, so another one may be served after a restart",
            );
        }
    }
}
