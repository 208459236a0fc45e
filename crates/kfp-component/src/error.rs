//! I/O errors that say which argument they are about.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::Path;

/// An I/O error below a line that names the argument.
#[derive(Debug)]
struct Fault {
    what: String,
    source: io::Error,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

/// `could not open input `data` (/tmp/inputs/data/data)`, with `source` as its cause.
pub(crate) fn named(action: &str, name: &str, path: &Path, source: io::Error) -> io::Error {
    io::Error::new(
        source.kind(),
        Fault {
            what: format!("could not {action} `{name}` ({})", path.display()),
            source,
        },
    )
}

/// A mistake in the author's code, found before KFP could.
pub(crate) fn misuse(message: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message.into())
}
