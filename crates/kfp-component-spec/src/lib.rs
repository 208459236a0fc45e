//! The contract of a Kubeflow Pipelines component.
//!
//! Text and tokens in, data out: no files, no environment, no clock.

mod model;
mod types;

pub use model::{Argument, ArtifactType, Component, Kind, Parameter, ParameterType, Presence, Range};
