//! The settings of a process, and the agents that follow them.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use ureq::Agent;
use ureq::config::{Config, ConfigBuilder};
use ureq::tls::TlsConfig;
use ureq::typestate::AgentScope;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{Connector as _, RustlsConnector, TcpConnector};

use crate::connector::{ProxyConnector, ProxyResolver};
use crate::trust::{Pem, Trust, client_certificate};
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
    cas: Vec<Pem>,
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
        self.cas.push(Pem::File(file.into()));
        self
    }

    /// Trusts certificates in the form of a PEM file, besides the others; `name` says in messages where they are from.
    #[must_use]
    pub fn with_ca_pem(mut self, name: &'static str, pem: impl Into<Vec<u8>>) -> Self {
        self.cas.push(Pem::Text(name, pem.into().into()));
        self
    }

    /// Shows servers that ask for one this client certificate: two PEM files, the certificate with its chain and its key.
    #[must_use]
    pub fn with_client_certificate(
        mut self,
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Self {
        self.client_certificate = Some((Pem::File(certificate.into()), Pem::File(key.into())));
        self
    }

    /// The same in the form of PEM files; `name` says in messages where they are from.
    #[must_use]
    pub fn with_client_certificate_pem(
        mut self,
        name: &'static str,
        certificate: impl Into<Vec<u8>>,
        key: impl Into<Vec<u8>>,
    ) -> Self {
        let text = |pem: Vec<u8>| Pem::Text(name, pem.into());
        self.client_certificate = Some((text(certificate.into()), text(key.into())));
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
        let mut tls = TlsConfig::builder()
            .root_certs(self.trust.roots(&self.cas)?)
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
            .field("cas", &self.cas)
            .field("client_certificate", &self.client_certificate)
            .finish_non_exhaustive()
    }
}
