//! Referrers: manifests about a manifest, such as its SBOM. Where a registry keeps no list of them, a tag holds it, the
//! referrers tag of the OCI distribution specification.
//!
//! What accompanies an image never decides over the image: a list that cannot be read is an empty one, and one that cannot be
//! written is reported beside the success.

use crate::manifests::MANIFEST_LIMIT;
use crate::{
    Client, Descriptor, Digest, Error, Index, MEDIA_TYPE_INDEX, MEDIA_TYPE_MANIFEST, Manifest,
    Reference, Result,
};

/// A manifest stored as a referrer.
#[derive(Debug)]
pub struct Attached {
    /// How a list of referrers names it.
    pub descriptor: Descriptor,
    /// Where it is listed.
    pub listing: Listing,
}

/// Where a referrer is listed.
#[derive(Debug)]
pub enum Listing {
    /// In the registry's own list.
    Registry,
    /// Under the referrers tag of its subject.
    Tag,
    /// Nowhere, because the referrers tag holds something else or the registry refuses it. It can be read by its digest only.
    Refused(Error),
}

impl Client {
    /// What refers to the manifest `digest` in the image's repository.
    ///
    /// # Errors
    /// If the registry cannot be reached, or breaks off in the middle of its list.
    pub fn referrers(&self, image: &Reference, digest: &Digest) -> Result<Vec<Descriptor>> {
        let mut found = Some(Vec::new());
        let listed = self.pages(image, &format!("referrers/{digest}"), |mut response| {
            match response.status {
                200 if response.media_type() == MEDIA_TYPE_INDEX => {
                    let index: Index = response.json(MANIFEST_LIMIT)?;
                    found.get_or_insert_default().extend(index.manifests);
                }
                // 404, and what registries that do not know the path make of it.
                200 | 400..=428 | 430..=499 => {
                    found = None;
                    response.drain();
                }
                _ => drop(response.expect(&[200])?),
            }
            Ok(())
        });
        match (listed, found) {
            (Ok(()), Some(found)) => return Ok(found),
            (Err(error), _) if !error.is_refusal() => return Err(error),
            _ => {}
        }
        match self.tagged(image, digest)? {
            Tagged::Index(index) => Ok(index.manifests),
            Tagged::Nothing | Tagged::Other(_) => Ok(Vec::new()),
        }
    }

    /// Stores `manifest` as a referrer of `subject`. Its configuration and layers must have been stored before.
    ///
    /// # Errors
    /// What the registry answers to the manifest itself. That it cannot be listed is a [`Listing`].
    pub fn attach(
        &self,
        image: &Reference,
        subject: &Descriptor,
        manifest: Manifest,
    ) -> Result<Attached> {
        let manifest = manifest.about(subject);
        self.attach_bytes(
            image,
            &subject.digest,
            manifest.listed(),
            &manifest.to_bytes(),
        )
    }

    /// Stores the bytes of a manifest that refers to `subject`, for one that is copied and so keeps its digest.
    ///
    /// # Errors
    /// As [`Client::attach`].
    pub fn attach_bytes(
        &self,
        image: &Reference,
        subject: &Digest,
        descriptor: Descriptor,
        bytes: &[u8],
    ) -> Result<Attached> {
        let own = image.with_digest(descriptor.digest);
        let media_type = match descriptor.media_type.as_str() {
            "" => MEDIA_TYPE_MANIFEST,
            media_type => media_type,
        };
        let (_, is_listed) = self.put(&own, media_type, bytes)?;
        let listing = if is_listed {
            Listing::Registry
        } else {
            self.list(image, subject, &descriptor)
                .map_or_else(Listing::Refused, |()| Listing::Tag)
        };
        Ok(Attached {
            descriptor,
            listing,
        })
    }

    /// Adds a referrer to the index under the referrers tag.
    fn list(&self, image: &Reference, subject: &Digest, referrer: &Descriptor) -> Result<()> {
        let mut index = match self.tagged(image, subject)? {
            Tagged::Index(index) => index,
            Tagged::Nothing => Index::new(Vec::new()),
            // The specification tells clients to leave it alone.
            Tagged::Other(error) => return Err(error),
        };
        let is_known = |known: &Descriptor| known.digest == referrer.digest;
        if index.manifests.iter().any(is_known) {
            return Ok(());
        }
        index.manifests.push(referrer.clone());
        let tag = referrers_tag(image, subject)?;
        self.put_manifest(&tag, MEDIA_TYPE_INDEX, &index.to_bytes())?;
        Ok(())
    }

    fn tagged(&self, image: &Reference, subject: &Digest) -> Result<Tagged> {
        let tag = referrers_tag(image, subject)?;
        let found = match self.manifest(&tag) {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(Tagged::Nothing),
            Err(error) if error.is_refusal() => return Ok(Tagged::Nothing),
            Err(error) => return Err(error),
        };
        // GitLab takes the tag for the digest and answers with the subject itself.
        if found.digest == *subject {
            return Ok(Tagged::Nothing);
        }
        let index = serde_json::from_slice(&found.bytes).ok();
        Ok(
            match index.filter(|_| found.media_type == MEDIA_TYPE_INDEX) {
                Some(index) => Tagged::Index(index),
                None => Tagged::Other(Error::Response {
                    host: tag.registry().to_owned(),
                    request: format!("the referrers tag {tag}"),
                    reason: "it is not an image index".to_owned(),
                }),
            },
        )
    }
}

/// What is under a referrers tag.
enum Tagged {
    Nothing,
    Index(Index),
    /// Not a list of referrers.
    Other(Error),
}

fn referrers_tag(image: &Reference, digest: &Digest) -> Result<Reference> {
    image.with_tag(&format!("sha256-{}", digest.hex()))
}
