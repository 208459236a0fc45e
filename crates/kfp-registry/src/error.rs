//! Everything that can go wrong between a reference and a registry, in one type.
//!
//! Messages name hosts, repositories and files; they never hold a secret, a full upload URL or a server's raw text.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use kfp_http::{TlsFailure, is_unknown_host, tls_failure};

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
    /// A proxy or certificate of this machine's settings cannot be used.
    #[error(transparent)]
    Network(#[from] kfp_http::Error),
    #[error("the client certificate {} has no key {}", file.display(), key.display())]
    NoKey { file: PathBuf, key: PathBuf },
    #[error("{place} is not a credentials file: {reason}")]
    CredentialFile { place: String, reason: String },
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
    /// There is no login; `source` is why a place to look for one could not be read.
    #[error("{host} needs a login for {scope}")]
    LoginNeeded {
        host: String,
        scope: String,
        source: Option<Arc<Error>>,
    },
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
    /// `code` is the registry's own word for it, such as `MANIFEST_INVALID`; empty if it gave none.
    #[error("{host} answered {status} to {request}{message}")]
    Status {
        host: String,
        request: String,
        status: u16,
        code: String,
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

    /// What ureq reports; a setting of this machine that is at fault is told as such.
    pub(crate) fn transport(host: &str, source: ureq::Error) -> Self {
        match source {
            ureq::Error::Other(inner) => match inner.downcast::<kfp_http::Error>() {
                Ok(setting) => Self::Network(*setting),
                Err(inner) => Self::transport_of(host, ureq::Error::Other(inner)),
            },
            source => Self::transport_of(host, source),
        }
    }

    fn transport_of(host: &str, source: ureq::Error) -> Self {
        Self::Transport {
            host: host.to_owned(),
            source: Box::new(source),
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
            Self::Transport { source, .. } => Failure::of(source) == Failure::Connection,
            Self::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500 | 502..=504),
            _ => false,
        }
    }

    /// Whether a registry does not know yet what it was given a moment ago, as large ones that keep several copies do.
    pub(crate) fn is_not_there_yet(&self) -> bool {
        matches!(self, Self::Status { status: 400 | 404, code, .. }
            if matches!(code.as_str(), "MANIFEST_BLOB_UNKNOWN" | "BLOB_UNKNOWN" | "MANIFEST_UNKNOWN"))
    }

    /// Whether the registry answered, but not what was asked: it refuses, or it does not know such requests.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::LoginNeeded { .. }
                | Self::LoginRefused { .. }
                | Self::Denied { .. }
                | Self::NoRepository { .. }
                | Self::Status { .. }
                | Self::Response { .. }
        )
    }

    /// Whether the connection was closed, or carried something that is not http.
    pub(crate) fn is_broken_connection(&self) -> bool {
        matches!(self, Self::Transport { source, .. } if match &**source {
            ureq::Error::Io(error) => !matches!(
                error.kind(),
                io::ErrorKind::ConnectionRefused | io::ErrorKind::TimedOut
            ),
            ureq::Error::Protocol(_) | ureq::Error::ConnectionFailed => true,
            _ => false,
        })
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
            Self::LoginNeeded {
                source: Some(problem),
                ..
            } => return problem.hint(),
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
            Self::CredentialFile { place, .. } => format!("repair or remove {place}"),
            Self::NoKey { key, .. } => format!("put the key into {}", key.display()),
            Self::Reference { .. } => {
                "write it as registry/repository:tag, such as ghcr.io/acme/app:1.0".to_owned()
            }
            Self::Response { host, .. } | Self::TooLarge { host, .. } => is_it_a_registry(host),
            Self::DigestMismatch { host, .. } => {
                format!("check the proxies and mirrors between here and {host}")
            }
            Self::UnsafeTarget { host, target, .. } => allowed(host, target),
            Self::Network(error) => return error.hint(),
            Self::Transport { host, source } => Failure::of(source).hint(host),
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

/// How to allow a place that a registry points to.
fn allowed(host: &str, target: &str) -> String {
    match target.split_once("://") {
        Some(("https", to)) => format!("if {to} belongs to {host}: --secure-registry {to}"),
        Some(("http", to)) => format!(
            "if {to} belongs to {host}, which must be reached by http too: --insecure-registry {to}"
        ),
        _ => format!("check the public URL that {host} is configured with"),
    }
}

/// What of a connection did not work.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Failure {
    Name,
    Proxy,
    Tls(TlsFailure),
    Protocol,
    Connection,
}

impl Failure {
    fn of(source: &ureq::Error) -> Self {
        if let Some(failure) = tls_failure(source) {
            return Self::Tls(failure);
        }
        match source {
            source if is_unknown_host(source) => Self::Name,
            ureq::Error::ConnectProxyFailed(_) => Self::Proxy,
            // Such as a damaged certificate, which will not be whole a moment later.
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => Self::Protocol,
            ureq::Error::Io(_) | ureq::Error::Timeout(_) | ureq::Error::ConnectionFailed => {
                Self::Connection
            }
            _ => Self::Protocol,
        }
    }

    fn hint(self, host: &str) -> String {
        match self {
            Self::Name => format!("check the spelling of {host}"),
            Self::Proxy => {
                "check http_proxy, https_proxy and no_proxy in the environment".to_owned()
            }
            Self::Tls(TlsFailure::NotTls) => {
                format!("if it speaks plain http: --insecure-registry {host}")
            }
            Self::Tls(TlsFailure::ClientCertificate) => format!(
                "put the certificate it wants and its key into /etc/docker/certs.d/{host} as client.cert and client.key"
            ),
            Self::Tls(TlsFailure::Untrusted) => {
                "name the CA that signed its certificate: --ca-file FILE".to_owned()
            }
            Self::Tls(TlsFailure::Unusable(advice)) => advice.to_owned(),
            Self::Tls(TlsFailure::Refused) | Self::Protocol => is_it_a_registry(host),
            Self::Connection => format!("check that {host} is up and reachable from here"),
        }
    }
}
