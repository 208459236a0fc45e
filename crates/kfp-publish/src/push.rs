//! Into a registry, children before parents, and back again to see that it is there.
//!
//! A version's tag is never moved; a push that is cut off anywhere leaves nothing that names what is missing.

use kfp_registry::{Client, Digest, Lookup, MEDIA_TYPE_INDEX, Reference};

use crate::difference;
use crate::error::{Context as _, Error, Result};
use crate::image::{Blob, Packed};
use crate::upload::{Shipment, in_parallel, upload};
use kfp_workspace::Platform;

/// Makes a platform's bill of materials.
pub type Bills<'a> = dyn Fn(Platform) -> Result<Vec<u8>> + Sync + 'a;

/// Where a component goes.
#[derive(Clone, Debug)]
pub struct Destination {
    /// The repository, without tag.
    pub repository: Reference,
    /// The tag that stands for the version, and stays.
    pub version: String,
    /// The tags to set; only the one equal to `version` is immutable.
    pub tags: Vec<String>,
    /// How many uploads may run at once.
    pub jobs: usize,
}

/// What a push found or did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// Every tag named this index already.
    Unchanged,
    /// It is there now, read back and compared.
    Published,
}

/// Hears what becomes of each platform's image.
pub trait Listener: Sync {
    /// `sent` of `size` bytes of the platform's image are there.
    fn sent(&self, platform: Platform, sent: u64, size: u64);
    /// The platform's image is there; `uploaded` bytes of it had to be sent.
    fn done(&self, platform: Platform, uploaded: u64);
    /// Something did not succeed that the image does not depend on.
    fn warn(&self, text: &str);
}

/// Publishes `packed`. `bills` is asked only if something has to be sent.
pub fn push(
    client: &Client,
    packed: &Packed,
    to: &Destination,
    bills: &Bills<'_>,
    listener: &dyn Listener,
) -> Result<Pushed> {
    let failed = || format!("could not push `{}` to {}", packed.name, to.repository);
    let mut missing = Vec::new();
    for tag in &to.tags {
        let reference = to.repository.with_tag(tag).context(failed)?;
        match client.look_up(&reference).context(failed)? {
            Lookup::Found(digest) if digest == packed.digest() => {}
            Lookup::Found(_) if *tag == to.version => {
                return Err(changed(client, packed, &reference));
            }
            // Where the registry does not say what is there, the upload decides.
            _ => missing.push(reference),
        }
    }
    if missing.is_empty() {
        return Ok(Pushed::Unchanged);
    }

    let shipments: Vec<_> = packed.images.iter().map(Shipment::new).collect();
    upload(client, to, &shipments, bills, listener).context(failed)?;
    in_parallel(to.jobs, &shipments, |shipment| {
        put_manifest(client, &to.repository, &shipment.image.manifest)?;
        Ok(())
    })
    .context(failed)?;
    // Nothing but the tags waits for the bills, and they for no index.
    let steps: Vec<_> = std::iter::once(Step::Index)
        .chain(shipments.iter().map(Step::Bill))
        .collect();
    in_parallel(to.jobs, &steps, |step| match step {
        Step::Bill(shipment) => shipment.attach_bill(client, &to.repository, listener),
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
    Bill(&'a Shipment<'a>),
}

/// Reads the index back by its digest and compares every byte.
pub fn verify(client: &Client, packed: &Packed, repository: &Reference) -> Result<()> {
    let pinned = repository.with_digest(packed.digest());
    let unverified = || format!("could not read back {pinned}");
    match client.stored_manifest(&pinned).context(unverified)? {
        Some(found) if found.bytes == packed.index.bytes => Ok(()),
        _ => Err(Error::new(unverified())
            .because("the registry accepted it and does not have it")
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

/// The version is taken by other content: says what differs, the compilers first, since then the source may be the same.
fn changed(client: &Client, packed: &Packed, reference: &Reference) -> Error {
    let differences = difference::with_published(client, packed, reference)
        .unwrap_or_else(|error| vec![format!("what is published there cannot be read: {error}")]);
    Error::new(format!(
        "{reference} is published already, with other content"
    ))
    .because(differences.join("; "))
    .hint(format!(
        "bump `version` in the Cargo.toml of `{}`: a published version never changes",
        packed.name
    ))
}
