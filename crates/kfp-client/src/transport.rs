//! Requests and answers: sent once or repeated where that is safe, and refused unless they are the server's.

use std::{thread, time::Duration};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Serialize, de::DeserializeOwned};
use ureq::{
    Body,
    http::{Method, Request, Response, StatusCode, header},
};

use crate::{ApiError, Client, Error, Result};

/// Everything but what RFC 3986 calls unreserved.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// No answer of the server is larger; a pipeline may have 32 MiB.
const MAX_ANSWER_BYTES: u64 = 64 << 20;

/// The pause before the second attempt; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// Query parameters in order.
pub(crate) type Query<'a> = [(&'a str, String)];

/// What a request carries.
pub(crate) enum Content<'a> {
    Nothing,
    Json(&'a [u8]),
    Form {
        content_type: &'a str,
        body: &'a [u8],
    },
}

impl Client {
    /// Reads a resource.
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str, query: &Query<'_>) -> Result<T> {
        let text = self.text(&Method::GET, path, query, &Content::Nothing)?;
        self.decode("GET", path, &text)
    }

    /// Creates something from a JSON body.
    pub(crate) fn create<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T> {
        let body = serde_json::to_vec(body).expect("requests are maps with text keys");
        let text = self.text(&Method::POST, path, &[], &Content::Json(&body))?;
        self.decode("POST", path, &text)
    }

    /// Acts on a resource: an empty POST or DELETE.
    pub(crate) fn act(&self, method: &Method, path: &str, query: &Query<'_>) -> Result<()> {
        self.text(method, path, query, &Content::Nothing).map(drop)
    }

    /// Sends a request and gives the text of a successful answer.
    pub(crate) fn text(
        &self,
        method: &Method,
        path: &str,
        query: &Query<'_>,
        content: &Content<'_>,
    ) -> Result<String> {
        let attempts = if *method == Method::GET {
            self.max_attempts
        } else {
            1
        };
        let mut pause = FIRST_PAUSE;
        for _ in 1..attempts {
            match self.logged_in(method, path, query, content) {
                Err(error) if is_passing(&error) => {
                    thread::sleep(pause);
                    pause *= 2;
                }
                answered => return answered,
            }
        }
        self.logged_in(method, path, query, content)
    }

    /// Sends a request, and again with a new login if the one that was kept has expired: a request that is refused for
    /// its login has changed nothing.
    fn logged_in(
        &self,
        method: &Method,
        path: &str,
        query: &Query<'_>,
        content: &Content<'_>,
    ) -> Result<String> {
        match self.attempt(method, path, query, content) {
            Err(error) if error.is_login() && self.session.expire() => {
                self.attempt(method, path, query, content)
            }
            answered => answered,
        }
    }

    fn attempt(
        &self,
        method: &Method,
        path: &str,
        query: &Query<'_>,
        content: &Content<'_>,
    ) -> Result<String> {
        let call = || self.call(method.as_str(), path);
        let unreachable = |source: ureq::Error| Error::Unreachable {
            call: call(),
            source: Box::new(source),
        };
        let mut request = Request::builder()
            .method(method)
            .uri(self.endpoint.clone() + path + &encoded(query))
            .header(header::ACCEPT, "application/json");
        let login = self.session.header(&self.auth, &self.agent, &self.endpoint)?;
        if let Some((name, value)) = login {
            request = request.header(name, value);
        }
        let sent = match content {
            // Without a length a POST would be sent as an empty chunked body, which proxies refuse.
            Content::Nothing if *method == Method::POST => request
                .body(&b""[..])
                .map(|request| self.agent.run(request)),
            Content::Nothing => request.body(()).map(|request| self.agent.run(request)),
            Content::Json(body) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(*body)
                .map(|request| self.agent.run(request)),
            Content::Form { content_type, body } => request
                .header(header::CONTENT_TYPE, *content_type)
                .body(*body)
                .map(|request| self.agent.run(request)),
        };
        let mut response = sent
            .map_err(|error| unreachable(error.into()))?
            .map_err(unreachable)?;
        if let Some(found) = login_page(&response) {
            return Err(Error::LoginRequired {
                call: call(),
                found,
            });
        }
        let text = response
            .body_mut()
            .with_config()
            .limit(MAX_ANSWER_BYTES)
            .lossy_utf8(true)
            .read_to_string()
            .map_err(unreachable)?;
        let status = response.status();
        if status.is_success() {
            return Ok(text);
        }
        Err(Error::Api {
            call: call(),
            error: ApiError::of_body(status.as_u16(), &text),
        })
    }

    pub(crate) fn decode<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        text: &str,
    ) -> Result<T> {
        serde_json::from_str(text).map_err(|error| self.unexpected(method, path, &error))
    }

    pub(crate) fn unexpected(&self, method: &str, path: &str, error: &serde_json::Error) -> Error {
        Error::Unexpected {
            call: self.call(method, path),
            reason: error.to_string(),
        }
    }

    fn call(&self, method: &str, path: &str) -> String {
        format!("{method} {}{path}", self.endpoint)
    }
}

/// Whether another attempt at reading may succeed.
fn is_passing(error: &Error) -> bool {
    match error {
        Error::Unreachable { source, .. } => !matches!(
            **source,
            ureq::Error::BadUri(_) | ureq::Error::Tls(_) | ureq::Error::Rustls(_)
        ),
        Error::Api { error, .. } => matches!(error.status, 429 | 502 | 503 | 504),
        _ => false,
    }
}

/// What was found in place of an answer, if it is a page for people: proxies in front of the server answer with one.
fn login_page(response: &Response<Body>) -> Option<String> {
    let text = |name| response.headers().get(name)?.to_str().ok();
    if response.status().is_redirection() && response.status() != StatusCode::NOT_MODIFIED {
        let to = text(header::LOCATION).unwrap_or("another address");
        // The query of a login address may hold a token.
        let to = to.split('?').next().unwrap_or_default();
        return Some(format!("a redirect to {to}"));
    }
    let is_page = text(header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with("text/html"));
    (is_page && response.status().is_success()).then(|| "a web page".to_owned())
}

fn encoded(query: &Query<'_>) -> String {
    if query.is_empty() {
        return String::new();
    }
    let pairs = query
        .iter()
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, QUERY)));
    format!("?{}", pairs.collect::<Vec<_>>().join("&"))
}

/// A name or identifier as one segment of a path.
pub(crate) fn segment(text: &str) -> String {
    utf8_percent_encode(text, QUERY).to_string()
}
