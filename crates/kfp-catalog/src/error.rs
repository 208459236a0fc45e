//! Why a catalog cannot be read, changed or built.

use std::{io, path::PathBuf};

use semver::Version;

use crate::{Name, ReleaseError};

/// The result of an operation on a catalog's directory.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a catalog's directory cannot be read, or does not take a release.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or directory could not be read.
    #[error("could not read `{}`", path.display())]
    Read {
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A file could not be written.
    #[error("could not write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A file is larger than a reader of catalogs accepts.
    #[error("`{}` is larger than {limit} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The largest size in bytes.
        limit: u64,
    },
    /// An `index.json` does not have the form of a catalog's index.
    #[error("`{}` is not a catalog's index", path.display())]
    NotAnIndex {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// A directory below `components/` is not named after a component, or one below that not after a version.
    #[error("`{}` is not named after a {expected}", path.display())]
    DirectoryName {
        /// The directory.
        path: PathBuf,
        /// `component` or `version`.
        expected: &'static str,
        /// What is wrong with the name.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A release is recorded in the index, and its component.yaml is gone.
    #[error("`{}` is missing", path.display())]
    Missing {
        /// The component.yaml.
        path: PathBuf,
    },
    /// A published component.yaml was changed by hand.
    #[error("`{}` is not what was published: its sha256 is {found}, and the index says {recorded}", path.display())]
    Altered {
        /// The component.yaml.
        path: PathBuf,
        /// The hash of the file.
        found: crate::Sha256,
        /// The hash in the component's index.
        recorded: crate::Sha256,
    },
    /// A published component.yaml has `\r\n` where it had `\n`.
    #[error("`{}` has other line ends than what was published", path.display())]
    LineEnds {
        /// The component.yaml.
        path: PathBuf,
        /// The catalog's directory.
        root: PathBuf,
    },
    /// This version has been published with other content.
    #[error("`{name}` {version} is already in the catalog with {difference}")]
    AlreadyPublished {
        /// The component.
        name: Name,
        /// Its version.
        version: Version,
        /// `a different image (…)` or `a different component.yaml`.
        difference: String,
    },
    /// The interface changed more than the version number allows.
    #[error(
        "`{name}` {version} cannot be published: its interface changed more than that number allows: {changes}"
    )]
    VersionTooLow {
        /// The component.
        name: Name,
        /// Its version.
        version: Version,
        /// What changed, in words.
        changes: String,
        /// The lowest version that may have these changes.
        needed: Box<Version>,
    },
    /// The release itself is not fit for a catalog.
    #[error("`{name}` {version} cannot enter the catalog")]
    Release {
        /// The component.
        name: Name,
        /// Its version.
        version: Version,
        /// Why not.
        source: ReleaseError,
    },
}

impl Error {
    /// A command to type or an edit to make that solves this, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { path } | Self::Altered { path, .. } => {
                Some(format!("git restore {}", path.display()))
            }
            Self::LineEnds { root, .. } => {
                let files = root.join("components").display().to_string();
                Some(format!(
                    "git changed them; now that `.gitattributes` keeps them: rm -r {files} && git checkout -- {files}"
                ))
            }
            Self::AlreadyPublished { name, .. } => Some(format!(
                "bump `version` in the Cargo.toml of `{name}`: a published version never changes"
            )),
            Self::VersionTooLow { name, needed, .. } => Some(format!(
                "set `version = \"{needed}\"` in the Cargo.toml of `{name}`"
            )),
            _ => None,
        }
    }
}
