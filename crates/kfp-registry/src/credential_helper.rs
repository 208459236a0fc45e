//! Programs that keep logins: `docker-credential-<name> get`.

use std::ffi::OsString;
use std::io::Write;
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::auth_file::login;
use crate::auth_key::HUB;
use crate::{Error, Login, Result};

/// What a helper prints.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    username: String,
    secret: String,
}

/// Asks `docker-credential-<helper>`. That it has no login is not an error.
pub(crate) fn ask(helper: &str, registry: &str, path: Option<&OsString>) -> Result<Option<Login>> {
    let program = format!("docker-credential-{helper}");
    let host = if registry == "docker.io" {
        HUB
    } else {
        registry
    };
    // What a helper prints may be the secret, so no output of it enters the error.
    let failed = |reason: &str| Error::CredentialHelper {
        program: program.clone(),
        host: host.to_owned(),
        reason: reason.to_owned(),
    };
    let mut command = Command::new(&program);
    command
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(path) = path {
        command.env("PATH", path);
    }
    let mut child = command
        .spawn()
        .map_err(|error| failed(&format!("cannot be started ({})", error.kind())))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A helper that ends without reading speaks through its exit status.
        let _closed = stdin.write_all(host.as_bytes());
    }
    let output = child.wait_with_output().map_err(|_| failed("was lost"))?;
    if !output.status.success() {
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).to_ascii_lowercase();
        let is_miss =
            said.contains("credentials not found") || said.contains("not found in native keychain");
        return if is_miss {
            Ok(None)
        } else {
            Err(failed(&format!("failed ({})", output.status)))
        };
    }
    let output: Output = serde_json::from_slice(&output.stdout)
        .map_err(|_| failed("gave no username and secret"))?;
    // Docker takes an empty answer for none.
    let is_empty = output.username.is_empty() && output.secret.is_empty();
    Ok((!is_empty).then(|| login(output.username, output.secret)))
}
