//! One HTTP exchange: a request sent, an answer whose body is bounded. No redirect is followed here and no error invented.
//! Plain http is spoken only to this machine or where the user said so.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ureq::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName};
use ureq::http::{HeaderMap, HeaderValue, Method, Request, Uri};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig};
use ureq::{Agent, SendBody};

use crate::answer::Answer;
use crate::content::Content;
use crate::location::{self, Origin};
use crate::{Error, Reference, Result};

/// A request that can be sent more than once.
#[derive(Clone)]
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Content<'a>>,
    pub(crate) progress: &'a dyn Fn(u64),
    /// The request in a reader's words, for errors.
    pub(crate) name: String,
}

impl<'a> Call<'a> {
    pub(crate) fn new(method: Method, uri: Uri, name: impl Into<String>) -> Self {
        Self {
            method,
            uri,
            headers: HeaderMap::new(),
            body: None,
            progress: &|_| (),
            name: name.into(),
        }
    }

    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Adds a body; an empty one too, since some servers insist on its length.
    pub(crate) fn body(mut self, content: Content<'a>) -> Self {
        self.body = Some(content);
        self
    }

    /// Adds a body of that type.
    pub(crate) fn content(mut self, media_type: &str, content: Content<'a>) -> Self {
        if let Ok(media_type) = HeaderValue::from_str(media_type) {
            self.headers.insert(CONTENT_TYPE, media_type);
        }
        self.body(content)
    }
}

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
        patience: Duration,
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
                .timeout_connect(Some(patience))
                .timeout_per_read(Some(patience))
                .timeout_per_write(Some(patience))
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

    /// Sends `call` on behalf of `image` and returns whatever came back.
    pub(crate) fn exchange(
        &self,
        image: &Reference,
        call: &Call,
        authorization: Option<&HeaderValue>,
    ) -> Result<Answer> {
        let to_registry = Origin::of(&call.uri) == self.origin(image)?;
        let host = call
            .uri
            .authority()
            .map_or("", |authority| authority.as_str());
        let host = if to_registry { image.registry() } else { host };
        let agent = if location::is_loopback(host) {
            &self.local
        } else {
            &self.agent
        };
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(call.uri.clone());
        for (name, value) in call
            .headers
            .iter()
            .chain(authorization.map(|value| (&AUTHORIZATION, value)))
        {
            request = request.header(name, value);
        }
        let response = if let Some(content) = call.body {
            let mut reader = content.open(call.progress)?;
            let request = request
                .header(CONTENT_LENGTH, reader.size)
                .body(SendBody::from_reader(&mut reader));
            let sent = request
                .map_err(ureq::Error::from)
                .and_then(|request| agent.run(request));
            match (sent, reader.failure()) {
                (Err(_), Some(failure)) => return Err(failure),
                (sent, _) => sent,
            }
        } else {
            request
                .body(())
                .map_err(ureq::Error::from)
                .and_then(|request| agent.run(request))
        };
        match response {
            Ok(response) => Ok(Answer::new(host, image, call, response)),
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
