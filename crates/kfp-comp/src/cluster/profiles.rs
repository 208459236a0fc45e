//! `profiles.toml`: servers by name, with their logins, readable by their owner only.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{ErrorKind, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::login::Login;
use crate::error::{hinted, hinted_usage};

/// All profiles.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Profiles {
    /// The one that is used if none is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) current: Option<String>,
    /// By name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) profiles: BTreeMap<String, Profile>,
}

/// A server, and how it is spoken to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Profile {
    /// The API server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) endpoint: Option<String>,
    /// The web interface, if it is elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ui: Option<String>,
    /// Namespace of runs and experiments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) namespace: Option<String>,
    /// The experiment of runs that name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) experiment: Option<String>,
    /// CA certificates to trust besides the platform's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ca_file: Option<PathBuf>,
    /// A client certificate, and its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_certificate: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_key: Option<PathBuf>,
    /// How to log in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) login: Option<Login>,
}

impl Profiles {
    /// Reads the file; it need not be there.
    ///
    /// # Errors
    /// If it cannot be read, or others can read it too.
    pub(crate) fn read() -> Result<Self> {
        let path = path()?;
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => {
                return Err(error).with_context(|| format!("could not read `{}`", path.display()));
            }
        };
        refuse_if_shared(&path)?;
        let read: Result<Self, _> = toml_edit::de::from_str(&text);
        // The message of the parser would show the line, which may hold a secret.
        read.map_err(|error| {
            let message = error
                .message()
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned();
            anyhow::anyhow!("{message}").context(format!("could not read `{}`", path.display()))
        })
    }

    /// A profile by its name.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn get(&self, name: &str) -> Result<&Profile> {
        self.profiles.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.profiles.keys().map(String::as_str).collect();
            let hint = if known.is_empty() {
                format!("store it: `kfp-comp profile set {name} --endpoint URL`")
            } else {
                format!("there are {}", known.join(", "))
            };
            hinted_usage(format!("there is no profile `{name}`"), hint)
        })
    }

    /// Writes the file anew, for its owner only.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn write(&self) -> Result<PathBuf> {
        let path = path()?;
        let failed = || format!("could not write `{}`", path.display());
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).with_context(failed)?;
        // Temporary files are their owner's alone, which stays so under the final name.
        let mut file = tempfile::NamedTempFile::new_in(folder).with_context(failed)?;
        let text = toml_edit::ser::to_string_pretty(self).with_context(failed)?;
        file.write_all(text.as_bytes()).with_context(failed)?;
        file.persist(&path).with_context(failed)?;
        Ok(path)
    }
}

/// Where the file is.
fn path() -> Result<PathBuf> {
    let folder = env::var_os("XDG_CONFIG_HOME")
        .filter(|folder| !folder.is_empty())
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".config")))
        .context("neither XDG_CONFIG_HOME nor HOME is set, so there is no place for profiles")?;
    Ok(folder.join("kfp-comp/profiles.toml"))
}

fn refuse_if_shared(path: &Path) -> Result<()> {
    let mode = fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
    let of_others = mode & 0o077;
    if of_others == 0 {
        return Ok(());
    }
    Err(hinted(
        format!("`{}` holds logins, and others can read it", path.display()),
        format!("chmod 600 {}", path.display()),
    ))
}
