//! What can be wrong with a model's folder, and with rows that are to be scored.

use std::fmt::{self, Display};
use std::io;
use std::path::PathBuf;

use crate::Layout;

/// The crate's results.
pub type Result<T> = std::result::Result<T, Error>;

/// An error that names the file, field or column at fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder could not be read or written.
    #[error("could not access {}", path.display())]
    Io {
        /// What was accessed.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The folder is not a model's.
    #[error("{} is not the folder of a model: it has no {MANIFEST}", folder.display(), MANIFEST = crate::MANIFEST)]
    NoManifest {
        /// The folder.
        folder: PathBuf,
        /// A folder in it, or the one it is in, that is a model's.
        inner: Option<PathBuf>,
    },
    /// The folder holds several models, each in a folder of its own.
    #[error("{} holds several models: {}", folder.display(), quoted(models))]
    SeveralModels {
        /// The folder.
        folder: PathBuf,
        /// The names of the models' folders.
        models: Vec<String>,
    },
    /// A folder of another kind.
    #[error("{} is of format `{format}`, not of a format this program knows", path.display())]
    UnknownFormat {
        /// The manifest.
        path: PathBuf,
        /// The name of the format.
        format: String,
    },
    /// A folder written by a later release.
    #[error("{} is of format {version}, but this program reads formats 1 to {newest}; use a newer release", path.display())]
    NewerFormat {
        /// The manifest.
        path: PathBuf,
        /// The version of the format.
        version: u32,
        /// The newest version that is read.
        newest: u32,
    },
    /// A field of the manifest, or a node of a tree, is not what it must be.
    #[error("{file}: `{field}`: {problem}")]
    Field {
        /// The file, relative to the model's folder.
        file: String,
        /// The path of the field, such as `columns[2].type`.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A file of the folder does not agree with the manifest.
    #[error("{}: {fault}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// How it does not agree.
        fault: FileFault,
    },
    /// A serving runtime would not find its model in a folder.
    #[error("{} is not laid out for {layout}: {problem}", folder.display())]
    Layout {
        /// The folder.
        folder: PathBuf,
        /// The layout it was checked for.
        layout: Layout,
        /// What is wrong.
        problem: String,
    },
    /// A layout of another name.
    #[error("`{name}` is not a layout; these are: {}", layouts())]
    UnknownLayout {
        /// The name.
        name: String,
    },
    /// The values are not whole rows.
    #[error("{values} values are not whole rows of {columns} columns")]
    Shape {
        /// The number of the model's columns.
        columns: usize,
        /// The number of values that were given.
        values: usize,
    },
}

/// How a file does not agree with the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileFault {
    /// The manifest lists it, but it is not there.
    Missing,
    /// Its content is not what the manifest says.
    Hash {
        /// The SHA-256 in the manifest, in hexadecimal.
        expected: String,
        /// The file's own.
        found: String,
    },
    /// It looks like another model's: the manifest does not list it.
    Unlisted,
}

impl Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("the manifest lists this file, but it is not there"),
            Self::Hash { expected, found } => write!(
                f,
                "the file has changed: its SHA-256 is {found}, but the manifest says {expected}"
            ),
            Self::Unlisted => f.write_str(
                "the manifest does not list this file, which looks like that of another model",
            ),
        }
    }
}

impl Error {
    /// What to do about it, as a command or sentence, if that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoManifest {
                inner: Some(inner), ..
            } => Some(format!("name `{}` instead", inner.display())),
            Self::SeveralModels { folder, models } => {
                let first = folder.join(models.first()?);
                Some(format!("name one of them: `{}`", first.display()))
            }
            Self::File {
                path,
                fault: FileFault::Unlisted,
            } => Some(format!(
                "move `{}` out of the folder, which holds one model",
                path.display()
            )),
            Self::File {
                fault: FileFault::Missing | FileFault::Hash { .. },
                ..
            } => Some("fetch the folder again, or train the model again".to_owned()),
            _ => None,
        }
    }

    /// An error about a field of a file in the folder.
    pub(crate) fn field(
        file: impl Into<String>,
        field: impl Into<String>,
        problem: impl Into<String>,
    ) -> Self {
        Self::Field {
            file: file.into(),
            field: field.into(),
            problem: problem.into(),
        }
    }

    /// An error of the file system.
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}

fn quoted(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn layouts() -> String {
    Layout::ALL.map(Layout::name).join(", ")
}
