//! `cargo xtask catalog`: `kfp-comp catalog`, given a Python for each SDK where it verifies.

use std::env;
use std::process::ExitCode;

use crate::process::tool;
use crate::python::Environment;

/// Runs `kfp-comp catalog` with these arguments.
pub(crate) fn run(arguments: &[&str]) -> anyhow::Result<ExitCode> {
    let mut command = tool("kfp-comp");
    // Paths are relative to where the user is.
    command.arg("catalog").current_dir(env::current_dir()?);
    if let ["verify", rest @ ..] = arguments {
        command.arg("verify");
        for sdk in [Environment::Kfp1, Environment::Kfp2] {
            command.arg("--python").arg(sdk.python()?);
        }
        command.args(rest);
    } else {
        command.args(arguments);
    }
    let code = command.status()?.code();
    let code = code.and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}
