//! Credential plugins: programs that print a login (`client.authentication.k8s.io`, versions v1 and v1beta1).

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use kfp_http::Pem;
use serde::Deserialize;
use serde_json::json;

use crate::kubeconfig::beside;
use crate::{Error, Result};

const GROUP: &str = "client.authentication.k8s.io";

/// A plugin as a kubeconfig describes it.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Plugin {
    api_version: String,
    command: PathBuf,
    #[serde(default)]
    args: Option<Vec<String>>,
    #[serde(default)]
    env: Option<Vec<Variable>>,
    #[serde(default)]
    install_hint: Option<String>,
    #[serde(default)]
    provide_cluster_info: bool,
    /// The address of the server, for plugins that want to know it.
    #[serde(skip)]
    server: String,
}

#[derive(Clone, Deserialize)]
struct Variable {
    name: String,
    value: String,
}

/// What a plugin printed.
#[derive(Clone)]
pub(crate) struct Issued {
    pub(crate) token: Option<String>,
    pub(crate) identity: Option<(Pem, Pem)>,
    pub(crate) expires: Option<SystemTime>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExecCredential {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    api_version: String,
    #[serde(default)]
    status: ExecStatus,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ExecStatus {
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
    expiration_timestamp: Option<String>,
}

impl Plugin {
    /// The plugin for a server. A command with a slash is relative to the file that names it.
    pub(crate) fn of(&self, file: &Path, server: &str) -> Self {
        let mut plugin = self.clone();
        if plugin.command.components().count() > 1 {
            plugin.command = beside(file, &plugin.command);
        }
        server.clone_into(&mut plugin.server);
        plugin
    }

    /// Runs the program. It may speak to the user on stderr.
    pub(crate) fn run(&self) -> Result<Issued> {
        if !["v1", "v1beta1"]
            .map(|version| format!("{GROUP}/{version}"))
            .contains(&self.api_version)
        {
            return Err(self.failed(format!(
                "the kubeconfig asks for protocol `{}`; there are `{GROUP}/v1` and `{GROUP}/v1beta1`",
                self.api_version
            )));
        }
        let mut spec = json!({ "interactive": false });
        if self.provide_cluster_info {
            spec["cluster"] = json!({ "server": self.server });
        }
        let info =
            json!({ "kind": "ExecCredential", "apiVersion": self.api_version, "spec": spec });
        let mut command = Command::new(&self.command);
        command
            .args(self.args.iter().flatten())
            .env("KUBERNETES_EXEC_INFO", info.to_string())
            .stdin(Stdio::null())
            .stderr(Stdio::inherit());
        for variable in self.env.iter().flatten() {
            command.env(&variable.name, &variable.value);
        }
        let output = command.output().map_err(|error| match &self.install_hint {
            Some(hint) if error.kind() == io::ErrorKind::NotFound => {
                self.failed(format!("{error}\n{}", hint.trim()))
            }
            _ => self.failed(error.to_string()),
        })?;
        if !output.status.success() {
            return Err(self.failed(format!("it ended with {}", output.status)));
        }
        // What it printed may hold the secret, so no message repeats it.
        let printed: ExecCredential = serde_json::from_slice(&output.stdout)
            .map_err(|_| self.failed("it did not print an ExecCredential".to_owned()))?;
        if printed.kind != "ExecCredential" || printed.api_version != self.api_version {
            return Err(self.failed(format!(
                "it printed a `{}` of `{}` where the kubeconfig asks for `{}`",
                printed.kind, printed.api_version, self.api_version
            )));
        }
        self.issued(printed.status)
    }

    fn issued(&self, status: ExecStatus) -> Result<Issued> {
        let name = |what| format!("{what} of {}", self.command.display());
        let identity = match (status.client_certificate_data, status.client_key_data) {
            (Some(certificate), Some(key)) => Some((
                Pem::new(name("clientCertificateData"), certificate),
                Pem::new(name("clientKeyData"), key),
            )),
            (None, None) => None,
            _ => {
                return Err(self.failed(
                    "it printed a certificate without key, or a key without certificate".to_owned(),
                ));
            }
        };
        if status.token.is_none() && identity.is_none() {
            return Err(
                self.failed("it printed neither a token nor a client certificate".to_owned())
            );
        }
        // A time in a form that is not understood means: until the server refuses.
        let expires = status
            .expiration_timestamp
            .and_then(|text| humantime::parse_rfc3339_weak(&text).ok());
        Ok(Issued {
            token: status.token,
            identity,
            expires,
        })
    }

    fn failed(&self, problem: String) -> Error {
        Error::Credentials {
            what: format!("the credential plugin `{}`", self.command.display()),
            source: io::Error::other(problem),
        }
    }
}
