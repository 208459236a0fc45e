//! What can go wrong on the way to a cluster.

use std::{io, path::PathBuf};

/// The result of a call.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong on the way to a cluster. No message holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no kubeconfig.
    #[error("there is no kubeconfig at {}", paths(.0))]
    Missing(Vec<PathBuf>),
    /// A kubeconfig cannot be read.
    #[error("could not read {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A kubeconfig is not one.
    #[error("{} is not a kubeconfig: {reason}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A name in the kubeconfig that stands for nothing.
    #[error("the kubeconfig has no {kind} `{name}`; there are {known}")]
    Unknown {
        /// `context`, `cluster` or `user`.
        kind: &'static str,
        /// The name.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// The kubeconfig names no context to use.
    #[error("the kubeconfig has no current context; there are {0}")]
    NoContext(String),
    /// A setting that this client does not follow, and must not ignore.
    #[error("the kubeconfig sets `{0}`, which is not supported")]
    Unsupported(&'static str),
    /// This is not a pod, or it has no service account.
    #[error("this is not a pod with a service account")]
    NotInCluster(#[source] io::Error),
    /// Certificates that cannot be used.
    #[error("could not prepare the connection")]
    Network(#[source] kfp_http::Error),
    /// A token could not be obtained.
    #[error("could not obtain the credentials of the kubeconfig")]
    Credentials(#[source] io::Error),
    /// There was no answer.
    #[error("{call}: no answer from the Kubernetes API")]
    Unreachable {
        /// Method and address.
        call: String,
        /// The cause.
        source: Box<ureq::Error>,
    },
    /// The API server refused the request.
    #[error("{call}: {message} (status {status})")]
    Api {
        /// Method and address.
        call: String,
        /// The HTTP status.
        status: u16,
        /// What it said.
        message: String,
    },
}

fn paths(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    paths.join(", ")
}
