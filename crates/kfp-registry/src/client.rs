//! The client: one for all registries, shared between threads, cloned for the price of a pointer.
//! It asks nothing it need not know: no ping, no request before the one that matters, no token fetched twice.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ureq::http::Method;

use crate::answer::Answer;
use crate::auth::Auth;
use crate::challenge::{Challenge, Scopes};
use crate::http::{Call, Http};
use crate::location::{self, Origin};
use crate::reference::hub_alias;
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
    patience: Duration,
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

    /// How long to wait for a connection and for each read and write: a minute unless said.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How often to try in all: 5 unless said.
    pub fn tries(mut self, tries: u32) -> Self {
        self.retry.tries = tries;
        self
    }

    /// What to do between two tries, given the pause and what went wrong: sleep unless said.
    pub fn wait(mut self, wait: impl Fn(Duration, &Error) + Send + Sync + 'static) -> Self {
        self.retry.wait = Arc::new(wait);
        self
    }

    /// The client.
    pub fn build(self) -> Result<Client> {
        let http = Http::new(self.https, self.ca_file.as_deref(), self.patience)?;
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
            patience: Duration::from_secs(60),
            retry: Retry::default(),
            push: false,
        }
    }

    pub(crate) fn retrying<T>(&self, attempt: impl FnMut() -> Result<T>) -> Result<T> {
        self.inner.retry.run(attempt)
    }

    /// A request for `path` below the image's repository.
    pub(crate) fn call<'a>(
        &self,
        method: Method,
        image: &Reference,
        path: &str,
    ) -> Result<Call<'a>> {
        let place = path.split('?').next().unwrap_or_default();
        let name = format!("{method} {place} of {}", image.repository());
        Ok(Call::new(method, self.inner.http.url(image, path)?, name))
    }

    pub(crate) fn origin(&self, image: &Reference) -> Result<Origin> {
        self.inner.http.origin(image)
    }

    /// Sends `call`, proving who we are if it goes to the registry itself. Never returns the registry's own 401.
    pub(crate) fn send(&self, image: &Reference, call: &Call, need: &Scopes) -> Result<Answer> {
        let Inner { http, auth, .. } = &*self.inner;
        if Origin::of(&call.uri) != http.origin(image)? {
            return http.exchange(image, call, None);
        }
        let sent = auth.ready(http, image, need)?;
        let answer = http.exchange(image, call, sent.as_ref())?;
        if answer.status != 401 {
            return Ok(answer);
        }
        let challenge = Challenge::of(&answer.headers);
        answer.drain();
        let challenge = challenge.ok_or_else(|| auth.refusal(image))?;
        let proof = auth.answer(http, image, challenge, need, sent.as_ref())?;
        let answer = http.exchange(image, call, Some(&proof))?;
        if answer.status == 401 {
            Err(auth.refusal(image))
        } else {
            Ok(answer)
        }
    }

    /// Sends a call that writes.
    pub(crate) fn write(&self, image: &Reference, call: &Call) -> Result<Answer> {
        self.send(image, call, &Scopes::repository(image.repository(), PUSH))
    }

    /// Sends a call that only reads, following redirects.
    pub(crate) fn read(&self, image: &Reference, mut call: Call) -> Result<Answer> {
        let need = Scopes::repository(
            image.repository(),
            if self.inner.push { PUSH } else { PULL },
        );
        let registry = self.origin(image)?;
        let mut hops = 0;
        loop {
            let answer = self.send(image, &call, &need)?;
            let Some(location) = answer.redirect() else {
                return Ok(answer);
            };
            if hops == MAX_REDIRECTS {
                return Err(answer.unusable("it redirects in circles"));
            }
            hops += 1;
            call.uri = location::follow(&registry, &call.uri, location)?;
            answer.drain();
        }
    }
}
