//! Logins, as docker, podman and their credential helpers store them. Nothing is written.
//!
//! A place that cannot be read never hides a login in another one.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::auth_file::AuthFile;
use crate::reference::hub_alias;
use crate::{Error, Reference, Result, Secret};

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
///
/// ```
/// use kfp_registry::{Credentials, Login, Secret};
///
/// let login = Login::Password { user: "ann".to_owned(), password: Secret::new("s3cret") };
/// let credentials = Credentials::none().with("ghcr.io", login.clone());
/// assert_eq!(credentials.login(&"ghcr.io/acme/app".parse()?)?, Some(login));
/// assert_eq!(credentials.login(&"quay.io/acme/app".parse()?)?, None);
/// # Ok::<(), kfp_registry::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Credentials {
    explicit: Vec<(String, Login)>,
    /// `DOCKER_AUTH_CONFIG`: the text of a `config.json`.
    inline: Option<Secret>,
    files: Vec<PathBuf>,
    path: Option<OsString>,
}

impl Credentials {
    /// No login anywhere.
    pub fn none() -> Self {
        Self::default()
    }

    /// The logins of docker and podman on this machine, in this order: `DOCKER_AUTH_CONFIG`, `REGISTRY_AUTH_FILE`, podman's
    /// `auth.json` of the session and of the user, docker's `config.json`.
    pub fn from_env() -> Self {
        let mut found = Self::from_vars(|name| env::var_os(name));
        // Podman's own default where there is no session, such as in a container.
        if env::var_os("XDG_RUNTIME_DIR").is_none_or(|folder| folder.is_empty()) {
            found.files.extend(session_file());
        }
        found
    }

    /// The logins that docker and podman would use if the environment were `variable`.
    pub fn from_vars(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let folder = |name| set(name).map(PathBuf::from);
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
        let inline = set("DOCKER_AUTH_CONFIG").and_then(|text| text.into_string().ok());
        Self {
            explicit: Vec::new(),
            inline: inline.map(Secret::new),
            files: files.into_iter().flatten().collect(),
            path: variable("PATH"),
        }
    }

    /// Adds a login for a registry, `host` or `host:port`, which comes before any file.
    #[must_use]
    pub fn with(mut self, registry: &str, login: Login) -> Self {
        self.explicit.push((hub_alias(registry), login));
        self
    }

    /// The login for an image's repository, from the first place that has one.
    ///
    /// # Errors
    /// If no place has one, and one of them could not be read: [`Error::File`], [`Error::CredentialFile`] or
    /// [`Error::CredentialHelper`]. There may be a login nevertheless, so this is worth telling if the registry wants one.
    pub fn login(&self, image: &Reference) -> Result<Option<Login>> {
        let explicit = self
            .explicit
            .iter()
            .find(|(registry, _)| registry == image.registry());
        if let Some((_, login)) = explicit {
            return Ok(Some(login.clone()));
        }
        let inline = self
            .inline
            .as_ref()
            .map(|text| AuthFile::parse("DOCKER_AUTH_CONFIG", text.expose().as_bytes()).map(Some));
        let files = self.files.iter().map(|path| AuthFile::read(path));
        let mut problem: Option<Error> = None;
        for place in inline.into_iter().chain(files) {
            match place.and_then(|file| match file {
                Some(file) => file.login(image, self.path.as_ref()),
                None => Ok(None),
            }) {
                Ok(Some(login)) => return Ok(Some(login)),
                Ok(None) => {}
                Err(error) => problem = problem.or(Some(error)),
            }
        }
        problem.map_or(Ok(None), Err)
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("explicit", &self.explicit)
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}

/// `/run/containers/<uid>/auth.json`, where podman keeps logins of users that have no session folder.
#[cfg(target_os = "linux")]
fn session_file() -> Option<PathBuf> {
    use std::os::unix::fs::MetadataExt as _;
    let user = std::fs::metadata("/proc/self").ok()?.uid();
    Some(PathBuf::from(format!("/run/containers/{user}/auth.json")))
}

#[cfg(not(target_os = "linux"))]
fn session_file() -> Option<PathBuf> {
    None
}
