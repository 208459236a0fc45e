//! One tar file that is both an OCI layout and what `docker load` and `podman load` read.
//!
//! Docker's older format knows no index, so every platform has its own tag there: `name:1.0.0-arm64`.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use kfp_catalog::replace_file;
use kfp_registry::{Digest, Index};
use serde::Serialize;
use tar::{EntryType, Header};

use super::layout;
use crate::error::{Context as _, Result};
use crate::image::{Image, Packed};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DockerImage {
    config: String,
    repo_tags: [String; 1],
    layers: [String; 1],
}

/// Writes all of `packed` to `file`, replacing it in one step.
///
/// # Errors
/// If the file cannot be written.
pub fn write(file: &Path, packed: &[Packed]) -> Result<()> {
    replace_file(file, |tar| archive(io::BufWriter::new(tar), packed))
        .context(|| format!("could not write the tarball `{}`", file.display()))
}

fn archive(out: impl Write, packed: &[Packed]) -> io::Result<()> {
    let blobs: BTreeMap<Digest, &[u8]> = packed
        .iter()
        .flat_map(|packed| packed.blobs().chain([&packed.index]))
        .map(|blob| (blob.digest(), blob.bytes.as_slice()))
        .collect();
    let docker: Vec<_> = packed.iter().flat_map(docker_images).collect();
    let index = Index::new(packed.iter().map(layout::entry).collect());

    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::from([
        ("index.json".to_owned(), index.to_bytes()),
        ("manifest.json".to_owned(), serde_json::to_vec(&docker)?),
        ("oci-layout".to_owned(), layout::MARKER.to_vec()),
    ]);
    files.extend(
        blobs
            .iter()
            .map(|(digest, bytes)| (path(digest), bytes.to_vec())),
    );

    let mut archive = tar::Builder::new(out);
    for folder in ["blobs/", "blobs/sha256/"] {
        append(&mut archive, folder, &[])?;
    }
    for (name, bytes) in &files {
        append(&mut archive, name, bytes)?;
    }
    archive.into_inner()?.flush()
}

fn docker_images(packed: &Packed) -> Vec<DockerImage> {
    let tag = |image: &Image| match packed.images.as_slice() {
        [_] => format!("{}:{}", packed.name, packed.version),
        _ => format!(
            "{}:{}-{}",
            packed.name,
            packed.version,
            image.platform.architecture()
        ),
    };
    let docker = |image: &Image| DockerImage {
        config: path(&image.config.digest()),
        repo_tags: [tag(image)],
        layers: [path(&image.layer.digest())],
    };
    packed.images.iter().map(docker).collect()
}

fn path(digest: &Digest) -> String {
    format!("blobs/sha256/{}", digest.hex())
}

fn append(archive: &mut tar::Builder<impl Write>, name: &str, bytes: &[u8]) -> io::Result<()> {
    let folder = name.ends_with('/');
    let mut header = Header::new_ustar();
    header.set_path(name)?;
    header.set_entry_type(if folder {
        EntryType::Directory
    } else {
        EntryType::Regular
    });
    header.set_mode(if folder { 0o755 } else { 0o644 });
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(bytes.len() as u64);
    header.set_cksum();
    archive.append(&header, bytes)
}
