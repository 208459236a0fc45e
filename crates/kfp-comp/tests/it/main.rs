//! The program as its users meet it.
#![expect(
    clippy::needless_raw_string_hashes,
    reason = "snapbox writes snapshots so"
)]

mod catalog;
mod compiled;
mod generate;
mod help;
mod init;
mod lint;
mod new;
#[cfg(unix)]
mod pipeline;
#[cfg(unix)]
mod predictor;
mod refused;
mod run;
#[cfg(unix)]
mod serve;
mod support;
