//! An OCI image layout: a directory that `skopeo`, `podman` and `crane` read, no registry needed.
//!
//! Images already in the directory stay; one of the same name and version is replaced. Bills of materials stand beside
//! the images they are about, without a name, as `oras` keeps and finds referrers in a layout.

use std::fs;
use std::path::Path;

use kfp_registry::{Descriptor, EMPTY_JSON, Index, MEDIA_TYPE_EMPTY, MEDIA_TYPE_MANIFEST};

use crate::error::{Context as _, Error, Result};
use crate::image::{Blob, Image, Packed};
use crate::push::Bills;
use crate::sbom;

/// The annotation by which a layout names its images.
pub(super) const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// The annotation by which a bill of materials goes when its image is replaced.
const BILL_OF: &str = "dev.kfp-comp.bill-of";
pub(super) const MARKER: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;

/// Adds `packed` and its bills of materials to the layout at `folder`, which is made if it is missing. The index is
/// replaced last, in one step.
pub fn add(folder: &Path, packed: &Packed, bills: &Bills<'_>) -> Result<()> {
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
    let images = packed.images.iter();
    let bills: Vec<_> = images
        .map(|image| bill(image, bills))
        .collect::<Result<_>>()?;
    let blobs = folder.join("blobs/sha256");
    fs::create_dir_all(&blobs).context(failed)?;
    for blob in packed
        .blobs()
        .chain([&packed.index])
        .chain(bills.iter().flatten())
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
    for [.., manifest] in bills {
        let mut entry = manifest.descriptor;
        entry.annotations.insert(BILL_OF.to_owned(), name.clone());
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
    annotation(REF_NAME).or_else(|| annotation(BILL_OF))
}

/// An image's bill of materials and what hangs it on the image, its manifest last.
fn bill(image: &Image, bills: &Bills<'_>) -> Result<[Blob; 3]> {
    let bill = Blob::new(sbom::MEDIA_TYPE, bills(image.platform)?);
    let manifest = sbom::manifest(bill.descriptor.clone()).about(&image.manifest.descriptor);
    let mut blob = Blob::new(MEDIA_TYPE_MANIFEST, manifest.to_bytes());
    blob.descriptor = manifest.listed();
    Ok([bill, Blob::new(MEDIA_TYPE_EMPTY, EMPTY_JSON.to_vec()), blob])
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
