//! An OCI image layout: a directory that `skopeo`, `podman` and `crane` read, no registry needed.
//!
//! Images already in the directory stay; one of the same name and version is replaced. SBOMs stand beside the images
//! they are about, without a name, as `oras` keeps and finds referrers in a layout.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use kfp_catalog::replace_file;
use kfp_registry::{Descriptor, EMPTY_JSON, Index, MEDIA_TYPE_EMPTY, MEDIA_TYPE_MANIFEST};

use crate::error::{Context as _, Error, Result};
use crate::image::{Blob, Image, Packed};
use crate::sbom::{self, Sboms};

/// The annotation by which a layout names its images.
pub(super) const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// The annotation that names the image an SBOM is about, so that it goes when the image is replaced.
const SBOM_OF: &str = "dev.kfp-comp.sbom-of";
pub(super) const MARKER: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;

/// Adds `packed` and its SBOMs to the layout at `folder`, which is made if it is missing. The index is replaced last, in
/// one step.
///
/// # Errors
/// If `folder` holds another kind of index or cannot be written, or if an SBOM cannot be made.
pub fn add(folder: &Path, packed: &Packed, sboms: &Sboms<'_>) -> Result<()> {
    let failed = || format!("could not write the image layout `{}`", folder.display());
    let index_path = folder.join("index.json");
    let mut index = match fs::read(&index_path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
            Error::new(format!(
                "`{}` is not an OCI image index",
                index_path.display()
            ))
            .because(error)
            .hint("name an empty or new directory with `--oci-layout`")
        })?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Index::new(Vec::new()),
        Err(error) => return Err(error).context(failed),
    };
    let mut accompanying = Vec::new();
    for image in &packed.images {
        if let Some(document) = sboms(image.platform)? {
            accompanying.push(sbom(image, document));
        }
    }
    let blobs = folder.join("blobs/sha256");
    fs::create_dir_all(&blobs).context(failed)?;
    for blob in packed
        .blobs()
        .chain([&packed.index])
        .chain(accompanying.iter().flatten())
    {
        add_blob(&blobs, blob).context(failed)?;
    }
    write_whole(folder, "oci-layout", MARKER).context(failed)?;

    let entry = entry(packed);
    let name = entry.annotations[REF_NAME].clone();
    index
        .manifests
        .retain(|other| image_name(other) != Some(&name));
    index.manifests.push(entry);
    for [.., manifest] in accompanying {
        let mut entry = manifest.descriptor;
        entry.annotations.insert(SBOM_OF.to_owned(), name.clone());
        index.manifests.push(entry);
    }
    index
        .manifests
        .sort_by(|a, b| image_name(a).cmp(&image_name(b)));
    write_whole(folder, "index.json", &index.to_bytes()).context(failed)
}

/// The image that an entry is or is about.
fn image_name(entry: &Descriptor) -> Option<&String> {
    let annotation = |key| entry.annotations.get(key);
    annotation(REF_NAME).or_else(|| annotation(SBOM_OF))
}

/// An image's SBOM and what makes it a referrer of the image, its manifest last.
fn sbom(image: &Image, document: Vec<u8>) -> [Blob; 3] {
    let document = Blob::new(sbom::MEDIA_TYPE, document);
    let manifest = sbom::manifest(document.descriptor.clone()).about(&image.manifest.descriptor);
    let mut blob = Blob::new(MEDIA_TYPE_MANIFEST, manifest.to_bytes());
    blob.descriptor = manifest.listed();
    [
        document,
        Blob::new(MEDIA_TYPE_EMPTY, EMPTY_JSON.to_vec()),
        blob,
    ]
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
    replace_file(&folder.join(name), |file| file.write_all(bytes))
}
