//! The settings of a process, and the agents that follow them.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use ureq::Agent;
use ureq::config::{Config, ConfigBuilder};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::typestate::AgentScope;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{Connector as _, RustlsConnector, TcpConnector};

use crate::connector::{ProxyConnector, ProxyResolver};
use crate::trust::{Pem, Trust, certificates, client_certificate};
use crate::{Proxies, Result};

/// How a process reaches servers: the environment's proxies, whom it trusts, and who it says it is.
///
/// ```
/// use kfp_http::Network;
///
/// let network = Network::from_env().with_ca_file("/etc/acme/ca.pem");
/// let agent = network.agent(ureq::Agent::config_builder);
/// assert!(agent.is_err(), "there is no such file");
/// ```
#[derive(Clone, Default)]
pub struct Network {
    proxies: Arc<Proxies>,
    trust: Trust,
    ca_files: Vec<PathBuf>,
    /// If any, nothing else is trusted.
    only_ca: Option<Pem>,
    is_unverified: bool,
    client_certificate: Option<(Pem, Pem)>,
    provider: Option<Arc<CryptoProvider>>,
}

impl Network {
    /// What this process's environment asks for.
    pub fn from_env() -> Self {
        Self::from_vars(|name| env::var_os(name))
    }

    /// What an environment that is given as a function asks for.
    pub fn from_vars(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        Self {
            proxies: Arc::new(Proxies::from_vars(&variable)),
            trust: Trust::from_vars(&variable),
            ..Self::default()
        }
    }

    /// Trusts the certificates in a PEM file, besides the others. May be called again for another file.
    #[must_use]
    pub fn with_ca_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.ca_files.push(file.into());
        self
    }

    /// Trusts these certificates and those of [`Network::with_ca_file`], and no others: a private CA that signs for one server.
    #[must_use]
    pub fn trusting_only(mut self, ca: impl Into<Pem>) -> Self {
        self.only_ca = Some(ca.into());
        self
    }

    /// Takes any certificate for the server's, so that anybody on the way can read and change everything. Warn your user.
    #[must_use]
    pub fn without_verification(mut self) -> Self {
        self.is_unverified = true;
        self
    }

    /// Shows servers that ask for one this client certificate: the certificate with its chain, and its key.
    #[must_use]
    pub fn with_client_certificate(
        mut self,
        certificate: impl Into<Pem>,
        key: impl Into<Pem>,
    ) -> Self {
        self.client_certificate = Some((certificate.into(), key.into()));
        self
    }

    /// Uses this TLS provider, instead of rustls's default for the process or ureq's own.
    #[must_use]
    pub fn with_crypto_provider(mut self, provider: Arc<CryptoProvider>) -> Self {
        self.provider = Some(provider);
        self
    }

    /// The proxies of this network.
    pub fn proxies(&self) -> &Proxies {
        &self.proxies
    }

    /// An agent for any server. `configure` sets everything but proxies and TLS; it may be called several times.
    ///
    /// A connection that would go through a proxy whose variable cannot be read fails with [`ureq::Error::Other`], which holds
    /// an [`Error`](crate::Error).
    ///
    /// # Errors
    /// If a file of certificates or keys cannot be used.
    pub fn agent(&self, configure: impl Fn() -> ConfigBuilder<AgentScope>) -> Result<Agent> {
        let provider = self
            .provider
            .clone()
            .or_else(|| CryptoProvider::get_default().cloned());
        let client = match &self.client_certificate {
            Some((certificate, key)) => {
                Some(client_certificate(certificate, key, provider.as_deref())?)
            }
            None => None,
        };
        let roots = match &self.only_ca {
            Some(ca) => {
                let mut trusted = certificates(ca)?;
                for file in &self.ca_files {
                    trusted.extend(certificates(&file.clone().into())?);
                }
                RootCerts::Specific(Arc::new(trusted))
            }
            None => self.trust.roots(&self.ca_files)?,
        };
        let mut tls = TlsConfig::builder()
            .root_certs(roots)
            .disable_verification(self.is_unverified)
            .client_cert(client);
        if let Some(provider) = provider {
            tls = tls.unversioned_rustls_crypto_provider(provider);
        }
        let tls = tls.build();
        let config = |proxy| -> Config { configure().tls_config(tls.clone()).proxy(proxy).build() };
        let proxies = self.proxies.all().into_iter().flatten();
        let connector = ProxyConnector {
            proxies: Arc::clone(&self.proxies),
            configurations: proxies
                .map(|proxy| (proxy.clone(), config(Some(proxy.clone()))))
                .collect(),
        };
        let connector = connector
            .chain(TcpConnector::default())
            .chain(RustlsConnector::default());
        let resolver = ProxyResolver {
            proxies: Arc::clone(&self.proxies),
            inner: DefaultResolver::default(),
        };
        Ok(Agent::with_parts(config(None), connector, resolver))
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network")
            .field("ca_files", &self.ca_files)
            .field("client_certificate", &self.client_certificate)
            .finish_non_exhaustive()
    }
}
