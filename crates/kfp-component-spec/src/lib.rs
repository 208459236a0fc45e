//! The contract of a Kubeflow Pipelines component.
//!
//! Text and tokens in, data out: no files, no environment, no clock.

mod argument;
#[cfg(feature = "catalog")]
pub mod catalog;
pub mod choice;
mod default;
#[cfg(feature = "catalog")]
pub mod diff;
mod docs;
mod function;
#[cfg(feature = "yaml")]
pub mod ir;
mod items;
#[cfg(feature = "yaml")]
mod kfp1;
#[cfg(feature = "yaml")]
pub mod label;
#[cfg(feature = "yaml")]
pub mod lint;
mod model;
mod name;
mod number;
#[cfg(feature = "yaml")]
mod python;
#[cfg(feature = "yaml")]
pub mod pyyaml;
mod range;
#[cfg(feature = "yaml")]
pub mod read;
pub mod signature;
pub mod source;
mod type_syntax;
mod types;
#[cfg(feature = "yaml")]
pub mod yaml;

pub use argument::ArgumentSyntax;
pub use model::{
    Argument, ArtifactType, Component, Kind, Parameter, ParameterType, Presence, Range,
};
pub use range::RangeSyntax;
