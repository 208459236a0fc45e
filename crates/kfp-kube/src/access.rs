//! Where a cluster is, and who we are there.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use kfp_http::Network;

use crate::{
    Error, Result, Tokens,
    config::{Cluster, Config, User},
    exec,
    tokens::Source,
};

/// Where a pod finds its service account.
const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Where the API server of a cluster is, and how it is spoken to.
#[derive(Clone, Debug)]
pub struct Access {
    /// Its address, without a final slash.
    pub server: String,
    /// The namespace of the context; `default` if it names none.
    pub namespace: String,
    /// Whom to trust, and the client certificate.
    pub network: Network,
    /// The bearer tokens.
    pub tokens: Arc<Tokens>,
}

impl Access {
    /// What a kubeconfig says: the file, or those that `kubectl` would read; its context of that name, or the current one.
    ///
    /// # Errors
    /// If there is no such file or context, or it has settings that must not be ignored.
    pub fn from_kubeconfig(file: Option<&Path>, context: Option<&str>) -> Result<Self> {
        let config = Config::read(file)?;
        let context = config.context(context)?;
        let cluster = config.cluster(&context.cluster)?.clone();
        let user = config.user(&context.user)?;
        Self::of(&cluster, user, context.namespace.clone())
    }

    /// The service account of this pod.
    ///
    /// # Errors
    /// If this is not a pod.
    pub fn in_cluster() -> Result<Self> {
        let variable = |name: &str| {
            env::var(name).map_err(|_| {
                let message = format!("{name} is not set");
                Error::NotInCluster(io::Error::new(io::ErrorKind::NotFound, message))
            })
        };
        let host = variable("KUBERNETES_SERVICE_HOST")?;
        let port = variable("KUBERNETES_SERVICE_PORT")?;
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host
        };
        let file = |name: &str| Path::new(ACCOUNT).join(name);
        let namespace = fs::read_to_string(file("namespace")).map_err(Error::NotInCluster)?;
        Ok(Self {
            server: format!("https://{host}:{port}"),
            namespace: namespace.trim().to_owned(),
            network: Network::from_env().with_ca_file(file("ca.crt")),
            tokens: Arc::new(Tokens::new(Source::File(file("token")))),
        })
    }

    fn of(cluster: &Cluster, user: User, namespace: Option<String>) -> Result<Self> {
        let mut network = Network::from_env();
        if let Some(data) = &cluster.certificate_authority_data {
            network = network.with_ca_pem(
                "certificate-authority-data",
                decoded("certificate-authority-data", data)?,
            );
        } else if let Some(file) = &cluster.certificate_authority {
            network = network.with_ca_file(file);
        }
        let certificate = pem(
            "client-certificate-data",
            user.client_certificate_data.as_deref(),
            user.client_certificate.as_ref(),
        )?;
        let key = pem(
            "client-key-data",
            user.client_key_data.as_deref(),
            user.client_key.as_ref(),
        )?;
        if let (Some(certificate), Some(key)) = (certificate, key) {
            network = network.with_client_certificate_pem(
                "the client certificate of the kubeconfig",
                certificate,
                key,
            );
        }
        // As for kubectl: a token in the file comes before one in another file, and both before a program.
        let tokens = match (
            user.token.filter(|token| !token.is_empty()),
            user.token_file,
            user.exec,
        ) {
            (_, Some(path), _) => Tokens::new(Source::File(path)),
            (Some(token), ..) => Tokens::new(Source::Value(token)),
            (None, None, Some(plugin)) => {
                // It may print a certificate, which is needed before the first connection.
                let status = exec::run(&plugin, cluster).map_err(Error::Credentials)?;
                if let (Some(certificate), Some(key)) =
                    (&status.client_certificate_data, &status.client_key_data)
                {
                    let name = "the client certificate of the credential plugin";
                    network = network.with_client_certificate_pem(
                        name,
                        certificate.as_bytes(),
                        key.as_bytes(),
                    );
                }
                Tokens::new(Source::Exec(Box::new((plugin, cluster.clone())))).with(status)
            }
            (None, None, None) => Tokens::new(Source::None),
        };
        Ok(Self {
            server: cluster.server.trim_end_matches('/').to_owned(),
            namespace: namespace
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| "default".to_owned()),
            network,
            tokens: Arc::new(tokens),
        })
    }

    /// The address at which the API server passes requests on to a service.
    ///
    /// ```no_run
    /// # let access = kfp_kube::Access::from_kubeconfig(None, None).unwrap();
    /// let kfp = access.service("kubeflow", "ml-pipeline", "http");
    /// assert!(kfp.ends_with("/api/v1/namespaces/kubeflow/services/ml-pipeline:http/proxy"));
    /// ```
    pub fn service(&self, namespace: &str, name: &str, port: &str) -> String {
        let server = &self.server;
        format!("{server}/api/v1/namespaces/{namespace}/services/{name}:{port}/proxy")
    }
}

/// Data in the kubeconfig comes before a file it names.
fn pem(name: &'static str, data: Option<&str>, file: Option<&PathBuf>) -> Result<Option<Vec<u8>>> {
    if let Some(data) = data.filter(|data| !data.is_empty()) {
        return decoded(name, data).map(Some);
    }
    let read = |path: &PathBuf| {
        fs::read(path).map_err(|source| {
            let path = path.clone();
            Error::File { path, source }
        })
    };
    file.map(read).transpose()
}

fn decoded(name: &'static str, data: &str) -> Result<Vec<u8>> {
    let data: String = data.split_whitespace().collect();
    STANDARD.decode(data).map_err(|_| Error::Invalid {
        path: PathBuf::from(name),
        reason: "it is not base64".to_owned(),
    })
}
