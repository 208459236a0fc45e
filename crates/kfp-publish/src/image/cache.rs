//! Compressed layers kept between runs, by the digest of the archive they hold.
//!
//! Never trusted: an entry that does not hash to what it says costs one compression, and so does a folder that cannot be written.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use kfp_registry::Digest;

use super::layer::COMPRESSOR;

/// A folder of compressed layers.
pub struct Cache {
    folder: Option<PathBuf>,
}

impl Cache {
    /// The cache below `target`, a Cargo target directory.
    pub fn below(target: &Path) -> Self {
        Self {
            folder: Some(target.join("kfp-comp/layers").join(COMPRESSOR)),
        }
    }

    /// A cache that remembers nothing.
    pub const fn none() -> Self {
        Self { folder: None }
    }

    /// An entry is the digest of the compressed bytes on a line of its own, and the bytes.
    pub(super) fn load(&self, diff_id: &Digest) -> Option<(Digest, Vec<u8>)> {
        let mut entry = fs::read(self.path(diff_id)?).ok()?;
        let line = entry.iter().position(|byte| *byte == b'\n')?;
        let digest: Digest = std::str::from_utf8(&entry[..line]).ok()?.parse().ok()?;
        entry.drain(..=line);
        (Digest::of(&entry) == digest).then_some((digest, entry))
    }

    pub(super) fn store(&self, diff_id: &Digest, digest: &Digest, bytes: &[u8]) {
        let Some(path) = self.path(diff_id) else {
            return;
        };
        // A cache that cannot be written is no reason to fail.
        let _ = (|| -> std::io::Result<()> {
            let folder = path.parent().unwrap_or(Path::new("."));
            fs::create_dir_all(folder)?;
            let mut entry = tempfile::NamedTempFile::new_in(folder)?;
            writeln!(entry, "{digest}")?;
            entry.write_all(bytes)?;
            entry.persist(path)?;
            Ok(())
        })();
    }

    fn path(&self, diff_id: &Digest) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(diff_id.hex()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::layer::pack;

    #[test]
    fn the_second_packing_takes_the_bytes_of_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::below(folder.path());
        let first = pack("a", b"program", &cache).unwrap();
        let (digest, bytes) = cache.load(&first.diff_id).unwrap();
        assert_eq!((digest, bytes), (first.digest, first.bytes));
    }

    #[test]
    fn a_spoilt_entry_is_packed_again_and_mended() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::below(folder.path());
        let good = pack("a", b"program", &cache).unwrap();
        let path = cache.path(&good.diff_id).unwrap();
        let whole = fs::read(&path).unwrap();
        let mut flipped = whole.clone();
        *flipped.last_mut().unwrap() ^= 1;
        for spoilt in [
            Vec::new(),
            whole[..whole.len() / 2].to_vec(),
            b"no digest\n".to_vec(),
            flipped,
        ] {
            fs::write(&path, spoilt).unwrap();
            assert_eq!(cache.load(&good.diff_id), None);
            assert_eq!(pack("a", b"program", &cache).unwrap().digest, good.digest);
            assert_eq!(fs::read(&path).unwrap(), whole);
        }
    }

    #[test]
    fn a_folder_that_cannot_be_written_costs_time_only() {
        let cache = Cache {
            folder: Some(PathBuf::from("/dev/null/layers")),
        };
        pack("a", b"program", &cache).unwrap();
    }
}
