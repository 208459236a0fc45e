//! Requests and answers: sent once or repeated where that is safe, and refused unless they are the server's.

use std::{thread, time::Duration};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::{
    Body,
    http::{Method, Request, Response, StatusCode, header, request},
};

use crate::{ApiError, Client, Error, Result, mlmd};

/// Everything but what RFC 3986 calls unreserved.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// No answer of the server is larger; a pipeline may have 32 MiB.
const MAX_ANSWER_BYTES: u64 = 64 << 20;

/// What an error says is shorter.
const MAX_ERROR_BYTES: u64 = 1 << 20;

/// The pause before the second attempt; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// No pause is longer, whatever the server asks for.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

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
    GrpcWeb(&'a [u8]),
}

/// A request.
pub(crate) struct Call<'a> {
    method: Method,
    /// The address of the server, without a final slash.
    base: &'a str,
    path: &'a str,
    query: &'a Query<'a>,
    content: &'a Content<'a>,
    /// Whether it changes nothing, so that it may be sent again.
    only_reads: bool,
    /// Whether a web page is an answer like any other.
    any_content: bool,
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) body: Vec<u8>,
    /// Status and message of gRPC, where they stand in the headers.
    pub(crate) grpc_status: Option<(i32, String)>,
}

impl<'a> Call<'a> {
    pub(crate) fn at(
        base: &'a str,
        method: Method,
        path: &'a str,
        query: &'a Query<'a>,
        content: &'a Content<'a>,
    ) -> Self {
        Self {
            only_reads: method == Method::GET,
            method,
            base,
            path,
            query,
            content,
            any_content: false,
        }
    }

    pub(crate) fn get(base: &'a str, path: &'a str, query: &'a Query<'a>) -> Self {
        Self::at(base, Method::GET, path, query, &Content::Nothing)
    }

    /// It changes nothing, though it is a POST.
    pub(crate) fn only_reads(mut self) -> Self {
        self.only_reads = true;
        self
    }

    /// The answer may be a web page.
    pub(crate) fn any_content(mut self) -> Self {
        self.any_content = true;
        self
    }

    /// Method and address, for people.
    pub(crate) fn name(&self) -> String {
        format!("{} {}{}", self.method, self.base, self.path)
    }
}

impl Client {
    /// Reads what is not a resource: a list, the state of the server.
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str, query: &Query<'_>) -> Result<T> {
        let text = self.text(&Method::GET, path, query, &Content::Nothing)?;
        self.decode("GET", path, &text)
    }

    /// Acts on a resource: an empty POST or DELETE.
    pub(crate) fn act(&self, method: &Method, path: &str, query: &Query<'_>) -> Result<()> {
        self.text(method, path, query, &Content::Nothing).map(drop)
    }

    /// Sends a request to the API server and gives the text of a successful answer.
    pub(crate) fn text(
        &self,
        method: &Method,
        path: &str,
        query: &Query<'_>,
        content: &Content<'_>,
    ) -> Result<String> {
        let call = Call::at(&self.endpoint, method.clone(), path, query, content);
        let body = self.bytes(&call)?.body;
        Ok(String::from_utf8(body)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// Sends a request and gives a successful answer whole.
    pub(crate) fn bytes(&self, call: &Call<'_>) -> Result<Answer> {
        self.repeated(call, || self.attempt_whole(call))
    }

    /// Sends a request and gives a successful answer to be read.
    pub(crate) fn open(&self, call: &Call<'_>) -> Result<Response<Body>> {
        self.repeated(call, || self.attempt(call))
    }

    /// Attempts again what only reads, while that may help.
    pub(crate) fn repeated<T>(
        &self,
        call: &Call<'_>,
        attempt: impl Fn() -> Result<T>,
    ) -> Result<T> {
        // A request that is refused for its login has changed nothing, so it may be sent again with a new one.
        let attempt = || match attempt() {
            Err(error) if error.is_login() && self.session.expire() => attempt(),
            answered => answered,
        };
        let attempts = if call.only_reads {
            self.max_attempts
        } else {
            1
        };
        let mut pause = FIRST_PAUSE;
        for _ in 1..attempts {
            match attempt() {
                Err(error) if error.is_passing() => {
                    let asked_for = error.api().and_then(|error| error.retry_after);
                    thread::sleep(asked_for.unwrap_or(pause).min(LONGEST_PAUSE));
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                answered => return answered,
            }
        }
        attempt()
    }

    pub(crate) fn attempt_whole(&self, call: &Call<'_>) -> Result<Answer> {
        let mut response = self.attempt(call)?;
        let headers = response.headers().iter();
        let headers =
            headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let grpc_status = mlmd::status(headers);
        let body = response
            .body_mut()
            .with_config()
            .limit(MAX_ANSWER_BYTES)
            .read_to_vec()
            .map_err(|source| unreachable(call, source))?;
        Ok(Answer { body, grpc_status })
    }

    fn attempt(&self, call: &Call<'_>) -> Result<Response<Body>> {
        let accept = match call.content {
            Content::GrpcWeb(_) => mlmd::CONTENT_TYPE,
            _ if call.any_content => "*/*",
            _ => "application/json",
        };
        let mut request = Request::builder()
            .method(&call.method)
            .uri(call.base.to_owned() + call.path + &encoded(call.query))
            .header(header::ACCEPT, accept);
        let login = self
            .session
            .header(&self.auth, &self.agent, &self.endpoint)?;
        if let Some((name, value)) = login {
            request = request.header(name, value);
        }
        let with_body = |request: request::Builder, content_type: &str, body: &[u8]| {
            request
                .header(header::CONTENT_TYPE, content_type)
                .body(body)
                .map(|request| self.agent.run(request))
        };
        let sent = match call.content {
            // Without a length a POST would be sent as an empty chunked body, which proxies refuse.
            Content::Nothing if call.method == Method::POST => request
                .body(&b""[..])
                .map(|request| self.agent.run(request)),
            Content::Nothing => request.body(()).map(|request| self.agent.run(request)),
            Content::Json(body) => with_body(request, "application/json", body),
            Content::Form { content_type, body } => with_body(request, content_type, body),
            Content::GrpcWeb(body) => {
                with_body(request.header("x-grpc-web", "1"), mlmd::CONTENT_TYPE, body)
            }
        };
        let mut response = sent
            .map_err(|error| unreachable(call, error.into()))?
            .map_err(|source| unreachable(call, source))?;
        if let Some(found) = login_page(&response, call.any_content) {
            return Err(Error::LoginRequired {
                call: call.name(),
                found,
            });
        }
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let retry_after = retry_after(&response);
        let is_page = is_page(&response);
        let text = response
            .body_mut()
            .with_config()
            .limit(MAX_ERROR_BYTES)
            .lossy_utf8(true)
            .read_to_string();
        // What the error says may be cut or endless; its status is known.
        let text = text.unwrap_or_default();
        let error = if is_page {
            ApiError::of_page(status.as_u16(), &text)
        } else {
            ApiError::of_body(status.as_u16(), &text)
        };
        Err(Error::Api {
            call: call.name(),
            error: ApiError {
                retry_after,
                ..error
            },
        })
    }

    pub(crate) fn decode<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        text: &str,
    ) -> Result<T> {
        serde_json::from_str(text).or_else(|error| {
            // Protobuf's JSON has no nulls; who writes them means what is absent.
            let without_nulls = serde_json::from_str(text).ok().map(without_nulls);
            without_nulls
                .and_then(|value| serde_json::from_value(value).ok())
                .ok_or_else(|| self.unexpected(method, path, &error))
        })
    }

    pub(crate) fn unexpected(&self, method: &str, path: &str, error: &serde_json::Error) -> Error {
        Error::Unexpected {
            call: format!("{method} {}{path}", self.endpoint),
            reason: error.to_string(),
        }
    }
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key, without_nulls(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

fn unreachable(call: &Call<'_>, source: ureq::Error) -> Error {
    Error::Unreachable {
        call: call.name(),
        source: Box::new(source),
    }
}

/// How long the server asks to be left alone, in seconds; a date is not understood.
fn retry_after(response: &Response<Body>) -> Option<Duration> {
    let text = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}

fn is_page(response: &Response<Body>) -> bool {
    response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("text/html"))
}

/// What was found in place of an answer, if it is a page for people: proxies in front of the server answer with one.
fn login_page(response: &Response<Body>, any_content: bool) -> Option<String> {
    if response.status().is_redirection() && response.status() != StatusCode::NOT_MODIFIED {
        let to = response.headers().get(header::LOCATION);
        let to = to
            .and_then(|to| to.to_str().ok())
            .unwrap_or("another address");
        // The query of a login address may hold a token.
        let to = to.split('?').next().unwrap_or_default();
        return Some(format!("a redirect to {to}"));
    }
    let is_login = !any_content && is_page(response) && response.status().is_success();
    is_login.then(|| "a web page".to_owned())
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
