//! Why a workspace or a component in it cannot be used.

use std::{fmt, io, path::PathBuf};

use kfp_component_spec::source::Diagnostic;
use semver::{Version, VersionReq};

use crate::Platform;

/// The result of reading a workspace.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a workspace or a component in it cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The current directory is gone or cannot be read.
    #[error("could not tell the current directory")]
    CurrentDirectory(#[source] io::Error),
    /// There is no manifest in the directory or above it.
    #[error("this directory is not in a cargo workspace: no `Cargo.toml` here or above")]
    NoManifest,
    /// `cargo metadata` failed.
    #[error("cargo could not read the workspace")]
    Cargo(#[source] CargoError),
    /// `[workspace.metadata.kfp-comp]` is wrong.
    #[error("could not read `{}`", manifest.display())]
    Settings {
        /// The root manifest.
        manifest: PathBuf,
        /// What is wrong with it.
        source: SettingsError,
    },
    /// No component of the workspace has this name.
    #[error("no component named `{name}`")]
    UnknownComponent {
        /// The name that was asked for.
        name: String,
        /// The names of all components.
        known: Vec<String>,
    },
    /// The settings name a server that is not a member with a program of that name.
    #[error(
        "`servers` in `[workspace.metadata.kfp-comp]` names `{0}`, which is not a member with a program of that name"
    )]
    UnknownServer(String),
    /// A component's source could not be read.
    #[error("could not read `{}`", path.display())]
    Read {
        /// The file, relative to the workspace's root.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// Signatures that are not components.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    /// Not a platform that images can be built for.
    #[error("unknown platform `{0}`: the platforms are {known}", known = Platform::known())]
    UnknownPlatform(String),
}

impl Error {
    /// A command to type or an edit to make that solves this, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Cargo(cargo) if cargo.is_stale_lock() => Some(
                "run `cargo check`, which brings Cargo.lock up to date, and commit it".to_owned(),
            ),
            Self::NoManifest => Some(
                "change to the directory of a workspace, or run `kfp-comp init DIR` to create one"
                    .to_owned(),
            ),
            Self::Settings {
                source: SettingsError::OtherVersion { .. },
                ..
            } => Some(
                "install that version, or change `version` in `[workspace.metadata.kfp-comp]`"
                    .to_owned(),
            ),
            Self::Cargo(error) if error.message.starts_with("failed to start") => {
                Some("install the Rust toolchain: https://rustup.rs".to_owned())
            }
            Self::Cargo(error) if error.is_member_without_manifest() => Some(
                "every directory that `members` covers needs a Cargo.toml: move this one elsewhere, or add it to `exclude`"
                    .to_owned(),
            ),
            Self::UnknownComponent { name, known } => {
                let names: Vec<&str> = known.iter().map(String::as_str).collect();
                // A shell completes the directory's path: `components/word-count/`.
                let last = name.trim_end_matches('/').rsplit('/').next();
                let last = last.unwrap_or(name);
                Some(
                    match similar::get_close_matches(last, &names, 1, 0.6).first() {
                        Some(near) => format!("there is a component named `{near}`"),
                        None if names.is_empty() => {
                            format!("run `kfp-comp new {name}` to create it")
                        }
                        None => format!("the components are: {}", names.join(", ")),
                    },
                )
            }
            _ => None,
        }
    }
}

/// What is wrong with `[workspace.metadata.kfp-comp]`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A setting is unknown or of the wrong type.
    #[error("`[workspace.metadata.kfp-comp]` is wrong: {0}")]
    Wrong(#[from] serde_json::Error),
    /// `version` is not a version requirement.
    #[error("`[workspace.metadata.kfp-comp] version` is not a version: {0}")]
    NotAVersion(serde_json::Value),
    /// The workspace requires another version of the tools.
    #[error("this workspace wants kfp-comp {wanted}, and this is kfp-comp {own}")]
    OtherVersion {
        /// What the workspace requires.
        wanted: VersionReq,
        /// The version of this program.
        own: Version,
    },
}

/// What `cargo metadata` printed, one cause below the other.
#[derive(Debug)]
pub struct CargoError {
    message: String,
    cause: Option<Box<CargoError>>,
}

impl CargoError {
    /// Whether a directory that a glob in `members` covers has no manifest.
    fn is_member_without_manifest(&self) -> bool {
        let causes: Vec<&str> = std::iter::successors(Some(self), |error| error.cause.as_deref())
            .map(|error| error.message.as_str())
            .collect();
        let says = |text: &str| causes.iter().any(|cause| cause.contains(text));
        says("manifest for workspace member") && says("No such file or directory")
    }

    /// Splits cargo's text at its own `Caused by:` headings.
    pub(crate) fn of_stderr(stderr: &str) -> Self {
        let text = stderr.trim().trim_start_matches("error: ");
        let one_line = |cause: &str| cause.split_whitespace().collect::<Vec<_>>().join(" ");
        let chain = text
            .rsplit("Caused by:")
            .map(one_line)
            .fold(None, |cause, message| {
                Some(Box::new(Self { message, cause }))
            });
        *chain.expect("a split text has a first part")
    }
}

impl CargoError {
    /// Whether `Cargo.lock` is missing or does not fit the manifests.
    fn is_stale_lock(&self) -> bool {
        let own = self.message.contains("--locked") && self.message.contains("lock file");
        own || self
            .cause
            .as_ref()
            .is_some_and(|cause| cause.is_stale_lock())
    }
}

impl From<cargo_metadata::Error> for CargoError {
    fn from(error: cargo_metadata::Error) -> Self {
        match error {
            cargo_metadata::Error::CargoMetadata { stderr } => Self::of_stderr(&stderr),
            other => Self {
                message: other.to_string(),
                cause: None,
            },
        }
    }
}

impl fmt::Display for CargoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CargoError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

/// Mistakes in signatures, all at once, each with its file and position.
#[derive(Debug, Default)]
pub struct Mistakes(pub Vec<(PathBuf, Diagnostic)>);

impl fmt::Display for Mistakes {
    /// One `path:line:column: message` per line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (path, mistake)) in self.0.iter().enumerate() {
            let Diagnostic {
                message,
                line,
                column,
            } = mistake;
            let separator = if i == 0 { "" } else { "\n" };
            write!(
                f,
                "{separator}{}:{line}:{column}: {message}",
                path.display()
            )?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn cargos_causes_become_a_chain() {
        let error = CargoError::of_stderr(
            "error: failed to parse manifest\n\nCaused by:\n  invalid\n  key\n\nCaused by:\n  line 3\n",
        );
        assert_eq!(error.to_string(), "failed to parse manifest");
        let cause = error.source().expect("a cause");
        assert_eq!(cause.to_string(), "invalid key");
        assert_eq!(cause.source().expect("its cause").to_string(), "line 3");
    }

    #[test]
    fn a_misspelt_component_is_answered_with_the_nearest_name() {
        let hint = |known: &[&str]| {
            let known = known.iter().map(ToString::to_string).collect();
            let name = "data-ingestoin".to_owned();
            Error::UnknownComponent { name, known }.hint().unwrap()
        };
        assert!(hint(&["data-ingestion", "train"]).contains("`data-ingestion`"));
        assert_eq!(hint(&["train"]), "the components are: train");
        assert!(hint(&[]).contains("kfp-comp new data-ingestoin"));
    }
}
