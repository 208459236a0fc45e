//! What the official SDK is configured by, read so that one configuration serves both.

use std::{env, fs, path::PathBuf};

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::{login::Login, server::set};

/// The address of the API server.
pub(super) const ENDPOINT: &str = "KF_PIPELINES_ENDPOINT";
/// The address of the web interface.
pub(super) const UI_ENDPOINT: &str = "KF_PIPELINES_UI_ENDPOINT";
/// The experiment of runs that name none.
const DEFAULT_EXPERIMENT: &str = "KF_PIPELINES_DEFAULT_EXPERIMENT_NAME";
/// The experiment of all runs.
const OVERRIDE_EXPERIMENT: &str = "KF_PIPELINES_OVERRIDE_EXPERIMENT_NAME";
/// The file of the token that a pod is given for KFP.
const TOKEN_PATH: &str = "KF_PIPELINES_SA_TOKEN_PATH";
/// The name of the pod's own namespace.
const NAMESPACE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/// `~/.config/kfp/context.json`.
#[derive(Default)]
pub(super) struct Context {
    pub(super) namespace: Option<String>,
    pub(super) login: Option<Login>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct File {
    namespace: String,
    client_authentication_cookie: Option<String>,
    client_authentication_header_name: Option<String>,
    client_authentication_header_value: Option<String>,
}

impl Context {
    /// Reads the file; it need not be there.
    pub(super) fn read() -> Result<Self> {
        let Some(home) = env::var_os("HOME") else {
            return Ok(Self::default());
        };
        let path = PathBuf::from(home).join(".config/kfp/context.json");
        let Ok(text) = fs::read(&path) else {
            return Ok(Self::default());
        };
        let file: File = serde_json::from_slice(&text)
            .with_context(|| format!("could not read `{}` of the official SDK", path.display()))?;
        let header = file
            .client_authentication_header_name
            .zip(file.client_authentication_header_value);
        let cookie = file.client_authentication_cookie;
        Ok(Self {
            namespace: Some(file.namespace).filter(|namespace| !namespace.is_empty()),
            login: cookie
                .map(|cookie| Login::Cookie { cookie })
                .or_else(|| header.map(|(name, value)| Login::Header { name, value })),
        })
    }
}

/// The experiment of a run, given what the user asked for and what the profile says.
pub(super) fn experiment(asked: Option<&str>, profile: Option<&str>) -> Option<String> {
    set(OVERRIDE_EXPERIMENT)
        .or_else(|| asked.map(str::to_owned))
        .or_else(|| profile.map(str::to_owned))
        .or_else(|| set(DEFAULT_EXPERIMENT))
}

/// The address of the server from inside the cluster, if this is a pod.
pub(super) fn in_cluster() -> Option<String> {
    let namespace = fs::read_to_string(NAMESPACE).ok()?;
    let namespace = namespace.trim();
    Some(format!(
        "http://ml-pipeline.{namespace}.svc.cluster.local:8888"
    ))
}

/// The file of the pod's token.
pub(super) fn token_path() -> PathBuf {
    let usual = "/var/run/secrets/kubeflow/pipelines/token";
    env::var_os(TOKEN_PATH).map_or_else(|| usual.into(), PathBuf::from)
}
