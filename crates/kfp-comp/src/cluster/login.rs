//! How a profile logs in.

use std::{env, fmt, path::PathBuf};

use anyhow::{Result, bail};
use kfp_client::Auth;
use serde::{Deserialize, Serialize};

/// The variable that holds a password which is not stored.
const PASSWORD: &str = "KFP_COMP_PASSWORD";

/// How a profile logs in. Not `Debug` by derivation: it holds secrets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Login {
    /// A bearer token.
    Token { token: String },
    /// A file with a bearer token.
    TokenFile { path: PathBuf },
    /// A shell command that prints a bearer token.
    TokenCommand { command: String },
    /// A cookie.
    Cookie { cookie: String },
    /// Any header.
    Header { name: String, value: String },
    /// The login form of Dex.
    Dex {
        user: String,
        /// None if it comes from the environment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        password: Option<String>,
    },
    /// That of a kubeconfig, through the Kubernetes API.
    Kubeconfig {
        /// None for those that `kubectl` reads.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<PathBuf>,
        /// None for the current one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        context: Option<String>,
        /// Where KFP itself runs.
        kfp_namespace: String,
    },
}

impl Login {
    /// As the client wants it.
    ///
    /// # Errors
    /// If a password is nowhere.
    pub(super) fn auth(self) -> Result<Auth> {
        Ok(match self {
            Self::Token { token } => Auth::Token(token),
            Self::TokenFile { path } => Auth::TokenFile(path),
            Self::TokenCommand { command } => {
                Auth::TokenCommand(vec!["sh".into(), "-c".into(), command])
            }
            Self::Cookie { cookie } => Auth::Cookie(cookie),
            Self::Header { name, value } => Auth::Header { name, value },
            Self::Dex { user, password } => match password.or_else(|| env::var(PASSWORD).ok()) {
                Some(password) => Auth::Dex { user, password },
                None => {
                    bail!("the password of `{user}` is not stored, and `{PASSWORD}` is not set")
                }
            },
            Self::Kubeconfig { .. } => bail!("a kubeconfig leads to a server of its own"),
        })
    }
}

/// What it is, without what is secret.
impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token { .. } => f.write_str("token"),
            Self::TokenFile { path } => write!(f, "token of {}", path.display()),
            Self::TokenCommand { .. } => f.write_str("token of a command"),
            // Without a `=` all of it may be secret.
            Self::Cookie { cookie } => match cookie.split_once('=') {
                Some((name, _)) => write!(f, "cookie {name}"),
                None => f.write_str("cookie"),
            },
            Self::Header { name, .. } => write!(f, "header {name}"),
            Self::Dex { user, .. } => write!(f, "Dex user {user}"),
            Self::Kubeconfig { file, context, .. } => {
                let file = file.as_ref().map(|file| format!(" {}", file.display()));
                let context = context
                    .as_ref()
                    .map(|context| format!(", context {context}"));
                let (file, context) = (file.unwrap_or_default(), context.unwrap_or_default());
                write!(f, "kubeconfig{file}{context}")
            }
        }
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_cookie_only_its_name_is_shown() {
        let shown = |cookie: &str| {
            let cookie = cookie.to_owned();
            Login::Cookie { cookie }.to_string()
        };
        assert_eq!(shown("session=s3cret"), "cookie session");
        assert_eq!(shown("s3cret"), "cookie");
    }
}
