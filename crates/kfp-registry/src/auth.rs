//! Authentication: challenges met, tokens fetched, kept until they expire, and fetched again.
//!
//! What a registry refuses twice is not tried a third time. Each registry has its own state, also one that another registry
//! redirects to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ureq::http::HeaderValue;

use crate::challenge::{Challenge, Scopes};
use crate::http::Http;
use crate::peer::Peer;
use crate::token::{Token, TokenRequest, basic, bearer};
use crate::{Credentials, Error, Login, Reference, Result};

/// What is known about each registry; one lock, so that four uploads fetch one token.
pub(crate) struct Auth {
    credentials: Credentials,
    registries: Mutex<HashMap<String, Registry>>,
}

#[derive(Default)]
struct Registry {
    /// What the registry asked for last, without its scope.
    challenge: Option<Challenge>,
    /// By repository.
    tokens: HashMap<String, Token>,
    /// By repository.
    logins: HashMap<String, Found>,
}

/// A login, or why there may be none.
#[derive(Clone, Default)]
struct Found {
    login: Option<Login>,
    problem: Option<Arc<Error>>,
}

impl Auth {
    pub(crate) fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            registries: Mutex::default(),
        }
    }

    /// What to send without being asked: nothing until the registry has asked once.
    pub(crate) fn header(
        &self,
        http: &Http,
        peer: &Peer,
        need: &Scopes,
    ) -> Result<Option<HeaderValue>> {
        let mut registries = self.lock();
        let registry = registries
            .entry(peer.image.registry().to_owned())
            .or_default();
        match registry.challenge.clone() {
            None => Ok(None),
            Some(challenge) => registry
                .header(&self.credentials, http, peer, &challenge, need)
                .map(Some),
        }
    }

    /// The header that meets `challenge`, which came although `sent` was sent.
    pub(crate) fn meet(
        &self,
        http: &Http,
        peer: &Peer,
        challenge: Challenge,
        need: &Scopes,
        sent: Option<&HeaderValue>,
    ) -> Result<HeaderValue> {
        let image = &peer.image;
        let mut registries = self.lock();
        let registry = registries.entry(image.registry().to_owned()).or_default();
        let (challenge, need) = match challenge {
            Challenge::Basic => (Challenge::Basic, need.clone()),
            Challenge::Bearer {
                realm,
                service,
                scope,
            } => (
                Challenge::Bearer {
                    realm,
                    service,
                    scope: Scopes::default(),
                },
                scope.and(need),
            ),
        };
        registry.challenge = Some(challenge.clone());
        // Another thread may have fetched a new token meanwhile; the refused one is not used again.
        if let Some(token) = registry.tokens.get(image.repository())
            && sent == Some(&token.header)
        {
            registry.tokens.remove(image.repository());
        }
        let header = registry.header(&self.credentials, http, peer, &challenge, &need)?;
        if sent == Some(&header) {
            Err(registry.refusal(image))
        } else {
            Ok(header)
        }
    }

    /// The error for a registry that accepts nothing we have.
    pub(crate) fn refusal(&self, image: &Reference) -> Error {
        self.lock()
            .entry(image.registry().to_owned())
            .or_default()
            .refusal(image)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Registry>> {
        self.registries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Registry {
    /// A refusal means something else to a stranger than to someone with a login.
    fn refusal(&self, image: &Reference) -> Error {
        let (host, scope) = (image.registry().to_owned(), image.repository().to_owned());
        let found = self.logins.get(image.repository());
        let found = found.cloned().unwrap_or_default();
        if found.login.is_some() {
            Error::LoginRefused { host, scope }
        } else {
            let source = found.problem;
            Error::LoginNeeded {
                host,
                scope,
                source,
            }
        }
    }

    /// Looks a login up once. That a place cannot be read matters only if the registry wants a login.
    fn login(&mut self, credentials: &Credentials, image: &Reference) -> Option<Login> {
        let found = self
            .logins
            .entry(image.repository().to_owned())
            .or_insert_with(|| match credentials.login(image) {
                Ok(login) => Found {
                    login,
                    problem: None,
                },
                Err(problem) => Found {
                    login: None,
                    problem: Some(Arc::new(problem)),
                },
            });
        found.login.clone()
    }

    fn header(
        &mut self,
        credentials: &Credentials,
        http: &Http,
        peer: &Peer,
        challenge: &Challenge,
        need: &Scopes,
    ) -> Result<HeaderValue> {
        let image = &peer.image;
        let repository = image.repository();
        if let Some(token) = self
            .tokens
            .get(repository)
            .filter(|token| token.serves(need))
        {
            return Ok(token.header.clone());
        }
        let login = self.login(credentials, image);
        match (challenge, login) {
            (Challenge::Basic, Some(Login::Password { user, password })) => {
                Ok(basic(&user, &password))
            }
            (_, Some(Login::RegistryToken(token))) => {
                bearer(&token).ok_or_else(|| self.refusal(image))
            }
            (Challenge::Basic, Some(Login::IdentityToken { .. }) | None) => {
                Err(self.refusal(image))
            }
            (Challenge::Bearer { realm, service, .. }, login) => {
                let kept = self.tokens.get(repository);
                let kept = kept.map(|token| token.scopes.clone()).unwrap_or_default();
                let request = TokenRequest {
                    http,
                    peer,
                    realm,
                    service: service.as_deref(),
                    scopes: need.clone().and(&kept),
                };
                let token = request.send(login.as_ref())?;
                let token = token.ok_or_else(|| self.refusal(image))?;
                let header = token.header.clone();
                self.tokens.insert(repository.to_owned(), token);
                Ok(header)
            }
        }
    }
}
