//! `cargo xtask publish` and `cargo xtask bench publish`: thin doors to `kfp-publish`, which any workspace can open like this.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::process::{cargo, run};
use crate::workspace;

/// Builds, packs, pushes and pins components.
pub(crate) fn publish(arguments: &[&str]) -> ExitCode {
    kfp_publish::cli(arguments)
}

/// Compiles the components, and measures the packing and pushing of data-ingestion beside docker and buildah.
pub(crate) fn bench() -> Result<()> {
    if kfp_publish::pack_what_can_be_built(&workspace::target().join("bench/oci"))
        != ExitCode::SUCCESS
    {
        bail!("the components could not be packed");
    }
    run(cargo("bench").args(["--package", "kfp-publish", "--bench", "publish"]))
}
