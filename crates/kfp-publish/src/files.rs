//! Files written whole or not at all.
//!
//! A reader never sees half a file, a failure leaves what was there.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use tempfile::NamedTempFile;

/// Writes `bytes` to `path`, replacing what is there.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    beside(path, |file| file.write_all(bytes))?.persist(path)?;
    Ok(())
}

/// Writes `bytes` to `path`, which must not exist yet; makes its parents.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    beside(path, |file| file.write_all(bytes))?.persist_noclobber(path)?;
    Ok(())
}

/// A finished temporary file in the folder of `path`, filled by `write`.
pub(crate) fn beside(
    path: &Path,
    write: impl FnOnce(&mut fs::File) -> io::Result<()>,
) -> io::Result<NamedTempFile> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".kfp-comp-");
    // Temporary files are private by default; these become ordinary ones.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    let mut file = builder.tempfile_in(folder)?;
    write(file.as_file_mut())?;
    file.as_file().sync_all()?;
    Ok(file)
}
