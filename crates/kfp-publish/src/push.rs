//! Into a registry, children before parents, and back again to see that they are there.
//!
//! A version's tag is never moved, and a push that is cut off anywhere leaves nothing that names what is missing.

use kfp_registry::{Client, Digest, Lookup, MEDIA_TYPE_INDEX, Reference};

use crate::conflict;
use crate::error::{Context as _, Error, Result};
use crate::image::{Blob, Packed};
use crate::sbom::Sboms;
pub use crate::upload::Listener;
use crate::upload::{ImageUpload, in_parallel, upload};

/// Where a component's images go.
#[derive(Clone, Debug)]
pub struct PushTarget {
    /// The repository, without a tag.
    pub repository: Reference,
    /// The tag that stands for the version. It is never moved.
    pub version: String,
    /// The tags to set; of these, only the one equal to `version` is immutable.
    pub tags: Vec<String>,
    /// The number of uploads that may run at once.
    pub jobs: usize,
}

/// What a push found or did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// Every tag already named this index.
    Unchanged,
    /// It is there now, read back and compared.
    Published,
}

/// Pushes `packed`. `sboms` is called only if something has to be sent.
pub(crate) fn push(
    client: &Client,
    packed: &Packed,
    to: &PushTarget,
    sboms: &Sboms<'_>,
    listener: &dyn Listener,
) -> Result<Pushed> {
    let failed = || format!("could not push `{}` to {}", packed.name, to.repository);
    let mut missing = Vec::new();
    for tag in &to.tags {
        let reference = to.repository.with_tag(tag).context(failed)?;
        match client.look_up(&reference).context(failed)? {
            Lookup::Found(digest) if digest == packed.digest() => {}
            Lookup::Found(_) if *tag == to.version => {
                return Err(conflict::error(client, packed, &reference));
            }
            // Where the registry does not say what is there, the upload decides.
            _ => missing.push(reference),
        }
    }
    if missing.is_empty() {
        return Ok(Pushed::Unchanged);
    }

    let uploads: Vec<_> = packed
        .images
        .iter()
        .map(|image| ImageUpload::new(image, client, &to.repository, listener))
        .collect();
    upload(&uploads, to.jobs, sboms).context(failed)?;
    in_parallel(to.jobs, &uploads, |upload| {
        put_manifest(client, &to.repository, &upload.image.manifest)?;
        Ok(())
    })
    .context(failed)?;
    // The index and the SBOMs do not wait for each other; the tags wait for all of them.
    let steps: Vec<_> = std::iter::once(Step::Index)
        .chain(uploads.iter().map(Step::Sbom))
        .collect();
    in_parallel(to.jobs, &steps, |step| match step {
        Step::Sbom(upload) => {
            upload.attach_sbom();
            Ok(())
        }
        Step::Index => {
            put_manifest(client, &to.repository, &packed.index)?;
            Ok(verify(client, packed, &to.repository)?)
        }
    })
    .context(failed)?;
    for reference in &missing {
        client
            .put_manifest(reference, MEDIA_TYPE_INDEX, &packed.index.bytes)
            .context(failed)?;
    }
    Ok(Pushed::Published)
}

/// What comes once the images are there.
enum Step<'a> {
    Index,
    Sbom(&'a ImageUpload<'a>),
}

/// Reads the index back by its digest and compares every byte.
pub(crate) fn verify(client: &Client, packed: &Packed, repository: &Reference) -> Result<()> {
    let pinned = repository.with_digest(packed.digest());
    let unverified = || format!("could not read back {pinned}");
    match client.stored_manifest(&pinned).context(unverified)? {
        Some(found) if found.bytes == packed.index.bytes => Ok(()),
        _ => Err(Error::new(unverified())
            .because("the registry accepted it, but does not have it")
            .hint("publish again")),
    }
}

fn put_manifest(
    client: &Client,
    repository: &Reference,
    blob: &Blob,
) -> kfp_registry::Result<Digest> {
    client.put_manifest(
        &repository.with_digest(blob.digest()),
        &blob.descriptor.media_type,
        &blob.bytes,
    )
}
