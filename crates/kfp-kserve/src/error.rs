//! What is wrong with a deployment.

use crate::refusal;

/// The result of a call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What is wrong with a deployment, or went wrong with it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An argument cannot be used.
    #[error("{argument}: {problem}")]
    Argument {
        /// Its name, such as `name` or `storage`.
        argument: &'static str,
        /// What is wrong with it.
        problem: String,
        /// What to write instead, if that is known.
        hint: Option<String>,
    },
    /// A file of a model cannot be read.
    #[error("cannot read {}", path.display())]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The cluster cannot do this with that service as it is.
    #[error("{problem}")]
    Service {
        /// What is in the way.
        problem: String,
        /// What to do about it.
        hint: String,
    },
    /// The API server refused, or could not be reached.
    #[error("{}", refusal::message(verb, object, namespace, error))]
    Cluster {
        /// What was tried, such as `apply`.
        verb: &'static str,
        /// What it was tried with, such as `InferenceService iris`.
        object: String,
        /// The namespace.
        namespace: String,
        /// What was said. It is part of the message, so it is not a source.
        error: Box<kfp_kube::Error>,
    },
}

impl Error {
    pub(crate) fn argument(argument: &'static str, problem: impl Into<String>) -> Self {
        Self::Argument {
            argument,
            problem: problem.into(),
            hint: None,
        }
    }

    pub(crate) fn hinted(
        argument: &'static str,
        problem: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self::Argument {
            argument,
            problem: problem.into(),
            hint: Some(hint.into()),
        }
    }

    /// The error of the API server, if it is one.
    pub fn cluster(&self) -> Option<&kfp_kube::Error> {
        match self {
            Self::Cluster { error, .. } => Some(error),
            _ => None,
        }
    }

    /// What the user can do about it, to print after `hint:`.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Argument { hint, .. } => hint.clone(),
            Self::File { .. } => None,
            Self::Service { hint, .. } => Some(hint.clone()),
            Self::Cluster {
                namespace, error, ..
            } => refusal::hint(namespace, error),
        }
    }
}
