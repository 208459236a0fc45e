//! Copies images between registries, with everything that accompanies them.
//!
//! Digests stay the same. That an SBOM or signature cannot be copied is a warning: it does not decide over its image.

use anyhow::{Context, Result, bail};
use kfp_registry::{
    Body, Client, Descriptor, Digest, Fetched, Index, Listing, Lookup, Manifest, Reference,
};

/// Copies from one repository to another.
pub(super) struct Copier<'a> {
    pub(super) client: &'a Client,
    /// The repository to copy from.
    pub(super) source: Reference,
    /// The repository to copy to.
    pub(super) target: Reference,
    pub(super) warn: &'a mut dyn FnMut(String),
}

impl Copier<'_> {
    /// Copies an index with everything that it names, or a single image. What is there is not sent again.
    pub(super) fn image(&mut self, digest: Digest) -> Result<()> {
        let at_target = self.target.with_digest(digest);
        let is_there = matches!(self.client.look_up(&at_target)?, Lookup::Found(_));
        let from = if is_there {
            at_target.clone()
        } else {
            self.source.with_digest(digest)
        };
        let fetched = self
            .client
            .manifest(&from)?
            .with_context(|| format!("{from} is not there"))?;
        if let Ok(index) = serde_json::from_slice::<Index>(&fetched.bytes) {
            for child in &index.manifests {
                self.image(child.digest)?;
            }
        } else if !is_there {
            self.blobs(&fetched)?;
        }
        if !is_there {
            self.client
                .put_manifest(&at_target, &fetched.media_type, &fetched.bytes)?;
        }
        self.referrers(digest);
        Ok(())
    }

    /// Copies what refers to a manifest, such as its SBOM. Looks for it also where the image was copied by another tool, which
    /// may have left it behind.
    fn referrers(&mut self, subject: Digest) {
        let missing = self.missing_referrers(&subject).unwrap_or_else(|error| {
            let source = self.source.with_digest(subject);
            (self.warn)(format!(
                "could not look for SBOMs and signatures of {source}: {error:#}"
            ));
            Vec::new()
        });
        for (descriptor, is_listed) in missing {
            let digest = descriptor.digest;
            match self.referrer(&subject, descriptor, is_listed) {
                Ok(Listing::Registry | Listing::Tag) => self.referrers(digest),
                Ok(Listing::Refused(error)) => (self.warn)(format!(
                    "{} is copied, and registry tools will not find it with its image: {error}",
                    self.target.with_digest(digest)
                )),
                Err(error) => (self.warn)(format!(
                    "could not copy {}: {error:#}",
                    self.source.with_digest(digest)
                )),
            }
        }
    }

    /// The referrers at the source, and whether the target lists them.
    fn missing_referrers(&self, subject: &Digest) -> Result<Vec<(Descriptor, bool)>> {
        let found = self.client.referrers(&self.source, subject)?;
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.client.referrers(&self.target, subject)?;
        let is_known = |one: &Descriptor| known.iter().any(|known| known.digest == one.digest);
        Ok(found
            .into_iter()
            .map(|one| {
                let is_listed = is_known(&one);
                (one, is_listed)
            })
            .collect())
    }

    fn referrer(
        &self,
        subject: &Digest,
        descriptor: Descriptor,
        is_listed: bool,
    ) -> Result<Listing> {
        if is_listed {
            return Ok(Listing::Registry);
        }
        let source = self.source.with_digest(descriptor.digest);
        let fetched = self.client.manifest(&source)?.context("it is not there")?;
        let manifest: Manifest =
            serde_json::from_slice(&fetched.bytes).context("it is not a manifest")?;
        // A list of referrers is the registry's word only; the manifest's own word is part of its digest.
        if manifest.subject.as_ref().map(|one| one.digest) != Some(*subject) {
            bail!("it does not refer to {subject}");
        }
        self.blobs(&fetched)?;
        let descriptor = Descriptor {
            media_type: fetched.media_type,
            size: fetched.bytes.len() as u64,
            ..descriptor
        };
        let attached =
            self.client
                .attach_bytes(&self.target, subject, descriptor, &fetched.bytes)?;
        Ok(attached.listing)
    }

    fn blobs(&self, manifest: &Fetched) -> Result<()> {
        let manifest: Manifest =
            serde_json::from_slice(&manifest.bytes).context("it is not an image")?;
        for blob in manifest.layers.iter().chain([&manifest.config]) {
            self.blob(blob)?;
        }
        Ok(())
    }

    fn blob(&self, blob: &Descriptor) -> Result<()> {
        // A registry that does not say is sent the blob.
        if self
            .client
            .has_blob(&self.target, &blob.digest)
            .unwrap_or(false)
        {
            return Ok(());
        }
        let bytes = self.client.blob(&self.source, &blob.digest, blob.size)?;
        let body = Body::Bytes(&bytes);
        let source = Some(&self.source);
        self.client
            .upload_blob(&self.target, &blob.digest, body, source, &|_| ())?;
        Ok(())
    }
}
