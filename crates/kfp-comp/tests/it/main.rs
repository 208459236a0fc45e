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
mod kept;
#[cfg(unix)]
mod kills;
#[cfg(unix)]
mod limits;
mod lint;
mod model;
mod new;
#[cfg(unix)]
mod pipeline;
#[cfg(unix)]
mod pipeline_options;
mod predictor;
mod refused;
mod run;
#[cfg(unix)]
mod serve;
mod support;
