//! A server's response. Bodies are read up to a limit; error responses become an [`Error`] in the client's own words.

use std::io::Read;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use ureq::http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use ureq::http::{self, HeaderMap, Uri};

use crate::request::Request;
use crate::{Digest, Error, Reference, Result};

/// Error bodies beyond this are not worth reading.
const ERROR_LIMIT: u64 = 64 * 1024;

/// A status, headers and a body that has not been read yet.
pub(crate) struct Response {
    host: String,
    repository: String,
    name: String,
    pub(crate) uri: Uri,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    body: ureq::Body,
}

impl Response {
    pub(crate) fn new(
        host: &str,
        image: &Reference,
        request: &Request,
        uri: Uri,
        response: http::Response<ureq::Body>,
    ) -> Self {
        let (parts, body) = response.into_parts();
        Self {
            host: host.to_owned(),
            repository: image.repository().to_owned(),
            name: request.name.clone(),
            uri,
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    pub(crate) fn header(&self, name: impl AsRef<str>) -> Option<&str> {
        self.headers.get(name.as_ref())?.to_str().ok()
    }

    /// Where a redirect leads.
    pub(crate) fn redirect(&self) -> Option<&str> {
        let is_redirect = matches!(self.status, 301 | 302 | 303 | 307 | 308);
        self.header(LOCATION).filter(|_| is_redirect)
    }

    /// The content type without its parameters.
    pub(crate) fn media_type(&self) -> &str {
        self.header(CONTENT_TYPE)
            .and_then(|value| value.split(';').next())
            .unwrap_or_default()
            .trim()
    }

    /// The digest the registry states, if it is of a kind we can check.
    pub(crate) fn digest(&self) -> Result<Option<Digest>> {
        let stated = self
            .header("docker-content-digest")
            .filter(|text| text.starts_with("sha256:"));
        stated.map(str::parse).transpose()
    }

    /// `actual`, if nothing else was expected.
    pub(crate) fn verify(&self, expected: Option<Digest>, actual: Digest) -> Result<Digest> {
        match expected.filter(|expected| *expected != actual) {
            None => Ok(actual),
            Some(expected) => {
                let (host, what) = (self.host.clone(), self.name.clone());
                Err(Error::DigestMismatch {
                    host,
                    what,
                    expected,
                    actual,
                })
            }
        }
    }

    /// This response, if its status is one of those; else the error it means. A web page is never what was asked for.
    pub(crate) fn expect(self, statuses: &[u16]) -> Result<Self> {
        if self.status >= 400 {
            Err(self.into_error())
        } else if self.media_type().eq_ignore_ascii_case("text/html") {
            Err(self.unusable("a web page"))
        } else if statuses.contains(&self.status) {
            Ok(self)
        } else {
            Err(self.unusable(format!("status {}", self.status)))
        }
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
            read.map_err(|source| Error::Transport {
                host: self.host.clone(),
                source: Box::new(source.into()),
            })?;
        }
        if announced.max(bytes.len() as u64) > limit {
            let what = format!("the response to {}", self.name);
            return Err(Error::TooLarge {
                host: self.host.clone(),
                what,
                limit,
            });
        }
        Ok(bytes)
    }

    /// The body as a JSON document. What serde says about one that is not is kept back, since it quotes the body.
    pub(crate) fn json<T: DeserializeOwned>(&mut self, limit: u64) -> Result<T> {
        let bytes = self.bytes(limit)?;
        serde_json::from_slice(&bytes).map_err(|_| self.unusable("not the JSON it should be"))
    }

    /// The body as a stream; its read errors are plain I/O errors.
    pub(crate) fn into_reader(self) -> impl Read + use<> {
        self.body.into_reader()
    }

    /// Reads what is left, so that the connection can be used again.
    pub(crate) fn drain(mut self) {
        let _unusable = self.bytes(ERROR_LIMIT);
    }

    /// This response cannot be used, because of `reason`.
    pub(crate) fn unusable(&self, reason: impl Into<String>) -> Error {
        Error::Response {
            host: self.host.clone(),
            request: self.name.clone(),
            reason: reason.into(),
        }
    }

    fn into_error(mut self) -> Error {
        let retry_after = self.header(RETRY_AFTER).and_then(parse_retry_after);
        let document = self.bytes(ERROR_LIMIT).ok();
        let (code, message) = document
            .as_deref()
            .and_then(first_error)
            .unwrap_or_default();
        let (host, repository) = (self.host, self.repository);
        match (self.status, code.as_str()) {
            (403, _) => Error::Denied {
                host,
                scope: repository,
                message,
            },
            (404, "NAME_UNKNOWN") => Error::NoRepository { host, repository },
            (status, _) => Error::Status {
                host,
                request: self.name,
                status,
                code,
                message,
                retry_after,
            },
        }
    }
}

/// Code and text of the first error in a registry's error document, fit for a terminal.
fn first_error(body: &[u8]) -> Option<(String, String)> {
    #[derive(Deserialize)]
    struct Errors {
        errors: Vec<One>,
    }
    #[derive(Deserialize)]
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
