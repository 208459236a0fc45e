//! The client: where the server is, and how it is spoken to.

use std::time::Duration;

use kfp_http::Network;
use ureq::{
    Agent,
    http::{Uri, uri::Scheme},
};

use crate::{Auth, Error, Result, auth::Session};

/// A client of one API server.
///
/// It is cheap to clone, and clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) agent: Agent,
    /// Without a final slash.
    pub(crate) endpoint: String,
    /// KFP's web server, without a final slash.
    pub(crate) ui_endpoint: String,
    pub(crate) auth: Auth,
    pub(crate) session: Session,
    pub(crate) max_attempts: u32,
}

impl Client {
    /// A client of the server at `endpoint`: `http://localhost:8888`, `https://kubeflow.example/pipeline`.
    pub fn builder(endpoint: impl Into<String>) -> Builder {
        Builder {
            endpoint: endpoint.into(),
            ui_endpoint: None,
            auth: Auth::None,
            timeout: Duration::from_secs(60),
            max_attempts: 5,
            network: None,
        }
    }

    /// The address of the server, without a final slash.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The same client for another address, to look where the server is.
    ///
    /// # Errors
    /// [`Error::Endpoint`] if it is not an http or https URL.
    pub fn at(&self, endpoint: &str) -> Result<Self> {
        Ok(Self {
            endpoint: address(endpoint)?.to_owned(),
            ..self.clone()
        })
    }
}

/// Settings of a [`Client`].
#[derive(Clone, Debug)]
pub struct Builder {
    endpoint: String,
    ui_endpoint: Option<String>,
    auth: Auth,
    timeout: Duration,
    max_attempts: u32,
    network: Option<Network>,
}

impl Builder {
    /// The address of KFP's web server, which serves the content of artifacts, and the metadata store of releases up to
    /// 2.18. Default: the endpoint, which is right where that is the web server, as in Kubeflow or behind a port-forward
    /// to `svc/ml-pipeline-ui`.
    #[must_use]
    pub fn ui_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.ui_endpoint = Some(endpoint.into());
        self
    }

    /// How requests are authenticated. Default: not at all.
    #[must_use]
    pub fn auth(mut self, auth: Auth) -> Self {
        self.auth = auth;
        self
    }

    /// Timeout for a whole request. Default: 60 s.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Maximum number of attempts at a request that only reads. Requests that change the server are sent once.
    /// Default: 5.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// How servers are reached: proxies, trusted certificates, a client certificate. Default: as the environment says.
    #[must_use]
    pub fn network(mut self, network: Network) -> Self {
        self.network = Some(network);
        self
    }

    /// The client. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Endpoint`] if the endpoint is not an http or https URL, [`Error::Network`] if a file of certificates cannot
    /// be used.
    pub fn build(self) -> Result<Client> {
        let endpoint = address(&self.endpoint)?;
        let ui_endpoint = match &self.ui_endpoint {
            Some(ui) => address(ui)?,
            None => endpoint,
        };
        let configure = || {
            Agent::config_builder()
                .timeout_global(Some(self.timeout))
                .http_status_as_error(false)
                // A redirect is a login page, which is to be recognised and not followed.
                .max_redirects(0)
                .max_redirects_will_error(false)
                .user_agent(concat!("kfp-client/", env!("CARGO_PKG_VERSION")))
        };
        let network = self.network.unwrap_or_else(Network::from_env);
        let agent = network.agent(configure).map_err(Error::Network)?;
        Ok(Client {
            agent,
            endpoint: endpoint.to_owned(),
            ui_endpoint: ui_endpoint.to_owned(),
            auth: self.auth,
            session: Session::default(),
            max_attempts: self.max_attempts,
        })
    }
}

/// The address of a server without spaces and final slashes, and without what only a browser needs: people copy
/// `http://localhost:8080/#/runs` from there.
fn address(text: &str) -> Result<&str> {
    let address = text.split(['#', '?']).next().unwrap_or_default();
    let address = address.trim().trim_end_matches('/');
    let is_server = |uri: &Uri| {
        let is_http = uri.scheme() == Some(&Scheme::HTTP) || uri.scheme() == Some(&Scheme::HTTPS);
        // What is left of a port that is not a number of 16 bits stands behind the host.
        let has_host = uri.authority().is_some_and(|authority| {
            !authority.host().is_empty()
                && (authority.port_u16().is_some()
                    || authority.as_str().ends_with(authority.host()))
        });
        is_http && has_host
    };
    match address.parse() {
        Ok(uri) if is_server(&uri) => Ok(address),
        _ => Err(Error::Endpoint(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn an_address_copied_from_a_browser_is_that_of_the_server() {
        for (text, wanted) in [
            (" http://localhost:8080/ ", "http://localhost:8080"),
            ("http://localhost:8080/#/runs", "http://localhost:8080"),
            (
                "https://kfp.example/pipeline/?ns=ann#/runs",
                "https://kfp.example/pipeline",
            ),
            ("http://ann:word@[::1]:8888", "http://ann:word@[::1]:8888"),
            ("http://[::1]", "http://[::1]"),
        ] {
            assert_eq!(address(text).unwrap(), wanted, "{text}");
        }
        for text in [
            "",
            "http://",
            "http:///x",
            "ftp://kfp.example",
            "http://h:99999",
            "http://h:",
            "http://a b",
        ] {
            assert!(address(text).is_err(), "{text}");
        }
    }
    #[test]
    fn a_scheme_is_asked_for_only_where_there_is_none() {
        for (text, is_asked_for) in [
            ("kfp.example", true),
            ("http://", false),
            ("http:", false),
            ("ftp://kfp.example", false),
        ] {
            let hint = address(text).unwrap_err().hint().unwrap();
            assert_eq!(
                hint.starts_with("write its scheme"),
                is_asked_for,
                "{text}: {hint}"
            );
        }
    }
}
