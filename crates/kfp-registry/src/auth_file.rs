//! One `config.json` or `auth.json`: its entries, and the helpers it names.
//! Errors say where in the file, or which helper; never what it said.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;

use crate::reference::hub_alias;
use crate::{Error, Login, Reference, Result, Secret};

/// The user name that says: the secret is an identity token.
const TOKEN_USER: &str = "<token>";
/// What helpers know Docker Hub by.
const HUB_KEY: &str = "https://index.docker.io/v1/";

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct AuthFile {
    #[serde(skip)]
    path: PathBuf,
    auths: BTreeMap<String, Entry>,
    creds_store: Option<String>,
    cred_helpers: BTreeMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
    registrytoken: String,
}

impl AuthFile {
    pub(crate) fn read(path: &Path) -> Result<Option<Self>> {
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                return Ok(None);
            }
            Err(source) => return Err(Error::file(path, source)),
        };
        // serde's own message may quote a password.
        let file = serde_json::from_slice(&text).map_err(|error| Error::CredentialFile {
            path: path.to_owned(),
            reason: format!(
                "line {}, column {} is not what docker writes",
                error.line(),
                error.column()
            ),
        })?;
        Ok(Some(Self {
            path: path.to_owned(),
            ..file
        }))
    }

    /// The login for an image: of the registry's own helper, of an entry, of the helper for all others.
    pub(crate) fn login(
        &self,
        image: &Reference,
        path: Option<&OsString>,
    ) -> Result<Option<Login>> {
        if let Some(helper) = best(&self.cred_helpers, image) {
            return ask(helper, image.registry(), path);
        }
        if let Some(entry) = best(&self.auths, image)
            && let Some(login) = self.entry(entry)?
        {
            return Ok(Some(login));
        }
        self.creds_store
            .as_deref()
            .filter(|helper| !helper.is_empty())
            .map_or(Ok(None), |helper| ask(helper, image.registry(), path))
    }

    /// An empty entry is normal: it says that a helper keeps the login.
    fn entry(&self, entry: &Entry) -> Result<Option<Login>> {
        let (mut user, mut password) = (entry.username.clone(), entry.password.clone());
        if !entry.auth.is_empty() {
            (user, password) = decode(&entry.auth).ok_or_else(|| Error::CredentialFile {
                path: self.path.clone(),
                reason: "an `auth` is not base64 of user:password".to_owned(),
            })?;
        }
        Ok(if !entry.registrytoken.is_empty() {
            Some(Login::RegistryToken(Secret::new(&entry.registrytoken)))
        } else if !entry.identitytoken.is_empty() {
            Some(Login::IdentityToken {
                user,
                token: Secret::new(&entry.identitytoken),
            })
        } else if user.is_empty() && password.is_empty() {
            None
        } else {
            Some(login(user, password))
        })
    }
}

fn login(user: String, secret: String) -> Login {
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
    let bytes = GeneralPurpose::new(&STANDARD, lenient)
        .decode(auth.trim())
        .ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (user, password) = text.split_once(':')?;
    // Old docker clients pad the password with zero bytes.
    Some((user.to_owned(), password.trim_end_matches('\0').to_owned()))
}

/// The value whose key names this image's registry, or the longest path to its repository.
fn best<'a, T>(map: &'a BTreeMap<String, T>, image: &Reference) -> Option<&'a T> {
    let name = image.without_version().to_string();
    let prefix = |key: &str| {
        name.strip_prefix(key)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    map.iter()
        .map(|(key, value)| (normal(key), key.as_str() == image.registry(), value))
        .filter(|(key, _, _)| prefix(key))
        .max_by_key(|(key, exact, _)| (key.len(), *exact))
        .map(|(_, _, value)| value)
}

/// `https://index.docker.io/v1/` and `docker.io` are one registry; a path counts only in podman's plain keys.
fn normal(key: &str) -> String {
    let plain = key
        .strip_prefix("https://")
        .or_else(|| key.strip_prefix("http://"));
    let key = match plain {
        Some(url) => url.split('/').next().unwrap_or_default(),
        None => key.trim_end_matches('/'),
    };
    match key.split_once('/') {
        Some((host, "v1" | "v2")) => hub_alias(host),
        Some((host, path)) => format!("{}/{path}", hub_alias(host)),
        None => hub_alias(key),
    }
}

/// Asks `docker-credential-<helper>`. That it has no login is a miss, not an error.
fn ask(helper: &str, registry: &str, path: Option<&OsString>) -> Result<Option<Login>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Response {
        username: String,
        secret: String,
    }
    let program = format!("docker-credential-{helper}");
    let host = if registry == "docker.io" {
        HUB_KEY
    } else {
        registry
    };
    // What a helper prints may be the secret, so no output of it enters the error.
    let failed = |reason: &str| Error::CredentialHelper {
        program: program.clone(),
        host: host.to_owned(),
        reason: reason.to_owned(),
    };
    let mut command = Command::new(&program);
    command
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(path) = path {
        command.env("PATH", path);
    }
    let mut child = command
        .spawn()
        .map_err(|error| failed(&format!("cannot be started ({})", error.kind())))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A helper that ends without reading speaks through its exit status.
        let _closed = stdin.write_all(host.as_bytes());
    }
    let output = child.wait_with_output().map_err(|_| failed("was lost"))?;
    if !output.status.success() {
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).to_ascii_lowercase();
        let miss =
            said.contains("credentials not found") || said.contains("not found in native keychain");
        return if miss {
            Ok(None)
        } else {
            Err(failed(&format!("failed ({})", output.status)))
        };
    }
    let answer: Response = serde_json::from_slice(&output.stdout)
        .map_err(|_| failed("gave no username and secret"))?;
    Ok(Some(login(answer.username, answer.secret)))
}
