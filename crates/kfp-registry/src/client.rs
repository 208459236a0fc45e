//! The client: one for all registries, shared between threads, cheap to clone.
//!
//! It asks nothing that it need not know: no ping, no request before the one that matters, no token fetched twice.

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use kfp_http::Network;
use ureq::http::{Method, Uri};

use crate::auth::Auth;
use crate::certs_d;
use crate::challenge::{Challenge, Scopes};
use crate::http::{Http, Settings};
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
    network: Network,
    certificates: Vec<PathBuf>,
    timeout: Duration,
    retry: Retry,
    push: bool,
}

impl Builder {
    /// Looks for logins there instead of where docker and podman keep them.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = credentials;
        self
    }

    /// Uses plain http for this registry, `host` or `host:port`. Another registry may point to this host.
    pub fn insecure(mut self, registry: &str) -> Self {
        self.https.insert(hub_alias(registry), false);
        self
    }

    /// Uses https for this registry, even on this machine. Without it, a registry on this machine is reached by http unless
    /// it turns out to speak TLS. Another registry may point to this host.
    pub fn secure(mut self, registry: &str) -> Self {
        self.https.insert(hub_alias(registry), true);
        self
    }

    /// Trusts the certificates in this PEM file, besides the platform's.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.network = self.network.with_ca_file(path);
        self
    }

    /// Reaches servers this way instead of as the environment asks for.
    pub fn network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }

    /// Looks for the certificates of single registries in these folders instead of in the `certs.d` of docker and podman.
    /// Each has a subfolder per registry, named `host` or `host:port`.
    pub fn certificate_folders(mut self, folders: Vec<PathBuf>) -> Self {
        self.certificates = folders;
        self
    }

    /// Asks for push rights with the first token, so that publishing needs one token and not two.
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

    /// Makes the client. No request is sent.
    ///
    /// # Errors
    /// [`Error::Network`] if a file of certificates cannot be used.
    pub fn build(self) -> Result<Client> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let http = Http::new(Settings {
            network: self.network.with_crypto_provider(provider),
            certificates: self.certificates,
            https: self.https,
            timeout: self.timeout,
        })?;
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
    /// Settings for a client that reads, with the logins, proxies and certificates of this machine.
    pub fn builder() -> Builder {
        Builder {
            credentials: Credentials::from_env(),
            https: BTreeMap::new(),
            network: Network::from_env(),
            certificates: certs_d::folders(|name| env::var_os(name)),
            timeout: Duration::from_secs(60),
            retry: Retry::default(),
            push: false,
        }
    }

    pub(crate) fn retrying<T>(&self, attempt: impl FnMut() -> Result<T>) -> Result<T> {
        self.inner.retry.run(attempt, Error::is_transient)
    }

    /// Tries again also where a large registry does not know yet what it was given a moment ago.
    pub(crate) fn patiently<T>(&self, attempt: impl FnMut() -> Result<T>) -> Result<T> {
        let may_pass = |error: &Error| error.is_transient() || error.is_not_there_yet();
        self.inner.retry.run(attempt, may_pass)
    }

    /// A request for `path` below the image's repository.
    pub(crate) fn request<'a>(
        &self,
        method: Method,
        image: &Reference,
        path: &str,
    ) -> Result<Request<'a>> {
        let endpoint = path.split('?').next().unwrap_or_default();
        let name = format!("{method} {endpoint} of {}", image.repository());
        Ok(Request::new(
            method,
            self.inner.http.url(image, path)?,
            name,
        ))
    }

    /// Resolves a `Location` that came in `response`, if it is safe to go there on behalf of `image`.
    pub(crate) fn follow(
        &self,
        image: &Reference,
        response: &Response,
        location: &str,
    ) -> Result<Uri> {
        let http = &self.inner.http;
        let origin = http.origin(image)?;
        http.limits(&origin).follow(&response.uri, location)
    }

    /// Sends a request, with a login if it goes to a registry that asks for one. Never returns a registry's own 401.
    pub(crate) fn send(
        &self,
        image: &Reference,
        request: &Request,
        need: &Scopes,
    ) -> Result<Response> {
        let Inner { http, auth, .. } = &*self.inner;
        let Some(peer) = http.peer(image, &request.uri)? else {
            return http.exchange(image, request, None);
        };
        let need = need
            .clone()
            .renamed(image.repository(), peer.image.repository());
        let sent = auth.header(http, &peer, &need)?;
        let response = http.exchange(&peer.image, request, sent.as_ref())?;
        if response.status != 401 {
            return Ok(response);
        }
        let challenge = Challenge::of(&response.headers);
        response.drain();
        let challenge = challenge.ok_or_else(|| auth.refusal(&peer.image))?;
        let proof = auth.meet(http, &peer, challenge, &need, sent.as_ref())?;
        let response = http.exchange(&peer.image, request, Some(&proof))?;
        if response.status == 401 {
            Err(auth.refusal(&peer.image))
        } else {
            Ok(response)
        }
    }

    /// Sends a request that writes, following redirects that keep its method: to the registry behind an alias.
    pub(crate) fn write(&self, image: &Reference, request: &Request) -> Result<Response> {
        let need = Scopes::repository(image.repository(), PUSH);
        self.sent_on(image, request.clone(), &need, |status| {
            matches!(status, 307 | 308)
        })
    }

    /// Sends a request that only reads, following redirects.
    pub(crate) fn read(&self, image: &Reference, request: Request) -> Result<Response> {
        let actions = if self.inner.push { PUSH } else { PULL };
        let need = Scopes::repository(image.repository(), actions);
        self.sent_on(image, request, &need, |_| true)
    }

    /// Sends a request and follows redirects of the statuses that `follows` accepts.
    fn sent_on(
        &self,
        image: &Reference,
        mut request: Request,
        need: &Scopes,
        follows: impl Fn(u16) -> bool,
    ) -> Result<Response> {
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send(image, &request, need)?;
            let location = response.redirect().filter(|_| follows(response.status));
            let Some(location) = location else {
                return Ok(response);
            };
            request.uri = self.follow(image, &response, location)?;
            response.drain();
        }
        Err(Error::Response {
            host: image.registry().to_owned(),
            request: request.name,
            reason: "it redirects in circles".to_owned(),
        })
    }
}
