//! Where a component outside this repository gets `kfp-component` from.
//!
//! Needed until the crates are released; after that, `--sdk` is for trying changes to the SDK.

use std::{
    path::{Component, Path, PathBuf},
    str::FromStr,
};

use anyhow::{Context, Result};

use crate::error::hinted;

/// The crate components depend on, in a checkout.
const LIBRARY: &str = "crates/kfp-component";

/// The source that `--sdk` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sdk {
    /// A checkout of this repository.
    Path(PathBuf),
    /// A git repository that cargo can fetch.
    Git(String),
}

impl FromStr for Sdk {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with("git@") {
            let url = text.replacen(':', "/", 1);
            return Err(format!("cargo needs a URL; write `ssh://{url}`"));
        }
        Ok(if text.contains("://") {
            Self::Git(text.to_owned())
        } else {
            Self::Path(text.into())
        })
    }
}

impl Sdk {
    /// The checkout that contains the current directory, if there is one.
    pub(crate) fn enclosing() -> Result<Option<Self>> {
        let here = std::env::current_dir().context("could not tell the current directory")?;
        let root = here
            .ancestors()
            .find(|directory| directory.join(LIBRARY).join("Cargo.toml").is_file());
        Ok(root.map(|root| Self::Path(root.to_owned())))
    }

    /// The command that installs one of the SDK's programs, to be run in `directory`.
    pub(crate) fn install(&self, program: &str, directory: &Path) -> Result<String> {
        match self {
            Self::Git(url) => Ok(format!("cargo install --locked --git {url} {program}")),
            Self::Path(path) => {
                let path = Self::path_to(directory, path, &format!("crates/{program}"))?;
                Ok(format!("cargo install --locked --path {path}"))
            }
        }
    }

    /// The path of the checkout relative to `directory`, if it is below it and so is copied along with it.
    pub(crate) fn path_within(&self, directory: &Path) -> Result<Option<String>> {
        let Self::Path(path) = self else {
            return Ok(None);
        };
        let path = Self::path_to(directory, path, "")?;
        Ok((!path.starts_with("..") && !path.starts_with('/'))
            .then(|| path.trim_end_matches('/').to_owned()))
    }

    /// A warning if the SDK is a directory outside `directory`, which image builds and CI cannot see.
    pub(crate) fn warning(&self, directory: &Path) -> Result<Option<&'static str>> {
        let is_outside = matches!(self, Self::Path(_)) && self.path_within(directory)?.is_none();
        Ok(is_outside.then_some(
            "`docker build` and CI do not see an SDK outside the workspace: move the checkout into it, or pass a git URL to `--sdk`",
        ))
    }

    /// The relative path from `directory` to a part of the checkout.
    fn path_to(directory: &Path, checkout: &Path, part: &str) -> Result<String> {
        if !checkout.join(LIBRARY).join("Cargo.toml").is_file() {
            return Err(hinted(
                format!(
                    "`{}` is not a checkout of the SDK: `{LIBRARY}` not found in it",
                    checkout.display()
                ),
                "pass the directory that the SDK was cloned to, or the URL to clone it from",
            ));
        }
        let checkout = checkout
            .canonicalize()
            .with_context(|| format!("could not read `{}`", checkout.display()))?;
        let path = relative(&absolute(directory)?, &checkout.join(part));
        Ok(path
            .to_str()
            .context("the path to the SDK is not UTF-8")?
            .replace('\\', "/"))
    }

    /// The dependency on one of the SDK's libraries for a manifest in `directory`: `{ path = "../sdk/crates/kfp-component" }`.
    pub(crate) fn dependency(&self, library: &str, directory: &Path) -> Result<String> {
        match self {
            Self::Git(url) => Ok(format!(
                "{{ git = {} }}",
                toml_edit::Value::from(url.as_str())
            )),
            Self::Path(path) => {
                let library = Self::path_to(directory, path, &format!("crates/{library}"))?;
                Ok(format!("{{ path = {} }}", toml_edit::Value::from(library)))
            }
        }
    }
}

/// The error of a command that needs `--sdk` and did not get it.
pub(crate) fn missing(what: &str) -> anyhow::Error {
    hinted(
        format!("{what} needs `--sdk PATH|GIT-URL`: the SDK is not on crates.io yet"),
        "clone the SDK and pass its directory, such as `--sdk ../kfp-component`, or pass the URL to clone it from",
    )
}

/// The absolute path of a directory that may not exist, with symbolic links resolved as far as it does.
fn absolute(directory: &Path) -> Result<PathBuf> {
    let full = std::path::absolute(directory).context("could not tell the current directory")?;
    for there in full.ancestors() {
        if let Ok(real) = there.canonicalize() {
            let rest = full.strip_prefix(there).unwrap_or(Path::new(""));
            return Ok(real.join(rest));
        }
    }
    Ok(full)
}

/// The relative path from one absolute directory to another.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let shared = from
        .components()
        .zip(to.components())
        .take_while(|(a, b)| a == b)
        .count();
    if shared == 0 {
        return to.to_owned();
    }
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(to.components().skip(shared)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_fetched_and_anything_else_is_a_directory() {
        assert_eq!(
            "https://example.org/sdk".parse(),
            Ok(Sdk::Git("https://example.org/sdk".into()))
        );
        assert_eq!("../sdk".parse(), Ok(Sdk::Path("../sdk".into())));
        assert_eq!(
            "git@example.org:acme/sdk".parse::<Sdk>().unwrap_err(),
            "cargo needs a URL; write `ssh://git@example.org/acme/sdk`"
        );
    }

    #[test]
    fn the_path_to_the_sdk_starts_at_the_manifest() {
        assert_eq!(
            relative(Path::new("/a/b/c"), Path::new("/a/x/y")),
            Path::new("../../x/y")
        );
        assert_eq!(
            relative(Path::new("/a/b"), Path::new("/a/b/y")),
            Path::new("y")
        );
    }

    #[test]
    fn a_directory_without_the_library_is_refused() {
        let empty = tempfile::tempdir().unwrap();
        let error = Sdk::Path(empty.path().into())
            .dependency("kfp-component", Path::new("."))
            .unwrap_err();
        assert!(
            error.to_string().contains("crates/kfp-component"),
            "{error}"
        );
    }
}
