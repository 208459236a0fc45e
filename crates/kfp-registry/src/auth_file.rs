//! One `config.json` or `auth.json`: its entries, and the helpers it names.
//!
//! It is read as leniently as docker reads it, and an entry that cannot be used stops only its own host. Errors say where, or
//! which helper; never what it said.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::auth_key::candidates;
use crate::credential_helper::ask;
use crate::{Error, Login, Reference, Result, Secret};

/// The user name that says: the secret is an identity token.
const TOKEN_USER: &str = "<token>";

pub(crate) struct AuthFile {
    /// What errors call it.
    place: String,
    content: Content,
}

/// Values are read one by one, when they are needed.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Content {
    #[serde(deserialize_with = "lenient")]
    auths: BTreeMap<String, Value>,
    #[serde(deserialize_with = "lenient")]
    creds_store: String,
    #[serde(deserialize_with = "lenient")]
    cred_helpers: BTreeMap<String, Value>,
}

/// An entry below `auths`. Go, which writes these files, writes and reads null for what is not there.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    #[serde(deserialize_with = "lenient")]
    auth: String,
    #[serde(deserialize_with = "lenient")]
    username: String,
    #[serde(deserialize_with = "lenient")]
    password: String,
    #[serde(deserialize_with = "lenient")]
    identitytoken: String,
    #[serde(deserialize_with = "lenient")]
    registrytoken: String,
}

fn lenient<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl AuthFile {
    /// The file at `path`, if there is one.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>> {
        match fs::read(path) {
            Ok(text) => Self::parse(&path.display().to_string(), &text).map(Some),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                Ok(None)
            }
            Err(source) => Err(Error::file(path, source)),
        }
    }

    /// The text of such a file. An empty one, as Docker Desktop may leave behind, holds nothing.
    pub(crate) fn parse(place: &str, text: &[u8]) -> Result<Self> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let content = if text.trim_ascii().is_empty() {
            Some(Content::default())
        } else {
            // serde's own message may quote a password.
            serde_json::from_slice(text).map_err(|error| Error::CredentialFile {
                place: place.to_owned(),
                reason: format!(
                    "line {}, column {} is not what docker writes",
                    error.line(),
                    error.column()
                ),
            })?
        };
        Ok(Self {
            place: place.to_owned(),
            content: content.unwrap_or_default(),
        })
    }

    /// The login for an image: from the registry's own helper, from an entry, from the helper for all others. With an empty
    /// helper of its own, a registry has no helper at all.
    pub(crate) fn login(
        &self,
        image: &Reference,
        path: Option<&OsString>,
    ) -> Result<Option<Login>> {
        let own = candidates(&self.content.cred_helpers, image)
            .into_iter()
            .find(|helper| !helper.is_null());
        let (own, store) = match own {
            Some(helper) => (self.helper(helper)?, ""),
            None => ("", self.content.creds_store.trim()),
        };
        let mut problem = None;
        let mut keep = |found: Result<Option<Login>>| match found {
            Ok(login) => login,
            Err(error) => {
                problem.get_or_insert(error);
                None
            }
        };
        let from_helper = |helper: &str| match helper {
            "" => Ok(None),
            helper => ask(helper, image.registry(), path),
        };
        let mut login = keep(from_helper(own));
        for entry in candidates(&self.content.auths, image) {
            login = login.or_else(|| keep(self.entry(entry)));
        }
        login = login.or_else(|| keep(from_helper(store)));
        match (login, problem) {
            (None, Some(problem)) => Err(problem),
            (login, _) => Ok(login),
        }
    }

    fn helper<'a>(&self, value: &'a Value) -> Result<&'a str> {
        let name = value.as_str().map(str::trim);
        name.ok_or_else(|| self.unusable("a helper is not a name"))
    }

    /// An empty entry is normal: it says that a helper keeps the login.
    fn entry(&self, entry: &Value) -> Result<Option<Login>> {
        let entry: Option<Entry> = serde_json::from_value(entry.clone())
            .map_err(|_| self.unusable("an entry is not what docker writes"))?;
        let entry = entry.unwrap_or_default();
        if !entry.registrytoken.is_empty() {
            return Ok(Some(Login::RegistryToken(Secret::new(entry.registrytoken))));
        }
        let (mut user, mut password) = (entry.username, entry.password);
        if !entry.auth.is_empty() {
            match decode(&entry.auth) {
                Some(decoded) => (user, password) = decoded,
                None if user.is_empty() && entry.identitytoken.is_empty() => {
                    return Err(self.unusable("an `auth` is not base64 of user:password"));
                }
                None => {}
            }
        }
        Ok(if !entry.identitytoken.is_empty() {
            Some(Login::IdentityToken {
                user,
                token: Secret::new(entry.identitytoken),
            })
        } else if user.is_empty() && password.is_empty() {
            None
        } else {
            Some(login(user, password))
        })
    }

    fn unusable(&self, reason: &str) -> Error {
        Error::CredentialFile {
            place: self.place.clone(),
            reason: reason.to_owned(),
        }
    }
}

/// A user and a secret, which is an identity token if the user's name says so.
pub(crate) fn login(user: String, secret: String) -> Login {
    let secret = Secret::new(secret);
    if user == TOKEN_USER {
        Login::IdentityToken {
            user,
            token: secret,
        }
    } else {
        Login::Password {
            user,
            password: secret,
        }
    }
}

fn decode(auth: &str) -> Option<(String, String)> {
    let lenient =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    // What `base64` prints has line breaks.
    let auth: String = auth.split_whitespace().collect();
    let bytes = GeneralPurpose::new(&STANDARD, lenient).decode(auth).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (user, password) = text.split_once(':')?;
    // Old docker clients pad the password with zero bytes.
    Some((user.to_owned(), password.trim_matches('\0').to_owned()))
}
