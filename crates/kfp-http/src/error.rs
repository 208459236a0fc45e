//! What can be wrong with the environment or with a file that it names.

use std::io;
use std::path::{Path, PathBuf};

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A setting that cannot be used. No message repeats a proxy's URL, which may hold a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An environment variable does not name a proxy.
    #[error("`{variable}` in the environment is not the URL of an http, https or SOCKS proxy")]
    Proxy {
        /// The variable's name.
        variable: &'static str,
    },
    /// An environment variable names certificates that cannot be used.
    #[error("`{variable}` in the environment is {}, {problem}", path.display())]
    Environment {
        /// The variable's name.
        variable: &'static str,
        /// What it names.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file that should hold certificates holds none.
    #[error("{} holds no certificate", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// A file that should hold a private key holds none.
    #[error("{} holds no private key", path.display())]
    NoPrivateKey {
        /// The file.
        path: PathBuf,
    },
    /// A client certificate that does not fit its key, or that rustls cannot use, such as one of X.509 version 1.
    #[error("the client certificate {} cannot be used with the key {}", certificate.display(), key.display())]
    ClientCertificate {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of its key.
        key: PathBuf,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// This machine trusts nobody.
    #[error("this machine has no CA certificates")]
    NoRoots,
}

/// Why a TLS handshake failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsFailure {
    /// Nobody who is trusted has signed the server's certificate.
    Untrusted,
    /// The server's certificate cannot be used, whoever has signed it; with what has to change.
    Unusable(&'static str),
    /// The server wants a client certificate, or another one.
    ClientCertificate,
    /// The server refused for another reason.
    Refused,
    /// What answers does not speak TLS.
    NotTls,
}

/// Why the TLS handshake of a request failed, if that is what failed.
pub fn tls_failure(error: &ureq::Error) -> Option<TlsFailure> {
    use rustls::AlertDescription::{BadCertificate, CertificateRequired, UnknownCA};
    let error = match error {
        ureq::Error::Rustls(error) => error,
        // How ureq passes on what rustls reports during a handshake.
        ureq::Error::Io(error) => error.get_ref()?.downcast_ref()?,
        ureq::Error::Tls(_) | ureq::Error::TlsRequired => return Some(TlsFailure::Refused),
        _ => return None,
    };
    Some(match error {
        rustls::Error::InvalidCertificate(reason) => match unusable(reason) {
            Some(advice) => TlsFailure::Unusable(advice),
            None => TlsFailure::Untrusted,
        },
        rustls::Error::AlertReceived(BadCertificate | CertificateRequired | UnknownCA) => {
            TlsFailure::ClientCertificate
        }
        rustls::Error::InvalidMessage(_) => TlsFailure::NotTls,
        _ => TlsFailure::Refused,
    })
}

/// What has to change where naming a CA would not help.
fn unusable(reason: &rustls::CertificateError) -> Option<&'static str> {
    use rustls::CertificateError::{
        Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet,
        NotValidYetContext, Other,
    };
    match reason {
        Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. } => {
            Some("the server needs a certificate that is valid now, unless the clock here is wrong")
        }
        NotValidForName | NotValidForNameContext { .. } => {
            Some("call the server by a name that its certificate is for")
        }
        // rustls has only the words of webpki for it. `openssl req -x509` makes such certificates.
        Other(error) if error.to_string().contains("CaUsedAsEndEntity") => Some(
            "its certificate is that of a CA, which is not for servers: make one with CA:FALSE in basicConstraints",
        ),
        _ => None,
    }
}

/// Whether the name of the host could not be resolved.
pub fn is_unknown_host(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::HostNotFound => true,
        // The standard library has no kind for it, only these words.
        ureq::Error::Io(error) => error.to_string().contains("failed to lookup address"),
        _ => false,
    }
}

impl Error {
    pub(crate) fn file(path: &Path, source: io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            source,
        }
    }

    /// What the user can do about it, to print after `hint:`.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Proxy { variable } => {
                format!("export {variable}=http://HOST:PORT   # or: unset {variable}")
            }
            Self::NoCertificate { .. } => {
                "name a PEM file, with `-----BEGIN CERTIFICATE-----` in it".to_owned()
            }
            Self::NoPrivateKey { .. } => {
                "name a PEM file, with `-----BEGIN PRIVATE KEY-----` in it".to_owned()
            }
            Self::NoRoots => {
                "install the package ca-certificates, or name a PEM file in SSL_CERT_FILE"
                    .to_owned()
            }
            Self::ClientCertificate { .. } => {
                "issue it for this key, as X.509 version 3 (openssl x509 -req … -extfile FILE)"
                    .to_owned()
            }
            Self::Environment { .. } | Self::File { .. } => {
                return None;
            }
        })
    }
}
