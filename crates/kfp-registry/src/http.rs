//! One HTTP exchange: a request sent, a response whose body is bounded. No redirect is followed here and no error invented.
//! Plain http is spoken only to this machine or where the user said so.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ureq::http::header::{AUTHORIZATION, CONTENT_LENGTH};
use ureq::http::{self, HeaderValue, Uri};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig};
use ureq::{Agent, SendBody};

use crate::location::{self, Origin};
use crate::request::Request;
use crate::response::Response;
use crate::{Error, Reference, Result};

pub(crate) struct Http {
    agent: Agent,
    /// Never through a proxy: a proxy's loopback is not ours.
    local: Agent,
    /// Hosts whose scheme the user decided.
    https: BTreeMap<String, bool>,
}

impl Http {
    pub(crate) fn new(
        https: BTreeMap<String, bool>,
        ca_file: Option<&Path>,
        timeout: Duration,
    ) -> Result<Self> {
        let roots = ca_file.map_or(Ok(RootCerts::PlatformVerifier), roots_with)?;
        let config = || {
            Agent::config_builder()
                .accept_encoding("identity")
                .user_agent(concat!("kfp-comp/", env!("CARGO_PKG_VERSION")))
                .tls_config(TlsConfig::builder().root_certs(roots.clone()).build())
                .http_status_as_error(false)
                .max_redirects(0)
                .max_redirects_will_error(false)
                .max_idle_connections_per_host(8)
                .timeout_connect(Some(timeout))
                .timeout_per_read(Some(timeout))
                .timeout_per_write(Some(timeout))
        };
        Ok(Self {
            agent: config().build().into(),
            local: config().proxy(None).build().into(),
            https,
        })
    }

    /// The URL of `path` below `/v2/<repository>/` at the image's registry.
    pub(crate) fn url(&self, image: &Reference, path: &str) -> Result<Uri> {
        let registry = image.registry();
        let https = self
            .https
            .get(registry)
            .copied()
            .unwrap_or_else(|| !location::is_loopback(registry));
        let scheme = if https { "https" } else { "http" };
        let host = if registry == "docker.io" {
            "registry-1.docker.io"
        } else {
            registry
        };
        let url = format!("{scheme}://{host}/v2/{}/{path}", image.repository());
        url.parse().map_err(|_| Error::Reference {
            text: image.to_string(),
            reason: "does not make a URL",
        })
    }

    /// Where the image's registry is, and where alone its login may go.
    pub(crate) fn origin(&self, image: &Reference) -> Result<Origin> {
        self.url(image, "").map(|url| Origin::of(&url))
    }

    /// Sends `request` on behalf of `image` and returns whatever came back.
    pub(crate) fn exchange(
        &self,
        image: &Reference,
        request: &Request,
        authorization: Option<&HeaderValue>,
    ) -> Result<Response> {
        let to_registry = Origin::of(&request.uri) == self.origin(image)?;
        let host = request
            .uri
            .authority()
            .map_or("", |authority| authority.as_str());
        let host = if to_registry { image.registry() } else { host };
        let agent = if location::is_loopback(host) {
            &self.local
        } else {
            &self.agent
        };
        let mut message = http::Request::builder()
            .method(request.method.clone())
            .uri(request.uri.clone());
        for (name, value) in request
            .headers
            .iter()
            .chain(authorization.map(|value| (&AUTHORIZATION, value)))
        {
            message = message.header(name, value);
        }
        let response = if let Some(body) = request.body {
            let mut reader = body.open(request.progress)?;
            let message = message
                .header(CONTENT_LENGTH, reader.size)
                .body(SendBody::from_reader(&mut reader));
            let sent = message
                .map_err(ureq::Error::from)
                .and_then(|message| agent.run(message));
            match (sent, reader.failure()) {
                (Err(_), Some(failure)) => return Err(failure),
                (sent, _) => sent,
            }
        } else {
            message
                .body(())
                .map_err(ureq::Error::from)
                .and_then(|message| agent.run(message))
        };
        match response {
            Ok(response) => Ok(Response::new(host, image, request, response)),
            Err(source) => Err(Error::Transport {
                host: host.to_owned(),
                source: Box::new(source),
            }),
        }
    }
}

/// The system's roots and those in `file`, so that a company's CA adds to the public ones.
fn roots_with(file: &Path) -> Result<RootCerts> {
    let pem = fs::read(file).map_err(|source| Error::file(file, source))?;
    let own: Vec<Certificate<'static>> = ureq::tls::parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if own.is_empty() {
        return Err(Error::Certificates {
            path: file.to_owned(),
        });
    }
    let system = rustls_native_certs::load_native_certs().certs;
    let system = system
        .iter()
        .map(|certificate| Certificate::from_der(certificate).to_owned());
    Ok(RootCerts::Specific(Arc::new(
        own.into_iter().chain(system).collect(),
    )))
}
