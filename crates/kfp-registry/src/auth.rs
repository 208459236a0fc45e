//! Proving who we are: challenges answered, tokens fetched, kept until they expire, and fetched again.
//! What a registry refuses twice is not tried a third time.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ureq::http::HeaderValue;

use crate::challenge::{Challenge, Scopes};
use crate::http::Http;
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
    tokens: HashMap<String, Token>,
    logins: HashMap<String, Option<Login>>,
}

impl Auth {
    pub(crate) fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            registries: Mutex::default(),
        }
    }

    /// What to send without being asked: nothing until the registry has asked once.
    pub(crate) fn ready(
        &self,
        http: &Http,
        image: &Reference,
        need: &Scopes,
    ) -> Result<Option<HeaderValue>> {
        let mut registries = self.lock();
        let registry = registries.entry(image.registry().to_owned()).or_default();
        match registry.challenge.clone() {
            None => Ok(None),
            Some(challenge) => registry
                .header(&self.credentials, http, image, &challenge, need)
                .map(Some),
        }
    }

    /// The response to `challenge`, which came although `sent` was sent.
    pub(crate) fn response(
        &self,
        http: &Http,
        image: &Reference,
        challenge: Challenge,
        need: &Scopes,
        sent: Option<&HeaderValue>,
    ) -> Result<HeaderValue> {
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
        let header = registry.header(&self.credentials, http, image, &challenge, &need)?;
        if sent == Some(&header) {
            Err(registry.refusal(image))
        } else {
            Ok(header)
        }
    }

    /// The registry will not have us, whatever we send.
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
    fn refusal(&self, image: &Reference) -> Error {
        Error::refusal(
            image,
            self.logins
                .get(image.repository())
                .is_some_and(Option::is_some),
        )
    }

    fn login(&mut self, credentials: &Credentials, image: &Reference) -> Result<Option<Login>> {
        if let Some(known) = self.logins.get(image.repository()) {
            return Ok(known.clone());
        }
        let login = credentials.login(image)?;
        self.logins
            .insert(image.repository().to_owned(), login.clone());
        Ok(login)
    }

    fn header(
        &mut self,
        credentials: &Credentials,
        http: &Http,
        image: &Reference,
        challenge: &Challenge,
        need: &Scopes,
    ) -> Result<HeaderValue> {
        if let Some(token) = self
            .tokens
            .get(image.repository())
            .filter(|token| token.serves(need))
        {
            return Ok(token.header.clone());
        }
        let login = self.login(credentials, image)?;
        match (challenge, login) {
            (Challenge::Basic, Some(Login::Password { user, password })) => {
                Ok(basic(&user, &password))
            }
            (Challenge::Basic, None) => Err(Error::refusal(image, false)),
            (_, Some(Login::RegistryToken(token))) => {
                bearer(&token).ok_or_else(|| Error::refusal(image, true))
            }
            (Challenge::Basic, Some(Login::IdentityToken { .. })) => {
                Err(Error::refusal(image, true))
            }
            (Challenge::Bearer { realm, service, .. }, login) => {
                let kept = self
                    .tokens
                    .get(image.repository())
                    .map(|token| token.scopes.clone());
                let scopes = need.clone().and(&kept.unwrap_or_default());
                let request = TokenRequest {
                    http,
                    image,
                    realm,
                    service: service.as_deref(),
                    scopes,
                };
                let token = request.send(login.as_ref())?;
                let header = token.header.clone();
                self.tokens.insert(image.repository().to_owned(), token);
                Ok(header)
            }
        }
    }
}
