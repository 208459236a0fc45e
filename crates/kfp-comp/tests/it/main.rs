//! The program as its users meet it.
#![expect(
    clippy::needless_raw_string_hashes,
    reason = "snapbox writes snapshots so"
)]

mod catalog;
#[cfg(unix)]
mod cluster;
mod compiled;
mod deploy;
mod generate;
mod help;
mod init;
#[cfg(unix)]
mod kills;
mod lint;
mod model;
mod new;
#[cfg(unix)]
mod pipeline;
#[cfg(unix)]
mod pipeline_options;
mod refused;
mod run;
mod support;
