//! Components as real processes, as KFP starts them.
//!
//! They are this package's examples.

#![cfg(target_os = "linux")]

mod arguments;
mod backend;
mod backends;
mod damaged;
mod executor;
mod files;
mod launcher;
mod lists;
mod mounted;
mod pairs;
mod program;
mod shutdown;
