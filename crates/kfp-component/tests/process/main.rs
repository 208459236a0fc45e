//! Components as real processes, as KFP starts them.
//!
//! They are this package's examples, which `cargo test` builds; with `--test process`, add `--examples`.

mod arguments;
mod backend;
mod backends;
mod endings;
mod executor;
mod files;
mod program;
