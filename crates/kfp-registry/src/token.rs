//! Tokens: fetched from the realm a challenge names, with a login or, for identity tokens, with the token in a form.
//!
//! A login goes only to a realm within [`crate::location::Limits`], and to no host that one redirects to.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use ureq::http::{HeaderValue, Method};

use crate::challenge::Scopes;
use crate::http::Http;
use crate::location::Origin;
use crate::peer::Peer;
use crate::request::Request;
use crate::response::Response;
use crate::{Body, Login, Result, Secret};

const TOKEN_LIMIT: u64 = 64 * 1024;
/// A token that expires this soon is no longer used.
const MARGIN: Duration = Duration::from_secs(5);
const DEFAULT_LIFE: u64 = 60;
const MAX_REDIRECTS: usize = 3;
const REQUEST: &str = "the token request";

/// A registry token, ready to be sent.
pub(crate) struct Token {
    pub(crate) header: HeaderValue,
    expires: Instant,
    pub(crate) scopes: Scopes,
}

impl Token {
    pub(crate) fn serves(&self, need: &Scopes) -> bool {
        self.expires > Instant::now() + MARGIN && self.scopes.covers(need)
    }
}

fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

pub(crate) fn basic(user: &str, password: &Secret) -> HeaderValue {
    let encoded = STANDARD.encode(format!("{user}:{}", password.expose()));
    sensitive(&format!("Basic {encoded}")).expect("base64 is a valid header")
}

pub(crate) fn bearer(token: &Secret) -> Option<HeaderValue> {
    sensitive(&format!("Bearer {}", token.expose()))
}

/// A request for a token.
pub(crate) struct TokenRequest<'a> {
    pub(crate) http: &'a Http,
    pub(crate) peer: &'a Peer,
    pub(crate) realm: &'a str,
    pub(crate) service: Option<&'a str>,
    pub(crate) scopes: Scopes,
}

impl TokenRequest<'_> {
    /// The token; nothing if the server refuses the login, or wants one.
    pub(crate) fn send(self, login: Option<&Login>) -> Result<Option<Token>> {
        let now = Instant::now();
        let mut response = match login {
            Some(Login::IdentityToken { user, token }) => {
                let response = self.post(token)?;
                // Servers without the OAuth2 flow take the same token as a password.
                if matches!(response.status, 404 | 405) {
                    self.get(Some(&basic(user, token)))?
                } else {
                    response
                }
            }
            Some(Login::Password { user, password }) => self.get(Some(&basic(user, password)))?,
            Some(Login::RegistryToken(_)) | None => self.get(None)?,
        };
        if matches!(response.status, 400 | 401 | 403) {
            return Ok(None);
        }
        response = response.expect(&[200])?;
        let body: TokenBody = response.json(TOKEN_LIMIT)?;
        let mut tokens = body
            .token
            .into_iter()
            .chain(body.access_token)
            .filter(|token| !token.is_empty());
        let header = tokens.next().and_then(|token| bearer(&Secret::new(token)));
        let header = header.ok_or_else(|| response.unusable("no token in it"))?;
        let life = Duration::from_secs(body.expires_in.unwrap_or(DEFAULT_LIFE).min(24 * 60 * 60));
        Ok(Some(Token {
            header,
            expires: now + life,
            scopes: self.scopes,
        }))
    }

    fn get(&self, authorization: Option<&HeaderValue>) -> Result<Response> {
        let limits = self.http.limits(&self.peer.origin);
        let mut uri = limits.realm(self.realm)?;
        let parameters = self
            .service
            .map(|service| ("service", service.to_owned()))
            .into_iter();
        let query = encode(parameters.chain(self.scopes.texts().map(|scope| ("scope", scope))));
        let separator = if uri.query().is_some() { '&' } else { '?' };
        uri = limits.realm(&format!("{uri}{separator}{query}"))?;
        let first = Origin::of(&uri);
        let mut hops = 0;
        loop {
            let request = Request::new(Method::GET, uri.clone(), REQUEST);
            let authorization = authorization.filter(|_| Origin::of(&uri) == first);
            let response = self
                .http
                .exchange(&self.peer.image, &request, authorization)?;
            let Some(location) = response.redirect() else {
                return Ok(response);
            };
            if hops == MAX_REDIRECTS {
                return Err(response.unusable("it redirects in circles"));
            }
            hops += 1;
            uri = limits.follow(&uri, location)?;
            response.drain();
        }
    }

    fn post(&self, identity: &Secret) -> Result<Response> {
        let uri = self.http.limits(&self.peer.origin).realm(self.realm)?;
        let scope = self.scopes.texts().collect::<Vec<_>>().join(" ");
        let form = encode([
            ("grant_type", "refresh_token".to_owned()),
            ("service", self.service.unwrap_or_default().to_owned()),
            ("scope", scope),
            ("client_id", "kfp-comp".to_owned()),
            ("refresh_token", identity.expose().to_owned()),
        ]);
        let content = Body::Bytes(form.as_bytes());
        let request = Request::new(Method::POST, uri, REQUEST);
        let request = request.body("application/x-www-form-urlencoded", content);
        self.http.exchange(&self.peer.image, &request, None)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_proves_who_we_are_does_not_show_in_a_log_of_headers() {
        let secret = Secret::new("s3cret");
        for header in [basic("ann", &secret), bearer(&secret).unwrap()] {
            assert_eq!(format!("{header:?}"), "Sensitive");
        }
    }
}
