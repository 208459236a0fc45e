#![doc = include_str!("../README.md")]

mod argument;
pub mod choice;
mod default;
mod docs;
mod fit;
mod function;
mod items;
mod model;
mod name;
mod number;
mod range;
pub mod signature;
pub mod source;
mod type_syntax;
mod types;

pub use argument::ArgumentSyntax;
pub use model::{
    Argument, ArtifactType, Component, Kind, Parameter, ParameterType, Presence, Range,
};
pub use name::PYTHON_KEYWORDS;
pub use range::RangeSyntax;
