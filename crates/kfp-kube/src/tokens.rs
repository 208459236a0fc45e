//! Bearer tokens, wherever they come from, replaced before they expire.

use std::{
    fmt, fs, io,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use crate::{
    config::{Cluster, Exec},
    exec::{self, Status},
};

/// A token is replaced this long before it expires, so that a request does not arrive too late.
const MARGIN: Duration = Duration::from_secs(30);

/// Where the bearer tokens of a user come from.
pub struct Tokens {
    source: Source,
    kept: Mutex<Option<Status>>,
}

pub(crate) enum Source {
    /// The user has none: it shows a certificate, or nothing.
    None,
    Value(String),
    /// Read for each request.
    File(PathBuf),
    Exec(Box<(Exec, Cluster)>),
}

impl Tokens {
    pub(crate) fn new(source: Source) -> Self {
        Self {
            source,
            kept: Mutex::new(None),
        }
    }

    /// The same, knowing what the program has printed.
    pub(crate) fn with(self, status: Status) -> Self {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(status);
        self
    }

    /// The token to send now; none if the user has no tokens.
    ///
    /// # Errors
    /// If the file cannot be read, or the credential plugin fails.
    pub fn token(&self) -> io::Result<Option<String>> {
        match &self.source {
            Source::None => Ok(None),
            Source::Value(token) => Ok(Some(token.clone())),
            Source::File(path) => {
                let token = fs::read_to_string(path).map_err(|error| {
                    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
                })?;
                Ok(Some(token.trim().to_owned()))
            }
            Source::Exec(plugin) => {
                let (exec, cluster) = &**plugin;
                let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
                let soon = SystemTime::now() + MARGIN;
                let is_valid = |status: &Status| status.expiry().is_none_or(|expiry| expiry > soon);
                if !kept.as_ref().is_some_and(is_valid) {
                    *kept = Some(exec::run(exec, cluster)?);
                }
                Ok(kept.as_ref().and_then(|status| status.token.clone()))
            }
        }
    }
}

/// Shows nothing of them.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens(…)")
    }
}
