//! How a request says who sends it.

mod cookies;
mod dex;
mod session;

use std::{fmt, fs, io, path::PathBuf, process::Command, sync::Arc};

use ureq::{
    Agent,
    http::{HeaderName, HeaderValue, header},
};

use crate::{Error, Result};

pub(crate) use session::Session;

/// How a request says who sends it. Files are read again for each request, since tokens expire; what a command prints and
/// a session with Dex are used until the server refuses them.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Auth {
    /// It does not: port-forwarding, or a server in single-user mode.
    #[default]
    None,
    /// A bearer token.
    Token(String),
    /// A file that holds a bearer token, such as a projected service account token.
    TokenFile(PathBuf),
    /// A program and its arguments that prints a bearer token, such as `gcloud auth print-identity-token`.
    TokenCommand(Vec<String>),
    /// A bearer token from elsewhere, such as a kubeconfig.
    TokenSource(Arc<dyn TokenSource>),
    /// A cookie header, `name=value`.
    Cookie(String),
    /// Any other header, such as `kubeflow-userid`.
    Header {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// The login form of Dex, for users with a password that Dex itself knows.
    Dex {
        /// The user's name, usually an email address.
        user: String,
        /// The password.
        password: String,
    },
}

/// Something that knows bearer tokens, and when they have to be replaced.
pub trait TokenSource: Send + Sync {
    /// A token that is valid now; none if requests need no token.
    ///
    /// # Errors
    /// If it cannot be obtained.
    fn token(&self) -> io::Result<Option<String>>;
}

/// A header that says who sends a request.
pub(crate) type Header = (HeaderName, HeaderValue);

impl Auth {
    /// Whether what [`Auth::header`] gives is worth keeping: it costs more than reading a file.
    fn is_kept(&self) -> bool {
        matches!(self, Self::TokenCommand(_) | Self::Dex { .. })
    }

    /// The header to send, marked so that it is never logged.
    fn header(&self, agent: &Agent, endpoint: &str) -> Result<Option<Header>> {
        let bearer = |token: &str| (header::AUTHORIZATION, format!("Bearer {}", token.trim()));
        let failed = |what: String| move |source| Error::Credentials { what, source };
        let (name, value) = match self {
            Self::None => return Ok(None),
            Self::Token(token) => bearer(token),
            Self::TokenFile(path) => {
                let what = format!("`{}`", path.display());
                bearer(&fs::read_to_string(path).map_err(failed(what))?)
            }
            Self::TokenCommand(words) => {
                let what = format!("`{}`", words.first().map_or("", String::as_str));
                bearer(&output(words).map_err(failed(what))?)
            }
            Self::TokenSource(source) => {
                let what = "the token of the kubeconfig".to_owned();
                match source.token().map_err(failed(what))? {
                    Some(token) => bearer(&token),
                    None => return Ok(None),
                }
            }
            Self::Cookie(cookie) => (header::COOKIE, cookie.clone()),
            Self::Header { name, value } => {
                let name = name.parse().map_err(|_| {
                    let source = io::Error::new(
                        io::ErrorKind::InvalidInput,
                        "it is not a valid header name",
                    );
                    failed(format!("`{name}`"))(source)
                })?;
                (name, value.clone())
            }
            Self::Dex { user, password } => {
                let what = format!("a session of `{user}`");
                let cookies = dex::login(agent, endpoint, user, password).map_err(failed(what))?;
                (header::COOKIE, cookies)
            }
        };
        let mut value = HeaderValue::try_from(value).map_err(|_| {
            let source = io::Error::new(
                io::ErrorKind::InvalidData,
                "it contains characters that a header must not contain",
            );
            failed(format!("the value of `{name}`"))(source)
        })?;
        value.set_sensitive(true);
        Ok(Some((name, value)))
    }
}

/// What a command prints; its own standard error goes to ours.
fn output(words: &[String]) -> io::Result<String> {
    let (program, arguments) = words
        .split_first()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the command is empty"))?;
    let output = Command::new(program)
        .args(arguments)
        .stderr(std::process::Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(io::Error::other(format!("it ended with {}", output.status)));
    }
    String::from_utf8(output.stdout)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it did not print text"))
}

/// Shows the kind, never a secret.
impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Token(_) => f.write_str("Token(…)"),
            Self::TokenFile(path) => f.debug_tuple("TokenFile").field(path).finish(),
            Self::TokenCommand(words) => {
                let program = words.first().map_or("", String::as_str);
                write!(f, "TokenCommand({program} …)")
            }
            Self::TokenSource(_) => f.write_str("TokenSource(…)"),
            Self::Cookie(_) => f.write_str("Cookie(…)"),
            Self::Header { name, .. } => write!(f, "Header {{ name: {name:?}, value: … }}"),
            Self::Dex { user, .. } => write!(f, "Dex {{ user: {user:?}, password: … }}"),
        }
    }
}
