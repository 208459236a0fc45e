//! The client: one for all registries, shared between threads, cloned for the price of a pointer.
//! It asks nothing it need not know: no ping, no request before the one that matters, no token fetched twice.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ureq::http::Method;

use crate::auth::Auth;
use crate::challenge::{Challenge, Scopes};
use crate::http::Http;
use crate::location::{self, Origin};
use crate::reference::hub_alias;
use crate::request::Request;
use crate::response::Response;
use crate::retry::Retry;
use crate::{Credentials, Error, Reference, Result};

const MAX_REDIRECTS: usize = 5;
pub(crate) const PULL: &str = "pull";
pub(crate) const PUSH: &str = "pull,push";

/// Talks to registries. Every call retries what may pass by itself.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    http: Http,
    auth: Auth,
    retry: Retry,
    push: bool,
}

/// Settings of a [`Client`].
#[must_use]
pub struct Builder {
    credentials: Credentials,
    https: BTreeMap<String, bool>,
    ca_file: Option<PathBuf>,
    timeout: Duration,
    retry: Retry,
    push: bool,
}

impl Builder {
    /// Looks logins up there instead of where docker and podman keep them.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = credentials;
        self
    }

    /// Speaks http to this registry. Without it, only to this machine.
    pub fn insecure(mut self, registry: &str) -> Self {
        self.https.insert(hub_alias(registry), false);
        self
    }

    /// Speaks https to this registry although it is on this machine.
    pub fn secure(mut self, registry: &str) -> Self {
        self.https.insert(hub_alias(registry), true);
        self
    }

    /// Trusts the certificates in this PEM file beside the system's.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// Asks for push rights with the first token, so that a publish needs one token and not two.
    pub fn for_push(mut self) -> Self {
        self.push = true;
        self
    }

    /// Timeout for connecting and for each read or write. Default: 60 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Maximum number of attempts at each request. Default: 5.
    pub fn max_attempts(mut self, max_attempts: u32) -> Self {
        self.retry.max_attempts = max_attempts;
        self
    }

    /// Called before each retry with the pause to make and the error. Default: sleep for the pause.
    pub fn wait(mut self, wait: impl Fn(Duration, &Error) + Send + Sync + 'static) -> Self {
        self.retry.wait = Arc::new(wait);
        self
    }

    /// The client.
    pub fn build(self) -> Result<Client> {
        let http = Http::new(self.https, self.ca_file.as_deref(), self.timeout)?;
        let auth = Auth::new(self.credentials);
        Ok(Client {
            inner: Arc::new(Inner {
                http,
                auth,
                retry: self.retry,
                push: self.push,
            }),
        })
    }
}

impl Client {
    /// A client with the logins of this machine, for reading; see [`Builder`].
    pub fn builder() -> Builder {
        Builder {
            credentials: Credentials::from_env(),
            https: BTreeMap::new(),
            ca_file: None,
            timeout: Duration::from_secs(60),
            retry: Retry::default(),
            push: false,
        }
    }

    pub(crate) fn retrying<T>(&self, attempt: impl FnMut() -> Result<T>) -> Result<T> {
        self.inner.retry.run(attempt)
    }

    /// A request for `path` below the image's repository.
    pub(crate) fn request<'a>(
        &self,
        method: Method,
        image: &Reference,
        path: &str,
    ) -> Result<Request<'a>> {
        let place = path.split('?').next().unwrap_or_default();
        let name = format!("{method} {place} of {}", image.repository());
        Ok(Request::new(
            method,
            self.inner.http.url(image, path)?,
            name,
        ))
    }

    pub(crate) fn origin(&self, image: &Reference) -> Result<Origin> {
        self.inner.http.origin(image)
    }

    /// Sends `call`, proving who we are if it goes to the registry itself. Never returns the registry's own 401.
    pub(crate) fn send(
        &self,
        image: &Reference,
        request: &Request,
        need: &Scopes,
    ) -> Result<Response> {
        let Inner { http, auth, .. } = &*self.inner;
        if Origin::of(&request.uri) != http.origin(image)? {
            return http.exchange(image, request, None);
        }
        let sent = auth.ready(http, image, need)?;
        let response = http.exchange(image, request, sent.as_ref())?;
        if response.status != 401 {
            return Ok(response);
        }
        let challenge = Challenge::of(&response.headers);
        response.drain();
        let challenge = challenge.ok_or_else(|| auth.refusal(image))?;
        let proof = auth.response(http, image, challenge, need, sent.as_ref())?;
        let response = http.exchange(image, request, Some(&proof))?;
        if response.status == 401 {
            Err(auth.refusal(image))
        } else {
            Ok(response)
        }
    }

    /// Sends a call that writes.
    pub(crate) fn write(&self, image: &Reference, request: &Request) -> Result<Response> {
        self.send(
            image,
            request,
            &Scopes::repository(image.repository(), PUSH),
        )
    }

    /// Sends a call that only reads, following redirects.
    pub(crate) fn read(&self, image: &Reference, mut request: Request) -> Result<Response> {
        let need = Scopes::repository(
            image.repository(),
            if self.inner.push { PUSH } else { PULL },
        );
        let registry = self.origin(image)?;
        let mut hops = 0;
        loop {
            let response = self.send(image, &request, &need)?;
            let Some(location) = response.redirect() else {
                return Ok(response);
            };
            if hops == MAX_REDIRECTS {
                return Err(response.unusable("it redirects in circles"));
            }
            hops += 1;
            request.uri = location::follow(&registry, &request.uri, location)?;
            response.drain();
        }
    }
}
