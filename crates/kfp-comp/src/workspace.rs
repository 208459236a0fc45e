//! The workspace of the current directory, for verbs that only read it.

#[cfg(unix)]
use std::path::PathBuf;

use kfp_workspace::{Error, Result, Workspace};

/// The workspace of the current directory, if there is one. Where cargo was asked before and nothing has changed since, it
/// is not asked again: that takes longer than most verbs.
///
/// # Errors
/// If cargo cannot read it, or its settings are wrong.
#[cfg(unix)]
pub(crate) fn find() -> Result<Option<Workspace>> {
    let here = std::env::current_dir().map_err(Error::CurrentDirectory)?;
    Workspace::find_kept(&here, &user_cache().join("workspaces"))
}

/// The workspace of the current directory, if there is one.
///
/// # Errors
/// If cargo cannot read it, or its settings are wrong.
#[cfg(not(unix))]
pub(crate) fn find() -> Result<Option<Workspace>> {
    Workspace::find()
}

/// The workspace of the current directory.
///
/// # Errors
/// As [`find`], and if there is none.
pub(crate) fn open() -> Result<Workspace> {
    find()?.ok_or(Error::NoManifest)
}

/// The user's folder for what can be made again.
#[cfg(unix)]
pub(crate) fn user_cache() -> PathBuf {
    let home = || std::env::home_dir().unwrap_or_else(std::env::temp_dir);
    let usual = if cfg!(target_os = "macos") {
        "Library/Caches"
    } else {
        ".cache"
    };
    let folder = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    folder
        .filter(|folder| folder.is_absolute())
        .unwrap_or_else(|| home().join(usual))
        .join("kfp-comp")
}
