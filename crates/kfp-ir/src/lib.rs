#![doc = include_str!("../README.md")]

mod component;
mod dag;
pub mod document;
mod graph;
mod node;
mod pipeline;
pub mod placeholder;
mod source;
mod task;
pub mod value;

pub use component::*;
pub use dag::*;
pub use pipeline::*;
pub use source::*;
pub use task::*;

/// Whether a field has the value that protobuf leaves out.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
