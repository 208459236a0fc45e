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

/// Certificates or a key in PEM form: a file, or text from elsewhere. `Debug` shows the name alone.
///
/// ```
/// let file = kfp_http::Pem::from("/etc/acme/ca.pem");
/// let text = kfp_http::Pem::new("certificate-authority-data", "-----BEGIN CERTIFICATE-----…");
/// assert!(!format!("{text:?}").contains("BEGIN"));
/// ```
#[derive(Clone)]
pub struct Pem {
    name: PathBuf,
    /// None for a file.
    text: Option<Vec<u8>>,
}

impl Pem {
    /// Text in PEM form, and what messages call it.
    pub fn new(name: impl Into<PathBuf>, text: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            text: Some(text.into()),
        }
    }

    fn text(&self) -> Result<Cow<'_, [u8]>> {
        match &self.text {
            Some(text) => Ok(text.into()),
            None => match fs::read(&self.name) {
                Ok(text) => Ok(text.into()),
                Err(source) => Err(Error::file(&self.name, source)),
            },
        }
    }
}

/// A file.
impl<P: Into<PathBuf>> From<P> for Pem {
    fn from(file: P) -> Self {
        Self {
            name: file.into(),
            text: None,
        }
    }
}

impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pem").field(&self.name).finish()
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
    pub(crate) fn roots(&self, files: &[PathBuf]) -> Result<RootCerts> {
        let mut roots = Vec::new();
        for file in files {
            roots.extend(certificates(&file.clone().into())?);
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
            let problem = match certificates(&file.clone().into()) {
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

/// The certificates in PEM form: at least one.
pub(crate) fn certificates(pem: &Pem) -> Result<Vec<Certificate<'static>>> {
    let found: Vec<_> = parse_pem(&pem.text()?)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if found.is_empty() {
        return Err(Error::NoCertificate {
            path: pem.name.clone(),
        });
    }
    Ok(found)
}

/// A client certificate with its chain, and the key to it. With a provider, checks that they belong together; ureq panics
/// if they do not.
pub(crate) fn client_certificate(
    certificate: &Pem,
    key: &Pem,
    provider: Option<&CryptoProvider>,
) -> Result<ClientCert> {
    let chain = certificates(certificate)?;
    let private_key = PrivateKey::from_pem(&key.text()?).map_err(|_| Error::NoPrivateKey {
        path: key.name.clone(),
    })?;
    if let Some(provider) = provider {
        let chain = chain
            .iter()
            .map(|certificate| CertificateDer::from(certificate.der().to_vec()))
            .collect();
        let unusable = |source| Error::ClientCertificate {
            certificate: certificate.name.clone(),
            key: key.name.clone(),
            source,
        };
        let private_key = PrivateKeyDer::try_from(private_key.der().to_vec())
            .map_err(|reason| unusable(reason.into()))?;
        CertifiedKey::from_der(chain, private_key, provider)
            .map_err(|error| unusable(error.into()))?;
    }
    Ok(ClientCert::new_with_certs(&chain, private_key))
}
