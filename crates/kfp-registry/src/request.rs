//! A request, described so that it can be sent more than once.

use ureq::http::header::{CONTENT_TYPE, HeaderName};
use ureq::http::{HeaderMap, HeaderValue, Method, Uri};

use crate::body::Body;

/// A request that can be repeated.
#[derive(Clone)]
pub(crate) struct Request<'a> {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Body<'a>>,
    /// Called with the number of bytes of the body sent so far.
    pub(crate) progress: &'a dyn Fn(u64),
    /// What error messages call the request. It holds no secret and no full URL.
    pub(crate) name: String,
}

impl<'a> Request<'a> {
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

    /// Adds an empty body: some servers insist on a `Content-Length`.
    pub(crate) fn empty_body(mut self) -> Self {
        self.body = Some(Body::Bytes(&[]));
        self
    }

    /// Adds a body of that media type.
    pub(crate) fn body(mut self, media_type: &str, body: Body<'a>) -> Self {
        if let Ok(media_type) = HeaderValue::from_str(media_type) {
            self.headers.insert(CONTENT_TYPE, media_type);
        }
        self.body = Some(body);
        self
    }
}
