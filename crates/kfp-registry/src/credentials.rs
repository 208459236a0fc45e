//! Logins, as docker, podman and their credential helpers store them.
//! Nothing is written, and a file or helper that is broken is an error rather than an anonymous try.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::auth_file::AuthFile;
use crate::reference::hub_alias;
use crate::{Reference, Result, Secret};

/// What to show a registry that asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// A user name and a password (or an access token in its place).
    Password {
        /// User name.
        user: String,
        /// Password.
        password: Secret,
    },
    /// A token to be exchanged for a registry token, as Azure hands out.
    IdentityToken {
        /// User name, for servers that take the token as a password.
        user: String,
        /// The token.
        token: Secret,
    },
    /// A token the registry takes as it is.
    RegistryToken(Secret),
}

/// Where logins are looked up.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    given: Vec<(String, Login)>,
    files: Vec<PathBuf>,
    path: Option<OsString>,
}

impl Credentials {
    /// No login anywhere.
    pub fn none() -> Self {
        Self::default()
    }

    /// The files docker and podman use on this machine.
    pub fn from_env() -> Self {
        Self::from_vars(|name| env::var_os(name))
    }

    /// The files docker and podman would use if the environment were `var`.
    pub fn from_vars(var: impl Fn(&str) -> Option<OsString>) -> Self {
        let folder = |name| {
            var(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let home = folder("HOME").or_else(|| folder("USERPROFILE"));
        let in_home = |path| home.as_ref().map(|home| home.join(path));
        let containers = |folder: PathBuf| folder.join("containers").join("auth.json");
        let files = [
            folder("REGISTRY_AUTH_FILE"),
            folder("XDG_RUNTIME_DIR").map(containers),
            folder("XDG_CONFIG_HOME")
                .or_else(|| in_home(".config"))
                .map(containers),
            folder("DOCKER_CONFIG")
                .or_else(|| in_home(".docker"))
                .map(|folder| folder.join("config.json")),
        ];
        Self {
            given: Vec::new(),
            files: files.into_iter().flatten().collect(),
            path: var("PATH"),
        }
    }

    /// Adds a login for a registry, which comes before any file.
    #[must_use]
    pub fn with(mut self, registry: &str, login: Login) -> Self {
        self.given.push((hub_alias(registry), login));
        self
    }

    /// The login for an image's repository, from the first place that has one.
    pub fn login(&self, image: &Reference) -> Result<Option<Login>> {
        if let Some((_, login)) = self
            .given
            .iter()
            .find(|(registry, _)| registry == image.registry())
        {
            return Ok(Some(login.clone()));
        }
        for file in &self.files {
            if let Some(file) = AuthFile::read(file)?
                && let Some(login) = file.login(image, self.path.as_ref())?
            {
                return Ok(Some(login));
            }
        }
        Ok(None)
    }
}
