//! `kfp-publish`: what `cargo xtask publish` runs.

use std::process::ExitCode;

fn main() -> ExitCode {
    kfp_publish::cli(std::env::args_os().skip(1))
}
