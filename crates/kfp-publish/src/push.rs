//! Into a registry, children before parents, and back again to see that it is there.
//!
//! A version's tag is never moved; a push that is cut off anywhere leaves nothing that names what is missing.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use kfp_registry::{
    Client, Content, Descriptor, Digest, EMPTY_JSON, MEDIA_TYPE_EMPTY, MEDIA_TYPE_INDEX, Manifest,
    Put, Reference,
};

use crate::difference;
use crate::error::{Context as _, Error, Result};
use crate::image::{Blob, Image, Packed};
use crate::platform::Platform;
use crate::sbom;

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
}

/// Publishes `packed`. `bill` is asked for a platform's bill of materials only if something has to be sent.
pub fn push(
    client: &Client,
    packed: &Packed,
    to: &Destination,
    bill: &dyn Fn(Platform) -> Result<Vec<u8>>,
    listener: &dyn Listener,
) -> Result<Pushed> {
    let failed = || format!("could not push `{}` to {}", packed.name, to.repository);
    let mut missing = Vec::new();
    for tag in &to.tags {
        let reference = to.repository.with_tag(tag).context(failed)?;
        match client.head_manifest(&reference).context(failed)? {
            Some(digest) if digest == packed.digest() => {}
            Some(_) if *tag == to.version => return Err(changed(client, packed, &reference)),
            _ => missing.push(reference),
        }
    }
    if missing.is_empty() {
        return Ok(Pushed::Unchanged);
    }

    upload(client, packed, to, listener).context(failed)?;
    for image in &packed.images {
        put_manifest(client, &to.repository, &image.manifest).context(failed)?;
        let bill = bill(image.platform)?;
        attach(client, &to.repository, &image.manifest.descriptor, &bill).context(|| {
            format!(
                "could not attach the bill of materials of `{}` for {}",
                packed.name, image.platform
            )
        })?;
    }
    put_manifest(client, &to.repository, &packed.index).context(failed)?;
    verify(client, packed, &to.repository)?;
    for reference in &missing {
        client
            .put_manifest(reference, MEDIA_TYPE_INDEX, &packed.index.bytes)
            .context(failed)?;
    }
    Ok(Pushed::Published)
}

/// Reads the index back by its digest and compares every byte.
pub fn verify(client: &Client, packed: &Packed, repository: &Reference) -> Result<()> {
    let pinned = repository.with_digest(packed.digest());
    let unverified = || format!("could not read back {pinned}");
    match client.manifest(&pinned).context(unverified)? {
        Some(found) if found.bytes == packed.index.bytes => Ok(()),
        _ => Err(Error::new(unverified())
            .because("the registry accepted it and does not have it")
            .hint("publish again")),
    }
}

/// Sends the layers and configurations that are missing, several at once.
fn upload(
    client: &Client,
    packed: &Packed,
    to: &Destination,
    listener: &dyn Listener,
) -> kfp_registry::Result<()> {
    let uploads: Vec<_> = packed
        .images
        .iter()
        .enumerate()
        .flat_map(|(i, image)| [(i, &image.layer), (i, &image.config)])
        .collect();
    let states: Vec<_> = packed
        .images
        .iter()
        .map(|_| Mutex::new(State::default()))
        .collect();
    let next = AtomicUsize::new(0);
    let failure = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..to.jobs.clamp(1, uploads.len().max(1)) {
            scope.spawn(|| {
                while let Some((image, blob)) = uploads.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(error) = send(
                        client,
                        to,
                        &packed.images[*image],
                        blob,
                        &states[*image],
                        listener,
                    ) {
                        next.store(uploads.len(), Ordering::Relaxed);
                        failure
                            .lock()
                            .expect("no upload panics")
                            .get_or_insert(error);
                    }
                }
            });
        }
    });
    failure
        .into_inner()
        .expect("no upload panics")
        .map_or(Ok(()), Err)
}

/// How far one image's two blobs are.
#[derive(Default)]
struct State {
    finished: usize,
    sent: u64,
    uploaded: u64,
}

fn send(
    client: &Client,
    to: &Destination,
    image: &Image,
    blob: &Blob,
    state: &Mutex<State>,
    listener: &dyn Listener,
) -> kfp_registry::Result<()> {
    let lock = || state.lock().expect("no listener panics");
    let progress =
        |sent| listener.sent(image.platform, lock().sent + sent, image.compressed_size());
    let put = client.put_blob(
        &to.repository,
        &blob.digest(),
        Content::Bytes(&blob.bytes),
        None,
        &progress,
    )?;
    let mut state = lock();
    state.finished += 1;
    state.sent += blob.descriptor.size;
    state.uploaded += if put == Put::Uploaded {
        blob.descriptor.size
    } else {
        0
    };
    if state.finished == 2 {
        listener.done(image.platform, state.uploaded);
    }
    Ok(())
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

/// Hangs a bill of materials on an image.
fn attach(
    client: &Client,
    repository: &Reference,
    subject: &Descriptor,
    bill: &[u8],
) -> kfp_registry::Result<()> {
    let config = Descriptor::of(MEDIA_TYPE_EMPTY, EMPTY_JSON);
    let layer = Descriptor::of(sbom::MEDIA_TYPE, bill);
    for (descriptor, bytes) in [(&config, EMPTY_JSON), (&layer, bill)] {
        client.put_blob(
            repository,
            &descriptor.digest,
            Content::Bytes(bytes),
            None,
            &|_| (),
        )?;
    }
    let mut manifest = Manifest::new(config, vec![layer]);
    manifest.artifact_type = Some(sbom::MEDIA_TYPE.to_owned());
    client.attach(repository, subject, manifest)?;
    Ok(())
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
