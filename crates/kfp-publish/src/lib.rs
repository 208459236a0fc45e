//! From a component's source to a pinned catalog entry: static programs, OCI images, registry, digest.
//!
//! Needs no Docker daemon and no base image; refuses to publish what it cannot name exactly.

pub mod build;
mod cli;
mod component;
mod conflict;
mod elf;
mod error;
pub mod image;
mod new_release;
pub mod output;
pub mod pin;
pub mod plan;
mod progress;
mod publish;
pub mod push;
pub mod sbom;
mod source;
#[cfg(test)]
mod testing;
mod upload;

pub use cli::cli;
pub use error::{Error, Result};
pub use progress::Progress;
pub use publish::{PublishRequest, publish, unavailable_platforms};
pub use source::{Commit, Provenance, State};
