//! Files and directories kept by their digest, and linked to where they are needed.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::digests::Digests;
use crate::record::Content;

/// The store.
#[derive(Clone, Debug)]
pub(super) struct Objects {
    root: PathBuf,
}

impl Objects {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Keeps a file or directory whose content is known.
    ///
    /// # Errors
    /// If it cannot be linked or copied.
    pub(super) fn keep(&self, path: &Path, content: &Content) -> io::Result<()> {
        let object = self.path(content);
        if object.exists() {
            return Ok(());
        }
        fs::create_dir_all(&self.root)?;
        let temporary = tempfile::Builder::new()
            .prefix(".new-")
            .tempdir_in(&self.root)?;
        let inside = temporary.path().join("object");
        place(path, &inside)?;
        match fs::rename(&inside, &object) {
            // Another run kept the same at the same time.
            Err(_) if object.exists() => Ok(()),
            result => result,
        }
    }

    /// Puts what is kept under a digest where it is needed.
    ///
    /// # Errors
    /// If it is not there any more or not what it was, or cannot be linked or copied.
    pub(super) fn place(
        &self,
        content: &Content,
        path: &Path,
        digests: &Digests,
    ) -> io::Result<()> {
        let object = self.path(content);
        if digests.of_path(&object)? != *content {
            // It is of no use to anybody, and in the way of the right one.
            if object.is_dir() {
                fs::remove_dir_all(&object)?;
            } else {
                fs::remove_file(&object)?;
            }
            return Err(io::Error::other("it is not what it was when it was kept"));
        }
        place(&object, path)
    }

    /// Where something is kept, if it is.
    pub(super) fn path(&self, content: &Content) -> PathBuf {
        let kind = if content.files.is_some() { "d" } else { "f" };
        self.root.join(format!("{kind}-{}", content.sha256))
    }
}

/// Links a file, or the files of a directory, where that is possible; else copies. What is shared is read-only, so that
/// a task that writes into its input fails instead of changing what others get.
fn place(from: &Path, to: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(from)?;
    if metadata.is_dir() {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            place(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    if metadata.is_symlink() {
        return std::os::unix::fs::symlink(fs::read_link(from)?, to);
    }
    let mut permissions = metadata.permissions();
    if !permissions.readonly() {
        permissions.set_readonly(true);
        fs::set_permissions(from, permissions)?;
    }
    if fs::hard_link(from, to).is_err() {
        fs::copy(from, to)?;
    }
    Ok(())
}
