//! `cargo xtask catalog`: a thin door to `kfp-publish`.

use std::process::ExitCode;

/// Builds the catalog.
pub(crate) fn run(arguments: &[&str]) -> ExitCode {
    kfp_publish::catalog::cli(arguments)
}
