//! Runs compiled Kubeflow Pipelines 2 pipelines on this machine, from native programs.

pub mod cache;
pub mod display;
pub mod engine;
mod layout;
pub mod parameters;
pub mod program;
pub mod record;
pub mod report;
pub mod runs;
pub mod select;
pub mod task;
