//! From a component's source to a pinned catalog entry: static programs, OCI images, registry, digest.
//!
//! Needs no Docker daemon and no base image, and refuses to publish what it cannot name exactly. [`cli`] is the program;
//! what it does after compiling can be called by itself: [`image`] packs programs, [`pin`] pushes them and writes the
//! catalog's entry, [`output`] writes them to a directory or file instead.
//!
//! ```no_run
//! use kfp_publish::image::{Cache, ImageMetadata, Packed, Program};
//! use kfp_publish::output::tarball;
//! use kfp_workspace::Platform;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let metadata = ImageMetadata {
//!     name: "word-count".to_owned(),
//!     version: "1.0.0".to_owned(),
//!     ..ImageMetadata::default()
//! };
//! let program = Program {
//!     platform: Platform::LinuxAmd64,
//!     bytes: std::fs::read("word-count")?,
//!     builder: "rustc 1.95.0".to_owned(),
//! };
//! let packed = Packed::new(&metadata, &[program], &Cache::none())?;
//! tarball::write("word-count.tar".as_ref(), &[packed])?;
//! # Ok(())
//! # }
//! ```

mod build;
mod cli;
mod component;
mod conflict;
mod elf;
mod error;
pub mod image;
mod new_release;
pub mod output;
pub mod pin;
mod plan;
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
pub use publish::unavailable_platforms;
