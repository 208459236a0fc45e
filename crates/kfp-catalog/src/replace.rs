//! Files are replaced in one step, never changed in place.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Replaces the file at `path` by what `write` writes, creating its parent directories.
///
/// Readers see the old content or the new one, and a failure leaves the old one. The file is not flushed to the disk:
/// everything that is written with it can be made again.
///
/// # Errors
/// If a directory or the file cannot be written, or if `write` fails.
pub fn replace_file(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".kfp-comp-");
    // Temporary files are private by default; these become ordinary ones.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    let mut file = builder.tempfile_in(directory)?;
    write(file.as_file_mut())?;
    file.persist(path)?;
    Ok(())
}
