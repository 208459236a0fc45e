//! Who speaks to an API server.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use kfp_http::Pem;

use crate::exec::{Issued, Plugin};
use crate::{Error, Result};

/// A login is replaced this long before it expires, so that it does not expire on the way.
const MARGIN: Duration = Duration::from_secs(10);

/// Where the bearer token comes from.
pub(crate) enum Token {
    None,
    Fixed(String),
    File(PathBuf),
    Exec(Plugin),
}

/// A client certificate with its key, a token, or both.
pub(crate) struct Credentials {
    identity: Option<(Pem, Pem)>,
    token: Token,
    /// What the plugin printed last.
    issued: Mutex<Option<Issued>>,
}

impl Credentials {
    pub(crate) fn new(identity: Option<(Pem, Pem)>, token: Token) -> Self {
        Self {
            identity,
            token,
            issued: Mutex::default(),
        }
    }

    pub(crate) fn token(&self) -> Result<Option<String>> {
        match &self.token {
            Token::None => Ok(None),
            Token::Fixed(token) => Ok(Some(token.trim().to_owned())),
            Token::File(path) => match fs::read_to_string(path) {
                Ok(token) => Ok(Some(token.trim().to_owned())),
                Err(source) => Err(Error::Credentials {
                    what: path.display().to_string(),
                    source,
                }),
            },
            Token::Exec(plugin) => Ok(self.issued_by(plugin)?.token),
        }
    }

    /// The client certificate and its key.
    pub(crate) fn identity(&self) -> Result<Option<(Pem, Pem)>> {
        if let Token::Exec(plugin) = &self.token
            && let Some(identity) = self.issued_by(plugin)?.identity
        {
            return Ok(Some(identity));
        }
        Ok(self.identity.clone())
    }

    /// When the client certificate has to be replaced, if ever.
    pub(crate) fn expiry(&self) -> Option<SystemTime> {
        let issued = self.issued();
        let issued = issued.as_ref()?;
        issued.identity.as_ref()?;
        issued.expires?.checked_sub(MARGIN)
    }

    /// Forgets what a plugin gave; whether there is one to ask again.
    pub(crate) fn forget(&self) -> bool {
        self.issued().take().is_some()
    }

    fn issued_by(&self, plugin: &Plugin) -> Result<Issued> {
        let mut kept = self.issued();
        if let Some(issued) = &*kept
            && issued
                .expires
                .is_none_or(|end| SystemTime::now() + MARGIN < end)
        {
            return Ok(issued.clone());
        }
        let issued = plugin.run()?;
        *kept = Some(issued.clone());
        Ok(issued)
    }

    fn issued(&self) -> MutexGuard<'_, Option<Issued>> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let token = match &self.token {
            Token::None => "none",
            Token::Fixed(_) => "token",
            Token::File(_) => "token file",
            Token::Exec(_) => "exec plugin",
        };
        f.debug_struct("Credentials")
            .field("has_certificate", &self.identity.is_some())
            .field("token", &token)
            .finish_non_exhaustive()
    }
}
