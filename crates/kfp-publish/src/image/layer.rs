//! The one layer of an image: a tar archive and its gzip form, the same bytes on every machine.
//!
//! Takes no metadata from the host and no clock: every header field is set here.

use kfp_registry::Digest;
use tar::{EntryType, Header};

use super::cache::Cache;
use super::compression::compress;
use super::rootfs;
use crate::error::{Context as _, Result};

/// A layer, by its two names.
pub(super) struct Layer {
    /// The digest of the archive.
    pub(super) diff_id: Digest,
    /// The compressed archive.
    pub(super) bytes: Vec<u8>,
    /// The digest of the compressed archive.
    pub(super) digest: Digest,
}

/// Packs `program` as `/name` into a layer, compressing only what `cache` does not have.
pub(super) fn pack(name: &str, program: &[u8], cache: &Cache) -> Result<Layer> {
    let archive = archive(name, program).context(|| format!("could not pack `{name}`"))?;
    let diff_id = Digest::of(&archive);
    if let Some((digest, bytes)) = cache.load(&diff_id) {
        return Ok(Layer {
            diff_id,
            bytes,
            digest,
        });
    }
    let bytes =
        compress(&archive).context(|| format!("could not compress the layer of `{name}`"))?;
    let digest = Digest::of(&bytes);
    cache.store(&diff_id, &digest, &bytes);
    Ok(Layer {
        diff_id,
        bytes,
        digest,
    })
}

fn archive(name: &str, program: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::with_capacity(program.len() + (1 << 19)));
    for entry in rootfs::entries(name, program) {
        let mut header = Header::new_ustar();
        header.set_path(&*entry.path)?;
        header.set_entry_type(if entry.path.ends_with('/') {
            EntryType::Directory
        } else {
            EntryType::Regular
        });
        header.set_mode(entry.mode);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size(entry.content.len() as u64);
        header.set_cksum();
        archive.append(&header, entry.content)?;
    }
    archive.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpacked(layer: &Layer) -> Vec<u8> {
        // gzip ends with the size of what it holds.
        let size = layer
            .bytes
            .last_chunk()
            .map_or(0, |size| u32::from_le_bytes(*size));
        let mut archive = vec![0; size.try_into().unwrap()];
        libdeflater::Decompressor::new()
            .gzip_decompress(&layer.bytes, &mut archive)
            .unwrap();
        archive
    }

    fn listing(layer: &Layer) -> Vec<String> {
        let mut text = Vec::new();
        for entry in tar::Archive::new(&*unpacked(layer)).entries().unwrap() {
            let entry = entry.unwrap();
            let header = entry.header();
            text.push(format!(
                "{:o} {}:{} {} {}",
                header.mode().unwrap(),
                header.uid().unwrap(),
                header.gid().unwrap(),
                header.mtime().unwrap(),
                String::from_utf8_lossy(&entry.path_bytes()),
            ));
        }
        text
    }

    #[test]
    fn every_parent_comes_before_its_children_and_the_host_leaves_no_trace() {
        let layer = pack("data-ingestion", b"program", &Cache::none()).unwrap();
        assert_eq!(
            listing(&layer),
            [
                "555 0:0 0 data-ingestion",
                "755 0:0 0 etc/",
                "444 0:0 0 etc/group",
                "444 0:0 0 etc/passwd",
                "755 0:0 0 etc/ssl/",
                "755 0:0 0 etc/ssl/certs/",
                "444 0:0 0 etc/ssl/certs/ca-certificates.crt",
                "1777 0:0 0 tmp/",
            ]
        );
    }

    #[test]
    fn the_two_digests_name_the_archive_and_its_compressed_form() {
        let layer = pack("a", b"program", &Cache::none()).unwrap();
        assert_eq!(Digest::of(&unpacked(&layer)), layer.diff_id);
        assert_eq!(Digest::of(&layer.bytes), layer.digest);
    }

    /// When this fails, a dependency changed the bytes of every layer: rename `COMPRESSOR` and say so in the changelog.
    #[test]
    fn a_known_program_gives_the_known_layer() {
        // Long and varied enough that another compressor or level would show.
        let program: Vec<u8> = (0u32..200_000)
            .flat_map(|i| (i.wrapping_mul(i) >> 7).to_le_bytes())
            .collect();
        let layer = pack("golden", &program, &Cache::none()).unwrap();
        assert_eq!(
            layer.diff_id.to_string(),
            "sha256:5b7386eb8e7be0518603f2ef5c4386ba536e12c0b1def36469610b7cdd6174e3"
        );
        assert_eq!(
            layer.digest.to_string(),
            "sha256:b4813d31516673ffa319f2ebf75ede8eaeb6fb756f9583bd2902f0438845bd86"
        );
    }

    #[test]
    fn the_second_packing_takes_the_bytes_of_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::below(folder.path());
        let first = pack("a", b"program", &cache).unwrap();
        let (digest, bytes) = cache.load(&first.diff_id).unwrap();
        assert_eq!((digest, bytes), (first.digest, first.bytes));
    }

    #[test]
    fn a_damaged_entry_is_packed_again_and_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::below(folder.path());
        let good = pack("a", b"program", &cache).unwrap();
        let path = cache.path(&good.diff_id).unwrap();
        let whole = std::fs::read(&path).unwrap();
        let mut flipped = whole.clone();
        *flipped.last_mut().unwrap() ^= 1;
        for damaged in [
            Vec::new(),
            whole[..whole.len() / 2].to_vec(),
            b"no digest\n".to_vec(),
            flipped,
        ] {
            std::fs::write(&path, damaged).unwrap();
            assert_eq!(cache.load(&good.diff_id), None);
            assert_eq!(pack("a", b"program", &cache).unwrap().digest, good.digest);
            assert_eq!(std::fs::read(&path).unwrap(), whole);
        }
    }

    #[test]
    fn a_folder_that_cannot_be_written_costs_time_only() {
        let cache = Cache::below(std::path::Path::new("/dev/null"));
        pack("a", b"program", &cache).unwrap();
    }
}
