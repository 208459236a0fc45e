//! A compiled Kubeflow Pipelines 2 pipeline: what `kfp dsl compile` writes, read, checked and made sense of.
//!
//! Text in, data out: no files, no environment, no clock.
//!
//! ```
//! use kfp_pipeline::{Pipeline, check};
//!
//! let text = "
//! pipelineInfo: {name: hello}
//! schemaVersion: 2.1.0
//! components: {comp-hello: {executorLabel: exec-hello}}
//! deploymentSpec: {executors: {exec-hello: {container: {image: busybox}}}}
//! root: {dag: {tasks: {hello: {componentRef: {name: comp-hello}}}}}
//! ";
//! let pipeline = Pipeline::read(text)?;
//! let problem = &check(&pipeline)[0];
//! assert_eq!(problem.position.line, 4);
//! assert!(problem.message.contains("neither `command` nor `args`"));
//! # Ok::<(), kfp_pipeline::Problem>(())
//! ```

mod check;
pub mod command;
pub mod condition;
pub mod diagram;
pub mod executor;
pub mod image;
pub mod kubernetes;
pub mod parameters;
mod problem;
pub mod quantity;
mod read;
pub mod rule;

pub use check::check;
pub use kfp_ir::document::{Step, Way};
pub use kfp_ir::*;
pub use kfp_pyyaml::Position;
pub use problem::Problem;
pub use read::{Pipeline, Platform, PlatformDeployment, Platforms, documents};
pub use rule::{Rule, Severity};
