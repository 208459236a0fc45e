//! `kfp-comp.lock`: the components a folder uses, their origin and their hashes.

use std::{fs, io::ErrorKind, path::Path};

use anyhow::{Context, Result};
use kfp_catalog::{Digest, Name, Sha256, sha256};
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::{error::hinted, plan::Plan};

/// The lock file's name.
pub(crate) const FILE: &str = "kfp-comp.lock";

/// The version of the file's format.
const VERSION: u32 = 1;

/// The folder that components are written to.
pub(crate) const FOLDER: &str = "kfp-components";

/// The components of a folder, sorted by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lock {
    version: u32,
    /// The components.
    #[serde(default, rename = "component", skip_serializing_if = "Vec::is_empty")]
    pub(crate) components: Vec<Locked>,
}

/// One component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Locked {
    /// Its name.
    pub(crate) name: Name,
    /// Its version, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<Version>,
    /// The catalog it came from; none if it was read from its image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) catalog: Option<String>,
    /// What was read: a URL, a path or the image's reference.
    pub(crate) url: String,
    /// SHA-256 of the file.
    pub(crate) sha256: Sha256,
    /// Registry and repository of its image.
    pub(crate) image: String,
    /// Digest of its image.
    pub(crate) digest: Digest,
}

impl Default for Lock {
    fn default() -> Self {
        Self {
            version: VERSION,
            components: Vec::new(),
        }
    }
}

impl Lock {
    /// Reads the lock file of `folder`; empty if there is none.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        let read = || format!("could not read `{}`", path.display());
        match fs::read_to_string(&path) {
            Ok(text) => {
                let lock: Self = toml_edit::de::from_str(&text).with_context(read)?;
                if lock.version != VERSION {
                    return Err(hinted(
                        format!(
                            "`{}` has version {}, and this program reads version {VERSION}",
                            path.display(),
                            lock.version
                        ),
                        "install a kfp-comp of the version that wrote it",
                    ));
                }
                Ok(lock)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).with_context(read),
        }
    }

    /// The component of that name.
    pub(crate) fn get(&self, name: &Name) -> Option<&Locked> {
        self.components.iter().find(|one| one.name == *name)
    }

    /// Adds a component, replacing one of the same name.
    pub(crate) fn set(&mut self, locked: Locked) {
        self.components.retain(|one| one.name != locked.name);
        self.components.push(locked);
        self.components.sort_by(|a, b| a.name.cmp(&b.name));
    }

    /// The file's text.
    pub(crate) fn text(&self) -> Result<String> {
        let text =
            toml_edit::ser::to_string_pretty(self).context("could not write the lock file")?;
        Ok(format!(
            "# Written by `kfp-comp add`; keep it beside the pipeline.\n{text}"
        ))
    }
}

impl Locked {
    /// The path of its file, relative to the lock file.
    pub(crate) fn path(&self) -> String {
        format!("{FOLDER}/{}/component.yaml", self.name)
    }

    /// `repository@sha256:…`
    pub(crate) fn pinned(&self) -> String {
        format!("{}@{}", self.image, self.digest)
    }

    /// The text of its file in `folder`, if the hash matches. Line endings that a checkout converted are ignored.
    pub(crate) fn kept(&self, folder: &Path) -> Result<Option<String>> {
        let path = folder.join(self.path());
        match fs::read_to_string(&path) {
            Ok(text) => {
                let text = text.replace("\r\n", "\n");
                Ok((sha256(text.as_bytes()) == self.sha256).then_some(text))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => {
                Err(error).with_context(|| format!("could not read `{}`", path.display()))
            }
        }
    }
}

/// Plans a file that may exist.
pub(crate) fn put(plan: &mut Plan, path: &str, text: String) -> Result<()> {
    if plan.root().join(path).exists() {
        plan.update(path, text)
    } else {
        plan.create(path, text)
    }
}
