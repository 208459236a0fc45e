//! What a server answered. Bodies are read up to a limit, errors are put in the client's words.

use std::io::{self, Read};
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use ureq::Body;
use ureq::http::header::{CONTENT_TYPE, RETRY_AFTER};
use ureq::http::{HeaderMap, Response, Uri};

use crate::http::Call;
use crate::{Error, Reference, Result};

/// Error bodies beyond this are not worth reading.
const ERROR_LIMIT: u64 = 64 * 1024;

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
    pub(crate) fn new(host: &str, call: &Call, response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let (host, name, uri) = (host.to_owned(), call.name.clone(), call.uri.clone());
        Self {
            host,
            name,
            uri,
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

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

    fn transport(&self, source: io::Error) -> Error {
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
