//! Everything that can go wrong between a reference and a registry, in one type.
//! Messages name hosts, repositories and files; they never hold a secret, a full upload URL or a server's raw text.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::{Digest, Reference};

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong. [`Error::hint`] says what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "each variant is described by its message, and the fields by their names"
)]
pub enum Error {
    #[error("`{text}` is not a digest: `sha256:` and 64 lower-case hex digits")]
    Digest { text: String },
    #[error("`{text}` {reason}")]
    Reference { text: String, reason: &'static str },
    #[error("cannot read {}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{} holds no certificate", path.display())]
    Certificates { path: PathBuf },
    #[error("{} is not a credentials file: {reason}", path.display())]
    CredentialFile { path: PathBuf, reason: String },
    #[error("credential helper `{program}` {reason} for {host}")]
    CredentialHelper {
        program: String,
        host: String,
        reason: String,
    },
    #[error("cannot reach {host}")]
    Transport {
        host: String,
        source: Box<ureq::Error>,
    },
    #[error("{host} needs a login for {scope}")]
    LoginNeeded { host: String, scope: String },
    #[error("{host} refused the login for {scope}")]
    LoginRefused { host: String, scope: String },
    #[error("{host} does not allow this for {scope}{message}")]
    Denied {
        host: String,
        scope: String,
        message: String,
    },
    #[error("{host} has no repository `{repository}`")]
    NoRepository { host: String, repository: String },
    #[error("{host} answered {status} to {request}{message}")]
    Status {
        host: String,
        request: String,
        status: u16,
        message: String,
        retry_after: Option<Duration>,
    },
    #[error("{host} gave an unusable answer to {request}: {reason}")]
    Response {
        host: String,
        request: String,
        reason: String,
    },
    #[error("{what} at {host} has digest {actual}, not {expected}")]
    DigestMismatch {
        host: String,
        what: String,
        expected: Digest,
        actual: Digest,
    },
    #[error("{what} at {host} is larger than {limit} bytes")]
    TooLarge {
        host: String,
        what: String,
        limit: u64,
    },
    #[error("{host} points to {target}, which is refused: {reason}")]
    UnsafeTarget {
        host: String,
        target: String,
        reason: &'static str,
    },
}

impl Error {
    pub(crate) fn file(path: &Path, source: io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            source,
        }
    }

    /// The registry's no, which means something else to a stranger than to someone with a login.
    pub(crate) fn refusal(image: &Reference, with_login: bool) -> Self {
        let (host, scope) = (image.registry().to_owned(), image.repository().to_owned());
        if with_login {
            Self::LoginRefused { host, scope }
        } else {
            Self::LoginNeeded { host, scope }
        }
    }

    pub(crate) fn no_repository(image: &Reference) -> Self {
        Self::NoRepository {
            host: image.registry().to_owned(),
            repository: image.repository().to_owned(),
        }
    }

    /// Whether the same request may well succeed a moment later.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Transport { source, .. } => Broken::of(source) == Broken::Connection,
            Self::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500 | 502..=504),
            _ => false,
        }
    }

    /// How long the registry asked to be left alone.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// What the user can do about it, to print after `hint:`.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::LoginNeeded { host, .. } | Self::LoginRefused { host, .. } => {
                format!("docker login {host}")
            }
            Self::Denied { host, .. } => {
                format!("docker login {host}   # as someone who may do this")
            }
            Self::NoRepository { repository, .. } => {
                format!("create the repository `{repository}` first, or check its name")
            }
            Self::CredentialHelper { program, host, .. } => format!("echo {host} | {program} get"),
            Self::CredentialFile { path, .. } => format!("repair or remove {}", path.display()),
            Self::Certificates { .. } => {
                "name a PEM file, with `-----BEGIN CERTIFICATE-----` in it".to_owned()
            }
            Self::Reference { .. } => {
                "write it as registry/repository:tag, such as ghcr.io/acme/app:1.0".to_owned()
            }
            Self::Response { host, .. } | Self::TooLarge { host, .. } => is_it_a_registry(host),
            Self::DigestMismatch { host, .. } => {
                format!("check the proxies and mirrors between here and {host}")
            }
            Self::UnsafeTarget { host, .. } => {
                format!("check the public URL that {host} is configured with")
            }
            Self::Transport { host, source } => match Broken::of(source) {
                Broken::Name => format!("check the spelling of {host}"),
                Broken::Tls => format!(
                    "add its CA with --ca-file FILE, or, for plain http, --insecure-registry {host}"
                ),
                Broken::Protocol => is_it_a_registry(host),
                Broken::Connection => format!("check that {host} is up and reachable from here"),
            },
            Self::Status {
                status,
                host,
                retry_after,
                ..
            } => match (status, retry_after) {
                (413, _) => format!("raise the upload limit of the proxy in front of {host}"),
                (_, Some(wait)) => format!("try again in {} seconds", wait.as_secs()),
                (429 | 500.., None) => format!("try again later: {host} is busy or broken"),
                _ => return None,
            },
            Self::Digest { .. } | Self::File { .. } => return None,
        })
    }
}

fn is_it_a_registry(host: &str) -> String {
    format!("check that {host} is a container registry")
}

/// What of a connection did not work.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Broken {
    Name,
    Tls,
    Protocol,
    Connection,
}

impl Broken {
    fn of(source: &ureq::Error) -> Self {
        match source {
            ureq::Error::HostNotFound => Self::Name,
            ureq::Error::Rustls(_) | ureq::Error::Tls(_) | ureq::Error::TlsRequired => Self::Tls,
            // How rustls reports a certificate it does not trust, or a peer that speaks http.
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => Self::Tls,
            ureq::Error::Io(_) | ureq::Error::Timeout(_) | ureq::Error::ConnectionFailed => {
                Self::Connection
            }
            _ => Self::Protocol,
        }
    }
}
