//! What went wrong between this client and the API server.

use std::io;
use std::path::PathBuf;

use kfp_http::{TlsFailure, tls_failure};

use crate::Status;

/// The result of a call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong between this client and the API server. No message holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is neither a kubeconfig nor a service account.
    #[error("there is no kubeconfig, and this is not a pod with a service account")]
    NoCluster,
    /// The kubeconfig has no current context.
    #[error("the kubeconfig has no current context")]
    NoContext,
    /// A kubeconfig cannot be used.
    #[error("{}: {problem}", path.display())]
    Kubeconfig {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A kubeconfig does not hold what is named.
    #[error("the kubeconfig has no {kind} `{name}`")]
    NotInKubeconfig {
        /// `context`, `cluster` or `user`.
        kind: &'static str,
        /// Its name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// The login could not be obtained.
    #[error("could not log in with {what}")]
    Credentials {
        /// Which file or plugin.
        what: String,
        /// Why not.
        source: io::Error,
    },
    /// The certificates or proxies cannot be used.
    #[error("could not prepare the connection")]
    Network(#[from] kfp_http::Error),
    /// There was no answer.
    #[error("{call}: no answer from the API server")]
    Unreachable {
        /// Method and address.
        call: String,
        /// The cause.
        source: Box<ureq::Error>,
    },
    /// The server refused.
    #[error("{call}: {status}")]
    Refused {
        /// Method and address.
        call: String,
        /// What it said.
        status: Box<Status>,
    },
    /// What answers is not an API server.
    #[error("{call}: the answer is not one of a Kubernetes API server: {problem}")]
    Unexpected {
        /// Method and address.
        call: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl Error {
    /// The server's refusal, if that is what went wrong.
    pub fn status(&self) -> Option<&Status> {
        match self {
            Self::Refused { status, .. } => Some(status),
            _ => None,
        }
    }

    /// Whether the server could not be reached, or does not know who asks.
    pub fn is_about_access(&self) -> bool {
        match self {
            Self::Refused { status, .. } => status.code == 401,
            _ => true,
        }
    }

    /// What the user can do about it, to print after `hint:`.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoCluster => Some("export KUBECONFIG=FILE".to_owned()),
            Self::NoContext => Some("kubectl config use-context NAME".to_owned()),
            Self::NotInKubeconfig { kind, known, .. } if !known.is_empty() => {
                Some(format!("each {kind} there: {}", known.join(", ")))
            }
            Self::Network(error) => error.hint(),
            Self::Unreachable { source, .. } => Some(match tls_failure(source) {
                Some(TlsFailure::Untrusted) => {
                    "the kubeconfig names no CA that signed the server's certificate: fetch the kubeconfig again".to_owned()
                }
                Some(TlsFailure::Unusable(advice)) => advice.to_owned(),
                _ => "see whether `kubectl version` reaches it: a VPN or a cluster that is not running".to_owned(),
            }),
            Self::Refused { status, .. } if status.code == 401 => {
                Some("log in again: the server does not take this login".to_owned())
            }
            _ => None,
        }
    }
}
