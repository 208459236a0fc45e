//! From a component's source to a pinned catalog entry: static programs, OCI images, registry, digest.
//!
//! Needs no Docker daemon and no base image; refuses to publish what it cannot name exactly.

pub mod build;
mod elf;
mod error;
mod files;
pub mod image;
pub mod output;
mod platform;
mod source;
mod workspace;
#[cfg(test)]
mod testing;

pub use error::{Error, Result};
pub use platform::Platform;
