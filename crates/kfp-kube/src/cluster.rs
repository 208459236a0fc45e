//! Where an API server is, how it is reached, and who speaks to it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kfp_http::{Network, Pem};
use rustls::crypto::ring;

use crate::credentials::{Credentials, Token};
use crate::{Error, Result, kubeconfig};

/// Where Kubernetes puts a pod's service account.
const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Whose certificates are trusted.
#[derive(Clone, Debug)]
pub(crate) enum Trust {
    Platform,
    Only(Pem),
    Anybody,
}

/// An API server, how it is reached, and who speaks to it.
///
/// It holds secrets, which `Debug` does not show.
#[derive(Clone, Debug)]
pub struct Cluster {
    pub(crate) server: String,
    pub(crate) namespace: String,
    pub(crate) found: String,
    pub(crate) trust: Trust,
    /// Trusted besides those.
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) proxy: Option<String>,
    pub(crate) credentials: Arc<Credentials>,
}

impl Cluster {
    /// The cluster that `kubectl` would speak to: that of the files in `KUBECONFIG`, of `~/.kube/config`, or the one this pod
    /// runs in. `context` names another context than the current one.
    ///
    /// # Errors
    /// [`Error::NoCluster`] if there is none of them; [`Error::Kubeconfig`] and its kin if a file cannot be used.
    pub fn discover(context: Option<&str>) -> Result<Self> {
        let named = env::var_os("KUBECONFIG").unwrap_or_default();
        let named: Vec<PathBuf> = env::split_paths(&named)
            .filter(|path| !path.as_os_str().is_empty())
            .collect();
        if !named.is_empty() {
            return Self::from_kubeconfig(&named, context);
        }
        let home = env::home_dir().map(|home| home.join(".kube/config"));
        if let Some(file) = home.filter(|file| file.is_file()) {
            return Self::from_kubeconfig(&[file], context);
        }
        Self::in_cluster()?.ok_or(Error::NoCluster)
    }

    /// The cluster of a context in these files, the current context if none is named. Of what has one name, the first counts.
    ///
    /// # Errors
    /// If a file cannot be read, or names what it does not hold.
    pub fn from_kubeconfig(files: &[PathBuf], context: Option<&str>) -> Result<Self> {
        kubeconfig::cluster(files, context)
    }

    /// The cluster that this pod runs in, as its service account; none outside a pod. The token is read again for each
    /// request, since Kubernetes replaces it every hour.
    ///
    /// # Errors
    /// If the pod has a token but neither its CA nor its namespace.
    pub fn in_cluster() -> Result<Option<Self>> {
        let variable = |name| env::var(name).ok().filter(|value| !value.is_empty());
        let (Some(host), Some(port)) = (
            variable("KUBERNETES_SERVICE_HOST"),
            variable("KUBERNETES_SERVICE_PORT"),
        ) else {
            return Ok(None);
        };
        Self::of_account(&host, &port, Path::new(ACCOUNT))
    }

    fn of_account(host: &str, port: &str, folder: &Path) -> Result<Option<Self>> {
        let token = folder.join("token");
        if !token.is_file() {
            return Ok(None);
        }
        let path = folder.join("namespace");
        let namespace = fs::read_to_string(&path).map_err(|source| Error::Credentials {
            what: path.display().to_string(),
            source,
        })?;
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.to_owned()
        };
        Ok(Some(Self {
            server: format!("https://{host}:{port}"),
            namespace: namespace.trim().to_owned(),
            found: "the service account of this pod".to_owned(),
            trust: Trust::Only(Pem::from(folder.join("ca.crt"))),
            ca_file: None,
            proxy: None,
            credentials: Credentials::new(None, Token::File(token)).into(),
        }))
    }

    /// Trusts the CA certificates in this PEM file, besides the cluster's own.
    #[must_use]
    pub fn with_ca_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(file.into());
        self
    }

    /// The address of the API server, without a final slash.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The namespace that is meant where none is named.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Where this was found, such as ``context `kind` ``.
    pub fn found(&self) -> &str {
        &self.found
    }

    /// Whether anybody's certificate is taken for the server's: tell the user.
    pub fn is_insecure(&self) -> bool {
        matches!(self.trust, Trust::Anybody)
    }

    /// The address below which the API server passes requests on to a service, without a final slash. `port` is a number or
    /// a name; requests need the right `services/proxy`.
    ///
    /// ```no_run
    /// # let cluster = kfp_kube::Cluster::discover(None)?;
    /// let kfp = cluster.service("kubeflow", "http:ml-pipeline", "8888");
    /// assert!(kfp.ends_with("/api/v1/namespaces/kubeflow/services/http:ml-pipeline:8888/proxy"));
    /// # Ok::<(), kfp_kube::Error>(())
    /// ```
    pub fn service(&self, namespace: &str, service: &str, port: &str) -> String {
        format!(
            "{}/api/v1/namespaces/{namespace}/services/{service}:{port}/proxy",
            self.server
        )
    }

    /// How the server is reached: its CA, the client certificate and the proxy, over what the environment says. May run a
    /// credential plugin.
    ///
    /// # Errors
    /// If a credential plugin fails.
    pub fn network(&self) -> Result<Network> {
        let mut network = match &self.proxy {
            None => Network::from_env(),
            Some(proxy) => {
                let proxy = proxy.clone();
                Network::from_vars(move |name| match name {
                    "http_proxy" | "https_proxy" => Some(proxy.clone().into()),
                    "no_proxy" => Some("".into()),
                    _ => env::var_os(name),
                })
            }
        };
        // Named, so that a certificate that does not fit its key is an error: ureq would panic.
        network = network.with_crypto_provider(Arc::new(ring::default_provider()));
        network = match &self.trust {
            Trust::Platform => network,
            Trust::Only(ca) => network.trusting_only(ca.clone()),
            Trust::Anybody => network.without_verification(),
        };
        if let Some(file) = &self.ca_file {
            network = network.with_ca_file(file);
        }
        if let Some((certificate, key)) = self.credentials.identity()? {
            network = network.with_client_certificate(certificate, key);
        }
        Ok(network)
    }

    /// A bearer token that is valid now; none if the client certificate is the login. Reads a file or runs a credential plugin
    /// where that is needed.
    ///
    /// # Errors
    /// If the file cannot be read or the plugin fails.
    pub fn token(&self) -> Result<Option<String>> {
        self.credentials.token()
    }

    /// Forgets what a credential plugin gave: the server has refused it. Returns whether another attempt may go better.
    pub(crate) fn refused(&self) -> bool {
        self.credentials.forget()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_of_a_pod_is_read_again_for_each_request() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name| folder.path().join(name);
        assert!(
            Cluster::of_account("10.0.0.1", "443", folder.path())
                .unwrap()
                .is_none()
        );
        fs::write(at("token"), "first\n").unwrap();
        fs::write(at("namespace"), "team-a\n").unwrap();
        let cluster = Cluster::of_account("fd00::1", "443", folder.path())
            .unwrap()
            .unwrap();
        assert_eq!(cluster.server(), "https://[fd00::1]:443");
        assert_eq!(cluster.namespace(), "team-a");
        assert_eq!(cluster.token().unwrap().as_deref(), Some("first"));
        fs::write(at("token"), "second").unwrap();
        assert_eq!(cluster.token().unwrap().as_deref(), Some("second"));
    }
}
