//! A random forest that votes: fitted to tables, scored, and kept as a directory that any language can read.
//!
//! It refuses tables with cells that are not finite numbers: a forest has no opinion about what is missing.

mod forest;
mod model;
mod score;
mod table;

pub use forest::Forest;
pub use score::{Confusion, Roc, Score};
pub use table::Examples;

/// The crate's results; an error names the argument and the line it is about.
pub type Result<T> = kfp_component::Result<T>;
