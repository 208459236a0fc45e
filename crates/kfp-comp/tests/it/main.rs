//! The program as its users meet it.
#![expect(
    clippy::needless_raw_string_hashes,
    reason = "snapbox writes snapshots so"
)]

mod catalog;
mod compiled;
mod deploy;
mod generate;
mod help;
mod init;
mod lint;
mod new;
#[cfg(unix)]
mod pipeline;
mod refused;
mod run;
mod support;
