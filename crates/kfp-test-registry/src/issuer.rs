//! A token server: checks the login, signs what was asked for, and remembers who asked for what.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use percent_encoding::percent_decode_str;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};

use super::{FaultServer, PASSWORD, Reply, Request, USER};

/// The identity token that stands for [`USER`].
pub const IDENTITY_TOKEN: &str = "an-identity-token";

/// Issues tokens a [`super::DockerRegistry`] believes.
pub struct TokenIssuer {
    server: FaultServer,
    certificate: String,
    life: Arc<Mutex<u64>>,
}

struct Signer {
    key: EcdsaKeyPair,
    certificate: String,
}

impl TokenIssuer {
    /// An issuer on loopback, whose tokens live five minutes.
    ///
    /// # Panics
    /// When there is no randomness to make a key from.
    pub fn start() -> Self {
        let made =
            rcgen::generate_simple_self_signed(vec!["tests".to_owned()]).expect("a certificate");
        let pkcs8 = made.signing_key.serialize_der();
        let key = EcdsaKeyPair::from_pkcs8(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            &pkcs8,
            &SystemRandom::new(),
        );
        let signer = Signer {
            key: key.expect("a key"),
            certificate: STANDARD.encode(made.cert.der()),
        };
        let life = Arc::new(Mutex::new(300));
        let current = Arc::clone(&life);
        let script = move |request: &Request| {
            let life = *current.lock().unwrap_or_else(PoisonError::into_inner);
            signer.answer(request, life)
        };
        Self {
            server: FaultServer::start(script),
            certificate: made.cert.pem(),
            life,
        }
    }

    /// The URL to ask for tokens.
    pub fn realm(&self) -> String {
        format!("http://{}/token", self.server.host())
    }

    /// The certificate the tokens are verified with, as PEM.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// From now on tokens end after so many seconds; the registry allows a minute beyond that.
    pub fn tokens_live(&self, seconds: u64) {
        *self.life.lock().unwrap_or_else(PoisonError::into_inner) = seconds;
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.server.requests()
    }
}

impl Signer {
    fn answer(&self, request: &Request, life: u64) -> Reply {
        let query = request
            .target
            .split_once('?')
            .map_or("", |(_, query)| query);
        let form = if request.method == "POST" {
            String::from_utf8_lossy(&request.body).into_owned()
        } else {
            query.to_owned()
        };
        let values = |name: &str| -> Vec<String> {
            let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
            let wanted = pairs.filter(|(key, _)| *key == name);
            wanted
                .map(|(_, value)| percent_decode_str(value).decode_utf8_lossy().into_owned())
                .collect()
        };
        let login = format!("Basic {}", STANDARD.encode(format!("{USER}:{PASSWORD}")));
        let known = match request.method.as_str() {
            "POST" => values("refresh_token") == [IDENTITY_TOKEN],
            _ => request
                .header("authorization")
                .is_none_or(|sent| sent == login),
        };
        if !known {
            return Reply::status(401);
        }
        let anonymous = request.method == "GET" && request.header("authorization").is_none();
        let scopes = values("scope").join(" ");
        let access: Vec<_> = scopes
            .split_whitespace()
            .filter_map(|scope| access(scope, anonymous))
            .collect();
        let token = self.sign(&access, life);
        Reply::status(200).body(json!({ "access_token": token, "expires_in": life }).to_string())
    }

    fn sign(&self, access: &[Value], life: u64) -> String {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let head = json!({ "typ": "JWT", "alg": "ES256", "x5c": [self.certificate] });
        let claims = json!({
            "iss": "tests", "sub": USER, "aud": "tests", "jti": "1",
            "iat": now, "nbf": now - 10, "exp": now + life, "access": access,
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(&head), part(&claims));
        let signature = self
            .key
            .sign(&SystemRandom::new(), text.as_bytes())
            .expect("a signature");
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// What is granted of `type:name:actions`: strangers may only pull.
fn access(scope: &str, anonymous: bool) -> Option<Value> {
    let (kind, rest) = scope.split_once(':')?;
    let (name, actions) = rest.rsplit_once(':')?;
    let granted: Vec<_> = actions
        .split(',')
        .filter(|action| !anonymous || *action == "pull")
        .collect();
    Some(json!({ "type": kind, "name": name, "actions": granted }))
}
