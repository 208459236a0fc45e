//! An OCI image layout: a directory that `skopeo`, `podman` and `crane` read, no registry needed.
//!
//! Images already in the directory stay; one of the same name and version is replaced.

use std::fs;
use std::path::Path;

use kfp_registry::{Descriptor, Index};

use crate::error::{Context as _, Error, Result};
use crate::image::{Blob, Packed};

/// The annotation by which a layout names its images.
pub(super) const REF_NAME: &str = "org.opencontainers.image.ref.name";
pub(super) const MARKER: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;

/// Adds `packed` to the layout at `folder`, which is made if it is missing. The index is replaced last, in one step.
pub fn add(folder: &Path, packed: &Packed) -> Result<()> {
    let failed = || format!("could not write the image layout `{}`", folder.display());
    let index_path = folder.join("index.json");
    let mut index = match fs::read(&index_path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
            Error::new(format!("`{}` is no OCI image index", index_path.display()))
                .because(error)
                .hint("name an empty or new directory with `--oci-layout`")
        })?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Index::new(Vec::new()),
        Err(error) => return Err(error).context(failed),
    };
    let blobs = folder.join("blobs/sha256");
    fs::create_dir_all(&blobs).context(failed)?;
    for blob in packed.blobs().chain([&packed.index]) {
        add_blob(&blobs, blob).context(failed)?;
    }
    write_whole(folder, "oci-layout", MARKER).context(failed)?;

    let entry = entry(packed);
    index
        .manifests
        .retain(|other| other.annotations.get(REF_NAME) != entry.annotations.get(REF_NAME));
    index.manifests.push(entry);
    index.manifests.sort_by(|a, b| {
        a.annotations
            .get(REF_NAME)
            .cmp(&b.annotations.get(REF_NAME))
    });
    write_whole(folder, "index.json", &index.to_bytes()).context(failed)
}

/// What stands in a layout's index for `packed`.
pub(super) fn entry(packed: &Packed) -> Descriptor {
    let mut entry = packed.index.descriptor.clone();
    entry.annotations.insert(
        REF_NAME.to_owned(),
        format!("{}:{}", packed.name, packed.version),
    );
    entry
}

fn add_blob(folder: &Path, blob: &Blob) -> std::io::Result<()> {
    let name = blob.digest().hex();
    // A file left by a crash of the machine may be short.
    let there =
        fs::metadata(folder.join(&name)).is_ok_and(|file| file.len() == blob.descriptor.size);
    if there {
        Ok(())
    } else {
        write_whole(folder, &name, &blob.bytes)
    }
}

fn write_whole(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    crate::files::replace(&folder.join(name), bytes)
}
