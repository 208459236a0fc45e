//! Digests of files and directories.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::record::Content;

/// The digest of a text or bytes, in hex.
pub fn of_bytes(bytes: impl AsRef<[u8]>) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// The digest and size of a file, or of a directory with all that is in it: names, contents and links, sorted by name.
///
/// # Errors
/// If something cannot be read.
pub fn of_path(path: &Path) -> io::Result<Content> {
    of_path_by(path, &of_file)
}

/// The same, with what finds the digest of a file.
pub(crate) fn of_path_by(
    path: &Path,
    of_file: &dyn Fn(&Path) -> io::Result<String>,
) -> io::Result<Content> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_dir() {
        return Ok(Content {
            sha256: of_file(path)?,
            bytes: metadata.len(),
            files: None,
        });
    }
    let mut tree = Sha256::new();
    let (mut bytes, mut files) = (0, 0);
    let below = Path::new("");
    walk(path, below, of_file, &mut tree, &mut bytes, &mut files)?;
    Ok(Content {
        sha256: HEXLOWER.encode(&tree.finalize()),
        bytes,
        files: Some(files),
    })
}

fn walk(
    root: &Path,
    below: &Path,
    of_file: &dyn Fn(&Path) -> io::Result<String>,
    tree: &mut Sha256,
    bytes: &mut u64,
    files: &mut u64,
) -> io::Result<()> {
    let mut entries = fs::read_dir(root.join(below))?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = below.join(entry.file_name());
        let kind = entry.file_type()?;
        let (mark, content) = if kind.is_dir() {
            ("d", String::new())
        } else if kind.is_symlink() {
            let target = fs::read_link(entry.path())?;
            ("l", of_bytes(target.as_os_str().as_encoded_bytes()))
        } else {
            *files += 1;
            *bytes += entry.metadata()?.len();
            ("f", of_file(&entry.path())?)
        };
        // Lengths before contents, so that no two trees give the same stream.
        let name_bytes = name.as_os_str().as_encoded_bytes();
        tree.update(format!("{mark}{}:", name_bytes.len()));
        tree.update(name_bytes);
        tree.update(content);
        if kind.is_dir() {
            walk(root, &name, of_file, tree, bytes, files)?;
        }
    }
    Ok(())
}

pub(crate) fn of_file(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 128 << 10];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(HEXLOWER.encode(&hash.finalize()));
        }
        hash.update(&buffer[..read]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_its_names_and_contents() {
        let directory = tempfile::tempdir().unwrap();
        let make = |name: &str, files: &[(&str, &str)]| {
            let root = directory.path().join(name);
            for (file, text) in files {
                let path = root.join(file);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            of_path(&root).unwrap()
        };
        let first = make("a", &[("x/y", "1"), ("z", "22")]);
        assert_eq!((first.bytes, first.files), (3, Some(2)));
        assert_eq!(first, make("b", &[("z", "22"), ("x/y", "1")]));
        assert_ne!(first.sha256, make("c", &[("x/y", "1"), ("z", "23")]).sha256);
        assert_ne!(first.sha256, make("d", &[("xy", "1"), ("z", "22")]).sha256);
    }
}
