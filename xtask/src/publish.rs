//! `cargo xtask publish` and `cargo xtask bench publish`: the program `kfp-publish`, which any workspace can run.

use std::env;
use std::ffi::OsStr;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

use crate::process::{cargo, run, tool};
use crate::workspace;

/// Builds, packs, pushes and pins components.
pub(crate) fn publish(arguments: &[&str]) -> Result<ExitCode> {
    let status = tool("kfp-publish")
        .args(arguments)
        .current_dir(env::current_dir()?)
        .status()?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}

/// Packs the components of the iris pipeline for the platforms this machine can build for, as an OCI image layout in `layout`.
pub(crate) fn pack(layout: &Path) -> Result<()> {
    let layout = [OsStr::new("--oci-layout"), layout.as_os_str()];
    run(tool("kfp-publish")
        .args(workspace::COMPONENTS)
        .args(layout)
        .arg("--skip-unavailable"))
}

/// Compiles the components, and measures the packing and pushing of data-ingestion beside docker and buildah.
pub(crate) fn bench() -> Result<()> {
    pack(&workspace::target().join("bench/oci"))?;
    run(cargo("bench").args(["--package", "kfp-publish", "--bench", "publish"]))
}
