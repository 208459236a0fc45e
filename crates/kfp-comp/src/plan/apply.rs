//! Writes the changes of a plan: all of them, or none; no file is ever half written.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use tempfile::NamedTempFile;

use super::{Action, Change};

pub(super) fn apply(root: &Path, changes: &[Change]) -> Result<()> {
    let mut undo = Undo::default();
    let mut staged = Vec::new();
    for change in changes.iter().filter(|change| !change.is_kept()) {
        let path = root.join(&change.path);
        let failed = || format!("could not write `{}`", path.display());
        staged.push((
            stage(&path, change, &mut undo).with_context(failed)?,
            path,
            change,
        ));
    }
    for (file, path, change) in staged {
        let failed = || format!("could not write `{}`", path.display());
        match &change.action {
            Action::Create(_) => {
                // The whole error would keep the temporary file.
                file.persist_noclobber(&path)
                    .map_err(|error| error.error)
                    .with_context(failed)?;
                undo.created.push(path);
            }
            Action::Update { from, .. } => {
                // A symbolic link stays; its target is replaced.
                let path = path.canonicalize().with_context(failed)?;
                file.persist(&path)
                    .map_err(|error| error.error)
                    .with_context(failed)?;
                undo.updated.push((path, from.clone()));
            }
            Action::Keep | Action::Leave => {}
        }
    }
    undo.is_committed = true;
    Ok(())
}

/// Writes the new text to a temporary file in the final directory, which is created if needed.
fn stage(path: &Path, change: &Change, undo: &mut Undo) -> io::Result<NamedTempFile> {
    let parent = path.parent().unwrap_or(Path::new("."));
    undo.create_directories(parent)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".kfp-comp-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let file = builder.tempfile_in(parent)?;
    let text = match &change.action {
        Action::Create(text) => text,
        Action::Update { to, .. } => {
            file.as_file()
                .set_permissions(fs::metadata(path)?.permissions())?;
            to
        }
        Action::Keep | Action::Leave => return Ok(file),
    };
    io::Write::write_all(&mut file.as_file(), text.as_bytes())?;
    Ok(file)
}

/// What to undo when a later file fails.
#[derive(Default)]
struct Undo {
    /// Set once everything is written; nothing is undone after that.
    is_committed: bool,
    directories: Vec<PathBuf>,
    created: Vec<PathBuf>,
    updated: Vec<(PathBuf, String)>,
}

impl Undo {
    fn create_directories(&mut self, directory: &Path) -> io::Result<()> {
        let missing: Vec<&Path> = directory
            .ancestors()
            .take_while(|path| !path.as_os_str().is_empty() && !path.exists())
            .collect();
        for path in missing.into_iter().rev() {
            fs::create_dir(path)?;
            self.directories.push(path.to_owned());
        }
        Ok(())
    }
}

impl Drop for Undo {
    fn drop(&mut self) {
        if self.is_committed {
            return;
        }
        // Best effort: the error that led here is the one to report.
        for (path, text) in &self.updated {
            let _ = fs::write(path, text);
        }
        for path in &self.created {
            let _ = fs::remove_file(path);
        }
        for path in self.directories.iter().rev() {
            let _ = fs::remove_dir(path);
        }
    }
}
