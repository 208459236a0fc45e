//! Compressed layers kept between runs, by the digest of the archive they hold.
//!
//! Never trusted: an entry that does not hash to what it says costs one compression, and so does a folder that cannot be written.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use kfp_catalog::replace_file;
use kfp_registry::Digest;

use super::compression::COMPRESSOR;

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

    /// An entry is the digest of the compressed bytes on its own line, and the bytes.
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
        // A cache that cannot be written only costs time.
        let _ = replace_file(&path, |entry| {
            writeln!(entry, "{digest}")?;
            entry.write_all(bytes)
        });
    }

    /// Where the layer of that archive is kept.
    pub(super) fn path(&self, diff_id: &Digest) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(diff_id.hex()))
    }
}
