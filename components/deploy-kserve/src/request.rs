//! What the task was asked for, as a deployment.

use std::path::Path;

use kfp_component::prelude::*;
use kfp_kserve::{Canary, Deployment, Error, Format, ModelFolder, Resources, Serving, Storage};

use crate::Protocol;

/// What the task was asked for.
pub(crate) struct Request {
    pub(crate) stored: Option<String>,
    pub(crate) name: String,
    pub(crate) format: String,
    pub(crate) protocol: Protocol,
    pub(crate) runtime: Option<String>,
    pub(crate) image: Option<String>,
    pub(crate) service_account: Option<String>,
    pub(crate) min_replicas: u32,
    pub(crate) max_replicas: u32,
    pub(crate) cpu: Option<String>,
    pub(crate) memory: Option<String>,
    pub(crate) canary_percent: u8,
}

impl Request {
    /// The deployment of a model that is stored at a URI, of which `local` is a copy.
    pub(crate) fn deployment(self, uri: Option<&str>, local: &Path) -> Result<Deployment> {
        let stored =
            self.stored.as_deref().or(uri).ok_or(
                "KFP 1 does not say where the model is stored: name it with `storage_uri`",
            )?;
        let stored = Storage::parse(stored).map_err(with_hint)?;
        let protocol = match self.protocol {
            Protocol::V1 => kfp_kserve::Protocol::V1,
            Protocol::V2 => kfp_kserve::Protocol::V2,
            Protocol::GrpcV1 => kfp_kserve::Protocol::GrpcV1,
            Protocol::GrpcV2 => kfp_kserve::Protocol::GrpcV2,
        };
        let serving = match &self.image {
            Some(image) => Serving::image(image, protocol),
            None => Format::parse(&self.format)
                .and_then(|format| Serving::model(format, protocol, self.runtime.as_deref())),
        };
        let serving = serving.map_err(with_hint)?;
        let folder = ModelFolder::read(local).map_err(with_hint)?;
        let storage = folder.storage(&stored, &serving).map_err(with_hint)?;
        let mut deployment = Deployment::new(&self.name, storage, serving).map_err(with_hint)?;
        deployment.digest = Some(folder.digest());
        deployment.service_account = self.service_account;
        deployment.min_replicas = Some(self.min_replicas);
        deployment.max_replicas = Some(self.max_replicas).filter(|most| *most > 0);
        deployment.resources = Resources {
            cpu: self.cpu,
            memory: self.memory,
        };
        if self.canary_percent < 100 {
            deployment.canary = Some(Canary::percent(self.canary_percent).map_err(with_hint)?);
        }
        deployment.check().map_err(with_hint)?;
        Ok(deployment)
    }
}

/// The error, with what to do on a line below.
pub(crate) fn with_hint(error: Error) -> Box<dyn std::error::Error + Send + Sync> {
    match error.hint() {
        Some(hint) => format!("{error}\nhint: {hint}").into(),
        None => error.into(),
    }
}
