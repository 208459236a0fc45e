//! Proving who we are: challenges answered, tokens fetched, kept until they expire, and fetched again.
//! A login goes to the registry's own origin or to a realm that [`location::realm`] lets pass, and nowhere else.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use ureq::http::header::LOCATION;
use ureq::http::{HeaderValue, Method, Uri};

use crate::challenge::{Challenge, Scopes};
use crate::content::Content;
use crate::credentials::{Credentials, Login};
use crate::http::{Answer, Call, Http};
use crate::location::{self, Origin};
use crate::{Error, Reference, Result, Secret};

const TOKEN_LIMIT: u64 = 64 * 1024;
/// A token this close to its end is not used any more.
const MARGIN: Duration = Duration::from_secs(5);
const DEFAULT_LIFE: u64 = 60;
const MAX_REDIRECTS: usize = 3;

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

struct Token {
    header: HeaderValue,
    expires: Instant,
    scopes: Scopes,
}

impl Token {
    fn serves(&self, need: &Scopes) -> bool {
        self.expires > Instant::now() + MARGIN && self.scopes.covers(need)
    }
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

    /// The answer to `challenge`, which came although `sent` was sent.
    pub(crate) fn answer(
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
        refusal(
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
            (Challenge::Basic, None) => Err(refusal(image, false)),
            (_, Some(Login::RegistryToken(token))) => {
                bearer(token.expose()).ok_or_else(|| refusal(image, true))
            }
            (Challenge::Basic, Some(Login::IdentityToken { .. })) => Err(refusal(image, true)),
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

fn refusal(image: &Reference, with_login: bool) -> Error {
    let (host, scope) = (image.registry().to_owned(), image.repository().to_owned());
    if with_login {
        Error::LoginRefused { host, scope }
    } else {
        Error::LoginNeeded { host, scope }
    }
}

fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn basic(user: &str, password: &Secret) -> HeaderValue {
    let encoded = STANDARD.encode(format!("{user}:{}", password.expose()));
    sensitive(&format!("Basic {encoded}")).expect("base64 is a valid header")
}

fn bearer(token: &str) -> Option<HeaderValue> {
    sensitive(&format!("Bearer {token}"))
}

/// One visit to a token server.
struct TokenRequest<'a> {
    http: &'a Http,
    image: &'a Reference,
    realm: &'a str,
    service: Option<&'a str>,
    scopes: Scopes,
}

impl TokenRequest<'_> {
    fn send(self, login: Option<&Login>) -> Result<Token> {
        let now = Instant::now();
        let mut answer = match login {
            Some(Login::IdentityToken { user, token }) => {
                let answer = self.post(token)?;
                // Servers without the OAuth2 flow take the same token as a password.
                if matches!(answer.status, 404 | 405) {
                    self.get(Some(&basic(user, token)))?
                } else {
                    answer
                }
            }
            Some(Login::Password { user, password }) => self.get(Some(&basic(user, password)))?,
            Some(Login::RegistryToken(_)) | None => self.get(None)?,
        };
        match answer.status {
            200 => {}
            400 | 401 | 403 => return Err(refusal(self.image, login.is_some())),
            _ => return Err(answer.into_error(self.image)),
        }
        let body = answer.bytes(TOKEN_LIMIT)?;
        // What serde says about the body could quote the token.
        let body: TokenBody =
            serde_json::from_slice(&body).map_err(|_| answer.unusable("no token in it"))?;
        let token = body
            .token
            .into_iter()
            .chain(body.access_token)
            .find(|token| !token.is_empty());
        let header = token
            .as_deref()
            .and_then(bearer)
            .ok_or_else(|| answer.unusable("no token in it"))?;
        let life = Duration::from_secs(body.expires_in.unwrap_or(DEFAULT_LIFE).min(24 * 60 * 60));
        Ok(Token {
            header,
            expires: now + life,
            scopes: self.scopes,
        })
    }

    fn get(&self, authorization: Option<&HeaderValue>) -> Result<Answer> {
        let (registry, mut uri) = self.start()?;
        let parameters = self
            .service
            .map(|service| ("service", service.to_owned()))
            .into_iter();
        let query = encode(parameters.chain(self.scopes.texts().map(|scope| ("scope", scope))));
        let separator = if uri.query().is_some() { '&' } else { '?' };
        uri = location::realm(&registry, &format!("{uri}{separator}{query}"))?;
        let first = Origin::of(&uri);
        for _ in 0..=MAX_REDIRECTS {
            let call = Call::new(Method::GET, uri.clone(), "the token request");
            let authorization = authorization.filter(|_| Origin::of(&uri) == first);
            let answer = self
                .http
                .exchange(self.image.registry(), &call, authorization)?;
            let Some(location) = answer.header(LOCATION).filter(|_| answer.is_redirect()) else {
                return Ok(answer);
            };
            let next = location::follow(&registry, &uri, location)?;
            uri = location::realm(&registry, &next.to_string())?;
            answer.drain();
        }
        let host = self.image.registry().to_owned();
        let reason = "it redirects in circles".to_owned();
        Err(Error::Answer {
            host,
            request: "the token request".to_owned(),
            reason,
        })
    }

    fn post(&self, identity: &Secret) -> Result<Answer> {
        let (_, uri) = self.start()?;
        let scope = self.scopes.texts().collect::<Vec<_>>().join(" ");
        let form = encode([
            ("grant_type", "refresh_token".to_owned()),
            ("service", self.service.unwrap_or_default().to_owned()),
            ("scope", scope),
            ("client_id", "kfp-comp".to_owned()),
            ("refresh_token", identity.expose().to_owned()),
        ]);
        let content = Content::Bytes(form.as_bytes());
        let call = Call::new(Method::POST, uri, "the token request");
        let call = call.content("application/x-www-form-urlencoded", content);
        self.http.exchange(self.image.registry(), &call, None)
    }

    fn start(&self) -> Result<(Origin, Uri)> {
        let registry = Origin::of(&self.http.url(self.image, "")?);
        let uri = location::realm(&registry, self.realm)?;
        Ok((registry, uri))
    }
}

fn encode(pairs: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let encode = |(name, value): (_, String)| {
        format!("{name}={}", utf8_percent_encode(&value, NON_ALPHANUMERIC))
    };
    pairs.into_iter().map(encode).collect::<Vec<_>>().join("&")
}

#[derive(Deserialize)]
struct TokenBody {
    token: Option<String>,
    access_token: Option<String>,
    expires_in: Option<u64>,
}
