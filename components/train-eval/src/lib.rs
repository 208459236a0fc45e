//! A random forest: fitted to tables, scored, and kept as a `kfp_model::Model`.
//!
//! Cells that are not finite numbers are refused, because a forest cannot handle missing values.

mod forest;
mod score;
mod table;

pub use forest::{fit, score};
pub use score::{Confusion, Roc, Score};
pub use table::Examples;

/// The crate's results; an error names the argument and the line it is about.
pub type Result<T> = kfp_component::Result<T>;
