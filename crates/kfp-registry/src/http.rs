//! One HTTP exchange: a request sent, an answer whose body is bounded. No redirect is followed here and no error invented.
//! Plain http is spoken only to this machine or where the user said so.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ureq::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use ureq::http::{HeaderMap, HeaderValue, Method, Request, Uri};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig};
use ureq::{Agent, Body, SendBody};

use crate::content::Content;
use crate::location;
use crate::{Error, Reference, Result};

/// Error bodies beyond this are not worth reading.
const ERROR_LIMIT: u64 = 64 * 1024;

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

    pub(crate) fn content(mut self, media_type: &str, content: Content<'a>) -> Self {
        if let Ok(media_type) = HeaderValue::from_str(media_type) {
            self.headers.insert(CONTENT_TYPE, media_type);
        }
        self.body = Some(content);
        self
    }
}

pub(crate) struct Http {
    agent: Agent,
    /// Never through a proxy: a proxy's loopback is not ours.
    local: Agent,
    /// Hosts whose scheme the user decided.
    pub(crate) https: BTreeMap<String, bool>,
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

    /// Sends `call` and returns whatever came back; `host` is the registry's name in errors.
    pub(crate) fn exchange(
        &self,
        host: &str,
        call: &Call,
        authorization: Option<&HeaderValue>,
    ) -> Result<Answer> {
        let agent = match call.uri.host() {
            Some(host) if location::is_loopback(host) => &self.local,
            _ => &self.agent,
        };
        let transport = |source| Error::Transport {
            host: host.to_owned(),
            source: Box::new(source),
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
        let (parts, body) = response.map_err(transport)?.into_parts();
        Ok(Answer {
            host: host.to_owned(),
            name: call.name.clone(),
            uri: call.uri.clone(),
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        })
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

/// What came back.
pub(crate) struct Answer {
    host: String,
    name: String,
    pub(crate) uri: Uri,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    body: Body,
}

impl Answer {
    pub(crate) fn header(&self, name: impl AsRef<str>) -> Option<&str> {
        self.headers.get(name.as_ref())?.to_str().ok()
    }

    /// The request this answers, in a reader's words.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn is_redirect(&self) -> bool {
        matches!(self.status, 301 | 302 | 303 | 307 | 308)
    }

    pub(crate) fn is_html(&self) -> bool {
        self.media_type().eq_ignore_ascii_case("text/html")
    }

    /// The content type without its parameters.
    pub(crate) fn media_type(&self) -> &str {
        self.header(CONTENT_TYPE)
            .unwrap_or_default()
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
    }

    /// The whole body, if it has at most `limit` bytes.
    pub(crate) fn bytes(&mut self, limit: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let announced = self.body.content_length().unwrap_or(0);
        if announced <= limit {
            let read = self
                .body
                .as_reader()
                .take(limit + 1)
                .read_to_end(&mut bytes);
            read.map_err(|source| self.transport(source))?;
        }
        if announced.max(bytes.len() as u64) > limit {
            let what = format!("the answer to {}", self.name);
            return Err(Error::TooLarge {
                host: self.host.clone(),
                what,
                limit,
            });
        }
        Ok(bytes)
    }

    /// The body as a stream; its read errors are plain I/O errors.
    pub(crate) fn into_reader(self) -> impl Read + use<> {
        self.body.into_reader()
    }

    /// Reads what is left, so that the connection can be used again.
    pub(crate) fn drain(mut self) {
        let _unusable = self.bytes(ERROR_LIMIT);
    }

    fn transport(&self, source: std::io::Error) -> Error {
        Error::Transport {
            host: self.host.clone(),
            source: Box::new(source.into()),
        }
    }

    /// This answer cannot be used, because of `reason`.
    pub(crate) fn unusable(&self, reason: impl Into<String>) -> Error {
        Error::Answer {
            host: self.host.clone(),
            request: self.name.clone(),
            reason: reason.into(),
        }
    }

    /// This answer as an error: none of the statuses the caller knows.
    pub(crate) fn into_error(mut self, image: &Reference) -> Error {
        if self.status < 400 {
            let status = self.status;
            return self.unusable(if self.is_html() {
                "a web page".to_owned()
            } else {
                format!("status {status}")
            });
        }
        let retry_after = self.header(RETRY_AFTER).and_then(parse_retry_after);
        let (code, message) = self
            .bytes(ERROR_LIMIT)
            .ok()
            .as_deref()
            .and_then(first_error)
            .unwrap_or_default();
        let (host, scope) = (self.host, image.repository().to_owned());
        match (self.status, code.as_str()) {
            (403, _) => Error::Denied {
                host,
                scope,
                message,
            },
            (404, "NAME_UNKNOWN") => Error::NoRepository {
                host,
                repository: scope,
            },
            (status, _) => Error::Status {
                host,
                request: self.name,
                status,
                message,
                retry_after,
            },
        }
    }
}

/// Code and text of the first error in a registry's error document, fit for a terminal.
fn first_error(body: &[u8]) -> Option<(String, String)> {
    #[derive(serde::Deserialize)]
    struct Errors {
        errors: Vec<One>,
    }
    #[derive(serde::Deserialize)]
    struct One {
        code: String,
        #[serde(default)]
        message: String,
    }
    let one = serde_json::from_slice::<Errors>(body)
        .ok()?
        .errors
        .into_iter()
        .next()?;
    let text = format!(": {} {}", one.code, one.message);
    let text = text
        .trim_end()
        .chars()
        .filter(|character| !character.is_control())
        .take(200)
        .collect();
    Some((one.code, text))
}

/// Seconds or an HTTP date.
fn parse_retry_after(value: &str) -> Option<Duration> {
    let value = value.trim();
    let until = |date: SystemTime| date.duration_since(SystemTime::now()).unwrap_or_default();
    let seconds = value.parse().map(Duration::from_secs).ok();
    seconds.or_else(|| httpdate::parse_http_date(value).ok().map(until))
}
