//! Referrers: manifests about a manifest, such as its SBOM. Where a registry has no list of them, a tag holds it.
//! A tag that holds something else is left alone.

use crate::manifests::MANIFEST_LIMIT;
use crate::{
    Client, Descriptor, Digest, Error, Fetched, Index, MEDIA_TYPE_INDEX, MEDIA_TYPE_MANIFEST,
    Manifest, Reference, Result,
};

impl Client {
    /// What refers to the manifest `digest` in the image's repository.
    pub fn referrers(&self, image: &Reference, digest: &Digest) -> Result<Vec<Descriptor>> {
        let mut found = Some(Vec::new());
        self.pages(image, &format!("referrers/{digest}"), |mut response| {
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
        })?;
        match found {
            Some(found) => Ok(found),
            None => Ok(self.fallback(&fallback_tag(image, digest)?)?.manifests),
        }
    }

    /// Stores `manifest` as one about `subject`, and lists it under the fallback tag where the registry keeps no list.
    /// Its configuration and layers must be there already.
    pub fn attach(
        &self,
        image: &Reference,
        subject: &Descriptor,
        manifest: Manifest,
    ) -> Result<Descriptor> {
        let manifest = manifest.about(subject);
        let (descriptor, bytes) = (manifest.listed(), manifest.to_bytes());
        let (_, listed) = self.put(
            &image.with_digest(descriptor.digest),
            MEDIA_TYPE_MANIFEST,
            &bytes,
        )?;
        if !listed {
            let tag = fallback_tag(image, &subject.digest)?;
            let mut index = self.fallback(&tag)?;
            if index
                .manifests
                .iter()
                .all(|known| known.digest != descriptor.digest)
            {
                index.manifests.push(descriptor.clone());
                self.put_manifest(&tag, MEDIA_TYPE_INDEX, &index.to_bytes())?;
            }
        }
        Ok(descriptor)
    }

    fn fallback(&self, tag: &Reference) -> Result<Index> {
        let Some(Fetched {
            media_type, bytes, ..
        }) = self.manifest(tag)?
        else {
            return Ok(Index::new(Vec::new()));
        };
        let index = serde_json::from_slice(&bytes)
            .ok()
            .filter(|_| media_type == MEDIA_TYPE_INDEX);
        index.ok_or_else(|| Error::Response {
            host: tag.registry().to_owned(),
            request: format!("the referrers tag {tag}"),
            reason: "it is not an image index".to_owned(),
        })
    }
}

fn fallback_tag(image: &Reference, digest: &Digest) -> Result<Reference> {
    image.with_tag(&format!("sha256-{}", digest.hex()))
}
