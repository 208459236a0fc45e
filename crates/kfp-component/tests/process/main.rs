//! Components as real processes, as KFP starts them.
//!
//! They are this package's examples.

#![cfg(target_os = "linux")]

mod arguments;
mod backend;
mod backends;
mod executor;
mod files;
mod program;
mod shutdown;
