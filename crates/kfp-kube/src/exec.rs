//! Programs that print credentials, as `kubectl` runs them: `client.authentication.k8s.io`.

use std::{
    io,
    process::{Command, Stdio},
    time::SystemTime,
};

use serde::Deserialize;
use serde_json::json;

use crate::config::{Cluster, Exec};

/// What a program printed.
#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Status {
    pub(crate) token: Option<String>,
    pub(crate) client_certificate_data: Option<String>,
    pub(crate) client_key_data: Option<String>,
    expiration_timestamp: Option<String>,
}

#[derive(Deserialize)]
struct Credential {
    #[serde(default)]
    status: Status,
}

impl Status {
    /// When it has to be replaced; never if the program did not say.
    pub(crate) fn expiry(&self) -> Option<SystemTime> {
        humantime::parse_rfc3339_weak(self.expiration_timestamp.as_deref()?).ok()
    }
}

/// Runs the program; what it says goes to our own standard error.
pub(crate) fn run(exec: &Exec, cluster: &Cluster) -> io::Result<Status> {
    let mut spec = json!({ "interactive": false });
    if exec.provide_cluster_info {
        spec["cluster"] = json!({
            "server": cluster.server,
            "certificate-authority-data": cluster.certificate_authority_data,
        });
    }
    let info = json!({"apiVersion": exec.api_version, "kind": "ExecCredential", "spec": spec});
    let variables = exec.env.iter().flatten();
    let output = Command::new(&exec.command)
        .args(exec.args.iter().flatten())
        .envs(variables.map(|variable| (&variable.name, &variable.value)))
        .env("KUBERNETES_EXEC_INFO", info.to_string())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| {
            let hint = exec.install_hint.as_deref().unwrap_or_default();
            let hint = if hint.is_empty() {
                String::new()
            } else {
                format!("; {}", hint.trim())
            };
            io::Error::new(error.kind(), format!("`{}`: {error}{hint}", exec.command))
        })?;
    if !output.status.success() {
        let message = format!("`{}` ended with {}", exec.command, output.status);
        return Err(io::Error::other(message));
    }
    let credential: Credential = serde_json::from_slice(&output.stdout).map_err(|_| {
        // What it printed may be a secret.
        let message = format!("`{}` did not print an ExecCredential", exec.command);
        io::Error::new(io::ErrorKind::InvalidData, message)
    })?;
    Ok(credential.status)
}
