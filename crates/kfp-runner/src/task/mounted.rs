//! Secrets and config maps that a program reads as files.

use std::{
    collections::BTreeMap,
    env, fmt, fs, io,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use tempfile::TempDir;

/// A directory with one file for each key of a secret or config map.
#[derive(Clone)]
pub struct Mounted {
    /// The path the program sees it at.
    pub path: String,
    /// What is in the files, by key.
    pub values: BTreeMap<String, String>,
    /// Whether nobody may see that.
    pub is_secret: bool,
}

/// Without the values, which may be secret.
impl fmt::Debug for Mounted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mounted")
            .field("path", &self.path)
            .field("keys", &self.values.keys())
            .finish_non_exhaustive()
    }
}

/// The files of an attempt, which are deleted with this. They are not below the run's directory, which is kept, and no other
/// user can read them.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// None if there are no such files.
    _root: Option<TempDir>,
    /// Where they are, by the path the program sees them at.
    pub(super) directories: BTreeMap<String, PathBuf>,
}

impl Files {
    /// # Errors
    /// If they cannot be written.
    pub(super) fn write(all: &[Mounted]) -> Result<Self, String> {
        if all.is_empty() {
            return Ok(Self::default());
        }
        let failed = |error: io::Error| format!("could not write its secrets: {error}");
        let owner_only = fs::Permissions::from_mode(0o700);
        let root = tempfile::Builder::new()
            .prefix("kfp-")
            .permissions(owner_only)
            .tempdir_in(volatile())
            .map_err(failed)?;
        let mut directories = BTreeMap::new();
        for (index, mounted) in all.iter().enumerate() {
            let directory = root.path().join(index.to_string());
            fs::create_dir(&directory).map_err(failed)?;
            for (key, value) in &mounted.values {
                if key.contains('/') || [".", ".."].contains(&key.as_str()) {
                    return Err(format!("`{key}` cannot be the name of a file"));
                }
                write(&directory.join(key), value).map_err(failed)?;
            }
            directories.insert(mounted.path.clone(), directory);
        }
        Ok(Self {
            _root: Some(root),
            directories,
        })
    }
}

/// A directory that does not outlive the user's session, where there is one.
fn volatile() -> PathBuf {
    let of_session = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    of_session
        .filter(|directory| directory.is_dir())
        .unwrap_or_else(env::temp_dir)
}

fn write(path: &Path, value: &str) -> io::Result<()> {
    use io::Write as _;
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o400)
        .open(path)?;
    file.write_all(value.as_bytes())
}
