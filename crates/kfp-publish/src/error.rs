//! What went wrong and what to type next.
//!
//! One type for the whole crate: nobody decides by the kind of error, everybody reads it.

use std::error::Error as StdError;
use std::fmt;

/// The result of this crate's fallible functions.
pub type Result<T> = std::result::Result<T, Error>;

/// A cause of any kind.
pub(crate) type Cause = Box<dyn StdError + Send + Sync>;

/// A failure, its causes and, where there is one, the command or edit that solves it.
#[derive(Debug)]
pub struct Error {
    message: String,
    hint: Option<String>,
    source: Option<Cause>,
}

impl Error {
    /// A failure described by `message`: lower case, naming the file or argument, without a full stop.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            source: None,
        }
    }

    /// Adds what the reader can type.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Cause>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What the reader can type: this error's own hint, or the nearest of its causes that has one.
    pub fn next_step(&self) -> Option<String> {
        self.hint.clone().or_else(|| {
            std::iter::successors(self.source(), |error| (*error).source()).find_map(|error| {
                let own = error
                    .downcast_ref::<Self>()
                    .and_then(|error| error.hint.clone());
                own.or_else(|| error.downcast_ref::<kfp_registry::Error>()?.hint())
            })
        })
    }

    /// The messages of the causes, the nearest first.
    pub(crate) fn causes(&self) -> impl Iterator<Item = String> {
        std::iter::successors(self.source(), |error| (*error).source()).map(ToString::to_string)
    }

    /// The three-part text a person sees: `error:`, `cause:` lines, `hint:`.
    pub fn report(&self) -> String {
        use std::fmt::Write as _;
        let mut text = format!("error: {self}");
        for cause in self.causes() {
            let _ = write!(text, "\n  cause: {cause}");
        }
        if let Some(hint) = self.next_step() {
            let _ = write!(text, "\nhint: {hint}");
        }
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// The error's own message and causes, and its hint.
fn transparent(error: &dyn StdError, hint: Option<String>) -> Error {
    Error {
        message: error.to_string(),
        hint,
        source: error.source().map(|cause| transparent(cause, None).into()),
    }
}

impl From<kfp_catalog::Error> for Error {
    fn from(error: kfp_catalog::Error) -> Self {
        transparent(&error, error.hint())
    }
}

impl From<kfp_workspace::Error> for Error {
    fn from(error: kfp_workspace::Error) -> Self {
        transparent(&error, error.hint())
    }
}

/// Says what was being done when something failed.
pub(crate) trait Context<T> {
    /// Wraps the failure in `message`, which is made only when it is needed.
    fn context<M: Into<String>>(self, message: impl FnOnce() -> M) -> Result<T>;
}

impl<T, E: Into<Cause>> Context<T> for std::result::Result<T, E> {
    fn context<M: Into<String>>(self, message: impl FnOnce() -> M) -> Result<T> {
        self.map_err(|error| Error::new(message()).because(error))
    }
}
