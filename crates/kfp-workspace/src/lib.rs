//! The cargo workspace that components are developed in, as every program of this project sees it.
//!
//! Cargo says which crates belong to it, `[workspace.metadata.kfp-comp]` what it has decided, and each component's
//! `src/main.rs` what its interface is. Nothing is searched for, built or written here.

mod component;
mod error;
mod generated;
#[cfg(unix)]
mod kept;
mod platform;
mod settings;
mod workspace;

pub use component::{COMPONENT_PROFILE, ComponentCrate, SERVER_PROFILE, reserved_by, version_tag};
pub use error::{Error, Mistakes, Result};
pub use generated::{MARK, is_generated};
pub use platform::Platform;
pub use settings::Settings;
pub use workspace::{Dependencies, Workspace};
