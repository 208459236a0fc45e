//! Moves a finished output to its final name: by renaming it, or by copying it where the file system cannot rename.
//!
//! Mounted object stores are such file systems: gcsfuse, which Vertex AI mounts at `/gcs`, answers "too many open files" to
//! renaming a directory; others answer "not supported", "busy" or "on another device".

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::{io, process};

/// Moves `staged` to `target`, which then holds nothing else. A rename is atomic; a copy is not.
pub(crate) fn relocate(staged: &Path, target: &Path) -> io::Result<()> {
    let renamed = fs::rename(staged, target).or_else(|error| match error.kind() {
        io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotADirectory => replace(staged, target),
        _ => Err(error),
    });
    let Err(error) = renamed else { return Ok(()) };
    // Without anything to move, the reason is not the file system.
    if fs::symlink_metadata(staged).is_err() {
        return Err(error);
    }
    make_room(target)?;
    copy(staged, target).inspect_err(|_| {
        let _ = remove(target);
    })?;
    // The output is in place, whether or not its copy can be removed.
    let _ = remove(staged);
    Ok(())
}

/// Removes what is at `target`. Where a volume is mounted, an empty directory or a file remains, which a copy fills.
fn make_room(target: &Path) -> io::Result<()> {
    remove(target).or_else(|error| {
        let is_full = fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_some());
        if is_full { Err(error) } else { Ok(()) }
    })
}

/// Replaces what is at `target`, which takes two renames: for a moment there is nothing.
fn replace(staged: &Path, target: &Path) -> io::Result<()> {
    let old = beside(target, "replaced");
    remove(&old)?;
    fs::rename(target, &old)?;
    fs::rename(staged, target).inspect_err(|_| {
        let _ = fs::rename(&old, target);
    })?;
    // The output is in place, whether or not the old one can be removed.
    let _ = remove(&old);
    Ok(())
}

/// Copies a file, a link or a directory tree.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(from)?;
    if metadata.is_dir() {
        fs::create_dir(to).or_else(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Ok(()),
            _ => Err(error),
        })?;
        for entry in fs::read_dir(from)? {
            let name = entry?.file_name();
            copy(&from.join(&name), &to.join(&name))?;
        }
    } else if metadata.is_symlink() {
        copy_link(from, to)?;
    } else {
        let mut file = File::create(to)?;
        io::copy(&mut File::open(from)?, &mut file)?;
        // Such file systems store a file when it is closed, and only this reports that it could not be stored.
        file.sync_all()?;
    }
    if !metadata.is_symlink() {
        // They may not have permissions.
        let _ = fs::set_permissions(to, metadata.permissions());
    }
    Ok(())
}

#[cfg(unix)]
fn copy_link(from: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(fs::read_link(from)?, to)
}

#[cfg(not(unix))]
fn copy_link(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to).map(|_| ())
}

/// A name in the same directory that ends as `path` does, for libraries that look at the extension.
pub(crate) fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = OsString::from(format!(".{what}-{}-", process::id()));
    name.push(path.file_name().unwrap_or_default());
    path.with_file_name(name)
}

/// Removes a file or a directory tree, if there is one.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    removed.or_else(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            Ok(())
        } else {
            Err(error)
        }
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::path::Path;

    use super::copy;
    use crate::temp_dir::TempDir;

    #[test]
    fn a_tree_is_copied_with_its_links_and_permissions() {
        let dir = TempDir::new().unwrap();
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        fs::create_dir_all(from.join("a/b")).unwrap();
        fs::write(from.join("a/tool"), "#!").unwrap();
        fs::set_permissions(from.join("a/tool"), fs::Permissions::from_mode(0o755)).unwrap();
        symlink("tool", from.join("a/link")).unwrap();
        copy(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("a/link")).unwrap(), "#!");
        assert_eq!(fs::read_link(to.join("a/link")).unwrap(), Path::new("tool"));
        assert!(to.join("a/b").is_dir());
        let mode = fs::metadata(to.join("a/tool"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o755);
    }
}
