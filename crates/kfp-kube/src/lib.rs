#![doc = include_str!("../README.md")]
#![warn(clippy::missing_errors_doc)]

mod client;
mod cluster;
mod credentials;
mod error;
mod exec;
mod kubeconfig;
pub mod pod;
mod resource;
mod status;
mod yaml;

pub use client::{Apply, Client};
pub use cluster::Cluster;
pub use error::{Error, Result};
pub use resource::{Collection, Resource};
pub use status::{Cause, Conflict, Denied, Status};
