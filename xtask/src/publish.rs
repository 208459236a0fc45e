//! `cargo xtask publish`: the command line of `kfp-publish`, which any workspace can call like this.

use std::process::ExitCode;

/// Builds, packs, pushes and pins components.
pub(crate) fn run(arguments: &[&str]) -> ExitCode {
    kfp_publish::cli(arguments)
}
