//! The content of artifacts, written here.

use std::{fs, io, path::Path};

use anyhow::{Context, Result};
use flate2::read::GzDecoder;
use kfp_catalog::replace_file;
use kfp_client::outputs::Content;

use crate::error::hinted_usage;

/// Writes a file whole, or leaves what was there.
///
/// # Errors
/// If it does not arrive whole, or cannot be written.
pub(super) fn file(content: Content, to: &Path) -> Result<()> {
    let mut lost = None;
    let written = replace_file(to, |file| {
        content.write_to(file).map(drop).map_err(|error| {
            let text = error.to_string();
            lost = Some(error);
            io::Error::other(text)
        })
    });
    match lost {
        Some(error) => Err(error.into()),
        None => written.with_context(|| format!("could not write `{}`", to.display())),
    }
}

/// Writes a directory whole. What is there is replaced if `may_replace` says so.
///
/// # Errors
/// If something is there that may not be replaced, or it does not arrive whole or cannot be written.
pub(super) fn directory(content: Content, to: &Path, may_replace: bool) -> Result<()> {
    if to.exists() && !may_replace {
        return Err(hinted_usage(
            format!("`{}` exists, and the artifact is a directory", to.display()),
            "name a directory that does not exist yet: `--output DIR`",
        ));
    }
    let failed = || format!("could not write `{}`", to.display());
    let folder = to
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    fs::create_dir_all(folder).with_context(failed)?;
    let new = tempfile::Builder::new()
        .prefix(".kfp-comp-")
        .tempdir_in(folder)
        .with_context(failed)?;
    let mut archive = tar::Archive::new(GzDecoder::new(content));
    for entry in archive.entries().with_context(failed)? {
        let mut entry = entry.with_context(failed)?;
        // Links could lead out of the directory, and no store has any.
        if entry.header().entry_type().is_file() {
            entry.unpack_in(new.path()).with_context(failed)?;
        }
    }
    let replaced = if to.is_dir() {
        fs::remove_dir_all(to)
    } else if to.exists() {
        fs::remove_file(to)
    } else {
        Ok(())
    };
    replaced.with_context(failed)?;
    fs::rename(new.keep(), to).with_context(failed)
}
