//! `cargo xtask catalog`: thin doors to `kfp-publish`, which builds a catalog, and to `kfp-comp`, which verifies one.

use std::process::ExitCode;

use crate::process::cargo;
use crate::python::Environment;
use crate::report;

/// Builds the catalog, or verifies it in both SDKs.
pub(crate) fn run(arguments: &[&str]) -> ExitCode {
    match arguments {
        ["verify", rest @ ..] => verify(rest).unwrap_or_else(|error| {
            report::error(&error);
            ExitCode::FAILURE
        }),
        _ => kfp_publish::catalog::cli(arguments),
    }
}

/// `kfp-comp catalog verify`, with a Python for each SDK.
fn verify(arguments: &[&str]) -> anyhow::Result<ExitCode> {
    let mut verify = cargo("run");
    verify.args([
        "--quiet",
        "--package",
        "kfp-comp",
        "--",
        "catalog",
        "verify",
    ]);
    for sdk in [Environment::Kfp1, Environment::Kfp2] {
        verify.arg("--python").arg(sdk.python()?);
    }
    // Paths are meant from where the user stands.
    let status = verify
        .args(arguments)
        .current_dir(std::env::current_dir()?)
        .status()?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}
