#![doc = include_str!("../README.md")]
#![warn(clippy::missing_errors_doc)]

mod deployer;
mod deployment;
mod error;
mod folder;
mod history;
mod refusal;
pub mod runtime;
pub mod scaffold;
pub mod seldon;
mod serving;
mod status;
mod storage;
mod wait;
mod yaml;

pub use deployer::{Change, Deployer, Plan};
pub use deployment::{Canary, Deployment, Mode, Resources};
pub use error::{Error, Result};
pub use folder::ModelFolder;
pub use serving::{Format, Protocol, Serving};
pub use status::Endpoint;
pub use storage::Storage;
pub use wait::{Failure, Outcome};
pub use yaml::to_yaml;

/// The manager under which fields are applied.
pub(crate) const FIELD_MANAGER: &str = "kfp-component";
/// The annotation with the digest of the model's files, on pods.
pub(crate) const MODEL_DIGEST: &str = "kfp-component.github.io/model-digest";
/// The annotation that tells one revision from another, on pods.
pub const REVISION: &str = "kfp-component.github.io/revision";
/// The annotation with what was deployed before, for rolling back.
pub const PREVIOUS: &str = "kfp-component.github.io/previous";
