//! Runs compiled Kubeflow Pipelines 2 pipelines on this machine, from native programs.

pub mod program;
pub mod record;
pub mod task;
