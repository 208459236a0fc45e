//! One component into a registry and a catalog: the catalog's entry comes last, and never changes.
//!
//! Takes images that are packed; builds nothing.

use kfp_catalog::Pending;
use kfp_registry::Client;

use crate::error::{Error, Result};
use crate::image::Packed;
use crate::push::{Listener, PushTarget, Pushed, push, verify};
use crate::sbom::Sboms;

/// Pushes the images, reads them back, and writes `pending` into its catalog; each only if that is not done yet.
///
/// # Errors
/// If the images cannot be pushed or read back, or the catalog cannot be written. Publishing again completes it.
pub fn push_and_pin(
    client: &Client,
    packed: &Packed,
    to: &PushTarget,
    pending: Pending<'_>,
    sboms: &Sboms<'_>,
    listener: &dyn Listener,
) -> Result<Pushed> {
    let pushed = push(client, packed, to, sboms, listener)?;
    if pending.is_published() {
        return Ok(pushed);
    }
    if pushed == Pushed::Unchanged {
        verify(client, packed, &to.repository)?;
    }
    let mut documents = Vec::new();
    for image in &packed.images {
        if let Some(sbom) = sboms(image.platform)? {
            let text = String::from_utf8_lossy(&sbom).into_owned();
            documents.push((image.platform.architecture().to_owned(), text));
        }
    }
    let pinned = to.repository.with_digest(packed.digest());
    pending.commit(documents).map_err(|error| {
        Error::new(format!(
            "{pinned} is published, but the catalog does not pin it"
        ))
        .because(Error::from(error))
        .hint("publish again once the catalog can be written")
    })?;
    Ok(Pushed::Published)
}
