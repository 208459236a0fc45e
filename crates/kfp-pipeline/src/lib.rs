//! A compiled Kubeflow Pipelines 2 pipeline: what `kfp dsl compile` writes, read, checked and made sense of.
//!
//! Text in, data out: no files, no environment, no clock.

mod check;
pub mod command;
pub mod condition;
pub mod diagram;
pub mod executor;
mod from_tree;
mod graph;
pub mod image;
pub mod kubernetes;
pub mod model;
pub mod parameters;
mod problem;
pub mod quantity;
mod read;
pub mod rule;
pub mod value;

pub use check::check;
pub use kfp_pyyaml::Position;
pub use model::*;
pub use problem::{Problem, Step, Way};
pub use read::{Pipeline, Platform, PlatformDeployment, Platforms, documents};
pub use rule::{Rule, Severity};
