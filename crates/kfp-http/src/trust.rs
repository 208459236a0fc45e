//! Whom we trust, and who we say we are: CA certificates and client certificates.

use std::borrow::Cow;
use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls_native_certs::CertificateResult;
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, parse_pem};

use crate::{Error, Result};

/// Something in the form of a PEM file.
#[derive(Clone)]
pub(crate) enum Pem {
    File(PathBuf),
    /// The text itself, and where it is from.
    Text(&'static str, Arc<[u8]>),
}

impl Pem {
    fn read(&self) -> Result<Cow<'_, [u8]>> {
        match self {
            Self::File(path) => match fs::read(path) {
                Ok(pem) => Ok(pem.into()),
                Err(source) => Err(Error::file(path, source)),
            },
            Self::Text(_, pem) => Ok(Cow::Borrowed(pem)),
        }
    }

    /// What messages call it.
    fn path(&self) -> PathBuf {
        match self {
            Self::File(path) => path.clone(),
            Self::Text(name, _) => PathBuf::from(name),
        }
    }
}

/// Shows where it is, since it may be a key.
impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path().display())
    }
}

/// The certificates that the environment names instead of the platform's.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trust {
    file: Option<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Trust {
    pub(crate) fn from_vars(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let folders = set("SSL_CERT_DIR").unwrap_or_default();
        Self {
            file: set("SSL_CERT_FILE").map(PathBuf::from),
            folders: env::split_paths(&folders)
                .filter(|folder| !folder.as_os_str().is_empty())
                .collect(),
        }
    }

    /// The environment's certificates or the platform's, and those in `files`.
    pub(crate) fn roots(&self, files: &[Pem]) -> Result<RootCerts> {
        let mut roots = Vec::new();
        for file in files {
            roots.extend(certificates(file)?);
        }
        let is_chosen = self.file.is_some() || !self.folders.is_empty();
        if is_chosen {
            roots.extend(self.chosen()?);
        } else if roots.is_empty() && cfg!(feature = "platform-verifier") && !is_blank() {
            return Ok(RootCerts::PlatformVerifier);
        } else {
            roots.extend(owned(&platform()));
        }
        if !roots.is_empty() {
            Ok(RootCerts::Specific(Arc::new(roots)))
        } else if cfg!(feature = "webpki-roots") {
            Ok(RootCerts::WebPki)
        } else {
            Err(Error::NoRoots)
        }
    }

    fn chosen(&self) -> Result<Vec<Certificate<'static>>> {
        let mut found = Vec::new();
        if let Some(file) = &self.file {
            let variable = "SSL_CERT_FILE";
            let problem = match certificates(&Pem::File(file.clone())) {
                Ok(certificates) => {
                    found.extend(certificates);
                    None
                }
                Err(Error::File { source, .. }) => Some(format!("which cannot be read: {source}")),
                Err(_) => Some("which holds no certificate".to_owned()),
            };
            if let Some(problem) = problem {
                return Err(Error::Environment {
                    variable,
                    path: file.clone(),
                    problem,
                });
            }
        }
        for folder in &self.folders {
            // Links that lead nowhere are common in such folders; what can be read counts.
            found.extend(owned(&rustls_native_certs::load_certs_from_paths(
                None,
                Some(folder),
            )));
        }
        if let (true, Some(folder)) = (found.is_empty(), self.folders.first()) {
            return Err(Error::Environment {
                variable: "SSL_CERT_DIR",
                path: folder.clone(),
                problem: "which holds no certificate".to_owned(),
            });
        }
        Ok(found)
    }
}

/// The platform's own certificates.
fn platform() -> CertificateResult {
    #[cfg(all(unix, not(target_os = "macos")))]
    if is_blank() {
        let found = openssl_probe::probe();
        return rustls_native_certs::load_certs_from_paths(
            found.cert_file.as_deref(),
            found.cert_dir.first().map(PathBuf::as_path),
        );
    }
    rustls_native_certs::load_native_certs()
}

/// Whether a variable is set to nothing, which `rustls-native-certs` takes for the name of a file.
fn is_blank() -> bool {
    ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .iter()
        .any(|name| env::var_os(name).is_some_and(|value| value.is_empty()))
}

fn owned(found: &CertificateResult) -> Vec<Certificate<'static>> {
    let certificates = found.certs.iter();
    certificates
        .map(|certificate| Certificate::from_der(certificate).to_owned())
        .collect()
}

/// The certificates in a PEM file: at least one.
fn certificates(file: &Pem) -> Result<Vec<Certificate<'static>>> {
    let pem = file.read()?;
    let found: Vec<_> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if found.is_empty() {
        return Err(Error::NoCertificate { path: file.path() });
    }
    Ok(found)
}

/// A client certificate with its chain, and the key to it, from two PEM files, which may be the same. With a provider,
/// checks that they belong together; ureq panics if they do not.
pub(crate) fn client_certificate(
    certificate: &Pem,
    key: &Pem,
    provider: Option<&CryptoProvider>,
) -> Result<ClientCert> {
    let chain = certificates(certificate)?;
    let pem = key.read()?;
    let private_key =
        PrivateKey::from_pem(&pem).map_err(|_| Error::NoPrivateKey { path: key.path() })?;
    if let Some(provider) = provider {
        let chain = chain
            .iter()
            .map(|certificate| CertificateDer::from(certificate.der().to_vec()))
            .collect();
        let unusable = |source| Error::ClientCertificate {
            certificate: certificate.path(),
            key: key.path(),
            source,
        };
        let private_key = PrivateKeyDer::try_from(private_key.der().to_vec())
            .map_err(|reason| unusable(reason.into()))?;
        CertifiedKey::from_der(chain, private_key, provider)
            .map_err(|error| unusable(error.into()))?;
    }
    Ok(ClientCert::new_with_certs(&chain, private_key))
}
