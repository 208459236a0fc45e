//! I/O errors that name the argument they are about, with a hint where the usual cause is known.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// What was done with an argument's file, and the way out if there is a usual one.
#[derive(Debug)]
struct ArgumentError {
    what: String,
    hint: Option<String>,
    source: PathError,
}

impl fmt::Display for ArgumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Error for ArgumentError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

/// `/tmp/inputs/data/data: No such file or directory (os error 2)`
#[derive(Debug)]
struct PathError {
    path: PathBuf,
    source: io::Error,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.source)
    }
}

impl Error for PathError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

/// The error ``could not open input `data` `` above the path and `source`.
///
/// The path stands in the line below, since KFP's UI cuts lines off after about 75 characters.
pub(crate) fn named(action: &str, name: &str, path: &Path, source: io::Error) -> io::Error {
    with_hint(action, name, path, source, None)
}

/// The same with a hint.
pub(crate) fn with_hint(
    action: &str,
    name: &str,
    path: &Path,
    source: io::Error,
    hint: Option<String>,
) -> io::Error {
    io::Error::new(
        source.kind(),
        ArgumentError {
            what: format!("could not {action} `{name}`"),
            hint,
            source: PathError {
                path: path.into(),
                source,
            },
        },
    )
}

/// The hint that [`with_hint`] gave an error.
pub(crate) fn hint<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a str> {
    let error = error.downcast_ref::<io::Error>()?.get_ref()?;
    error.downcast_ref::<ArgumentError>()?.hint.as_deref()
}

/// A mistake in the author's code that KFP would only find later, if at all. Its kind is [`io::ErrorKind::InvalidInput`].
pub(crate) fn misuse(message: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message.into())
}
