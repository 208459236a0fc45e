//! Where a component outside this repository gets `kfp-component` from.
//!
//! Only until the crates are released: then the version will do, and `--sdk` is for trying changes.

use std::{
    path::{Component, Path, PathBuf},
    str::FromStr,
};

use anyhow::{Context, Result};

use crate::error::hinted;

/// The crate components depend on, in a checkout.
const LIBRARY: &str = "crates/kfp-component";

/// What `--sdk` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sdk {
    /// A checkout of this repository.
    Path(PathBuf),
    /// A repository cargo can fetch.
    Git(String),
}

impl FromStr for Sdk {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with("git@") {
            let url = text.replacen(':', "/", 1);
            return Err(format!("cargo wants a URL; write `ssh://{url}`"));
        }
        Ok(if text.contains("://") {
            Self::Git(text.to_owned())
        } else {
            Self::Path(text.into())
        })
    }
}

impl Sdk {
    /// The checkout the current directory is in, if it is in one.
    pub(crate) fn around() -> Result<Option<Self>> {
        let here = std::env::current_dir().context("could not tell the current directory")?;
        let root = here
            .ancestors()
            .find(|directory| directory.join(LIBRARY).join("Cargo.toml").is_file());
        Ok(root.map(|root| Self::Path(root.to_owned())))
    }

    /// The command that installs one of the SDK's programs from there, typed in `directory`.
    pub(crate) fn install(&self, program: &str, directory: &Path) -> Result<String> {
        match self {
            Self::Git(url) => Ok(format!("cargo install --locked --git {url} {program}")),
            Self::Path(path) => {
                let path = Self::way(directory, path, &format!("crates/{program}"))?;
                Ok(format!("cargo install --locked --path {path}"))
            }
        }
    }

    /// Where the checkout is, if it is below `directory` and so comes along wherever that goes.
    pub(crate) fn inside(&self, directory: &Path) -> Result<Option<String>> {
        let Self::Path(path) = self else {
            return Ok(None);
        };
        let way = Self::way(directory, path, "")?;
        Ok((!way.starts_with("..") && !way.starts_with('/'))
            .then(|| way.trim_end_matches('/').to_owned()))
    }

    /// What stays undone while the SDK is a directory outside `directory`.
    pub(crate) fn warning(&self, directory: &Path) -> Result<Option<&'static str>> {
        let is_outside = matches!(self, Self::Path(_)) && self.inside(directory)?.is_none();
        Ok(is_outside.then_some(
            "Dockerfiles and CI find the SDK once it is inside the workspace, or named by a URL",
        ))
    }

    /// The way from `directory` to a crate of the checkout.
    fn way(directory: &Path, checkout: &Path, part: &str) -> Result<String> {
        if !checkout.join(LIBRARY).join("Cargo.toml").is_file() {
            return Err(hinted(
                format!(
                    "`{}` is no checkout of the SDK: it has no `{LIBRARY}`",
                    checkout.display()
                ),
                "name the directory the SDK was cloned to, or the URL to clone it from",
            ));
        }
        let checkout = checkout
            .canonicalize()
            .with_context(|| format!("could not read `{}`", checkout.display()))?;
        let way = relative(&absolute(directory)?, &checkout.join(part));
        Ok(way
            .to_str()
            .context("the path to the SDK is not UTF-8")?
            .replace('\\', "/"))
    }

    /// The dependency for a manifest in `directory`: `{ path = "../sdk/crates/kfp-component" }`.
    pub(crate) fn dependency(&self, directory: &Path) -> Result<String> {
        match self {
            Self::Git(url) => Ok(format!(
                "{{ git = {} }}",
                toml_edit::Value::from(url.as_str())
            )),
            Self::Path(path) => {
                let library = Self::way(directory, path, LIBRARY)?;
                Ok(format!("{{ path = {} }}", toml_edit::Value::from(library)))
            }
        }
    }
}

/// The error of a place that needs `--sdk` and did not get it.
pub(crate) fn missing(what: &str) -> anyhow::Error {
    hinted(
        format!("{what} needs `--sdk PATH|GIT-URL`: `kfp-component` is not released yet"),
        "clone the SDK and pass its directory, such as `--sdk ../kfp-component`, or pass the URL to clone it from",
    )
}

/// A directory that may not be there yet, without symbolic links as far as it is.
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

/// The way from one absolute directory to another.
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
            "cargo wants a URL; write `ssh://git@example.org/acme/sdk`"
        );
    }

    #[test]
    fn the_way_to_the_sdk_starts_at_the_manifest() {
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
            .dependency(Path::new("."))
            .unwrap_err();
        assert!(
            error.to_string().contains("crates/kfp-component"),
            "{error}"
        );
    }
}
