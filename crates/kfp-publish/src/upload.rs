//! The blobs of a publication, several at once: nothing names them yet, so their order does not matter.
//!
//! An SBOM accompanies its image: a registry that refuses it does not decide whether the image is published.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use kfp_registry::{Body, Client, Descriptor, EMPTY_JSON, Listing, Reference, UploadOutcome};
use kfp_workspace::Platform;

use crate::error::{Cause, Context as _, Error};
use crate::image::{Blob, Image};
use crate::sbom::{self, Sboms};

/// Hears what becomes of each platform's image.
pub trait Listener: Sync {
    /// `sent` of `size` bytes of the platform's image have been sent.
    fn sent(&self, platform: Platform, sent: u64, size: u64);
    /// The platform's image is there; `uploaded` bytes of it had to be sent.
    fn done(&self, platform: Platform, uploaded: u64);
    /// The registry did not take the SBOM of the platform's image. The image is published all the same.
    fn sbom_refused(&self, platform: Platform, error: &Error);
}

/// One platform's image on its way.
pub(crate) struct ImageUpload<'a> {
    pub(crate) image: &'a Image,
    client: &'a Client,
    repository: &'a Reference,
    listener: &'a dyn Listener,
    sent: Mutex<Sent>,
    sbom: Mutex<Option<Result<Descriptor, Cause>>>,
}

/// How far the image's two blobs are, layer and configuration.
#[derive(Default)]
struct Sent {
    bytes: [u64; 2],
    finished: usize,
    uploaded: u64,
}

/// A blob of the first step.
enum Part<'a> {
    Layer(&'a ImageUpload<'a>),
    Config(&'a ImageUpload<'a>),
    Sbom(&'a ImageUpload<'a>),
    /// The configuration that the manifests of all SBOMs share.
    SbomConfig(&'a ImageUpload<'a>),
}

/// Sends what is missing, the largest first.
pub(crate) fn upload(
    uploads: &[ImageUpload<'_>],
    jobs: usize,
    sboms: &Sboms<'_>,
) -> Result<(), Cause> {
    let parts: Vec<_> = (uploads.iter().map(Part::Layer))
        .chain(uploads.iter().map(Part::Sbom))
        .chain(uploads.iter().map(Part::Config))
        .chain(uploads.first().map(Part::SbomConfig))
        .collect();
    in_parallel(jobs, &parts, |part| match part {
        Part::Layer(upload) => upload.send(0),
        Part::Config(upload) => upload.send(1),
        Part::Sbom(upload) => {
            if let Some(sbom) = sboms(upload.image.platform)? {
                upload.send_sbom(&sbom);
            }
            Ok(())
        }
        Part::SbomConfig(upload) => {
            if sboms(upload.image.platform)?.is_some()
                && let Err(error) = upload.put_sbom_config()
            {
                let error = error.to_string();
                for upload in uploads {
                    upload.refuse_sbom(error.clone().into());
                }
            }
            Ok(())
        }
    })
}

impl<'a> ImageUpload<'a> {
    pub(crate) fn new(
        image: &'a Image,
        client: &'a Client,
        repository: &'a Reference,
        listener: &'a dyn Listener,
    ) -> Self {
        Self {
            image,
            client,
            repository,
            listener,
            sent: Mutex::default(),
            sbom: Mutex::default(),
        }
    }

    /// Sends the layer, which is blob 0, or the configuration, which is blob 1.
    fn send(&self, blob: usize) -> Result<(), Cause> {
        let (platform, size) = (self.image.platform, self.image.compressed_size());
        let Blob { descriptor, bytes } = [&self.image.layer, &self.image.config][blob];
        let lock = || self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let progress = |now| {
            let mut sent = lock();
            sent.bytes[blob] = now;
            self.listener.sent(platform, sent.bytes.iter().sum(), size);
        };
        let (digest, body) = (&descriptor.digest, Body::Bytes(bytes));
        // A configuration holds the revision, so it is new wherever there is something to send.
        let outcome = if blob == 0 {
            self.client
                .put_blob(self.repository, digest, body, None, &progress)?
        } else {
            self.client
                .upload_blob(self.repository, digest, body, None, &progress)?
        };
        let mut sent = lock();
        sent.bytes[blob] = descriptor.size;
        sent.finished += 1;
        if outcome == UploadOutcome::Uploaded {
            sent.uploaded += descriptor.size;
        }
        if sent.finished == sent.bytes.len() {
            self.listener.done(platform, sent.uploaded);
        }
        Ok(())
    }

    fn send_sbom(&self, sbom: &[u8]) {
        let descriptor = Descriptor::of(sbom::MEDIA_TYPE, sbom);
        let body = Body::Bytes(sbom);
        // As new as the image: it names the version of everything in it.
        let sent =
            self.client
                .upload_blob(self.repository, &descriptor.digest, body, None, &|_| ());
        match sent {
            Ok(_) => drop(self.sbom().get_or_insert(Ok(descriptor))),
            Err(error) => self.refuse_sbom(error.into()),
        }
    }

    fn put_sbom_config(&self) -> kfp_registry::Result<UploadOutcome> {
        let Descriptor { digest, .. } = sbom::configuration();
        let body = Body::Bytes(EMPTY_JSON);
        self.client
            .put_blob(self.repository, &digest, body, None, &|_| ())
    }

    /// Attaches the SBOM that has been sent, if one was, to the image, whose manifest is there.
    pub(crate) fn attach_sbom(&self) {
        let attached = match self.sbom().take() {
            None => return,
            Some(Err(error)) => Err(error),
            Some(Ok(sbom)) => self
                .client
                .attach(
                    self.repository,
                    &self.image.manifest.descriptor,
                    sbom::manifest(sbom),
                )
                .map_err(Cause::from)
                .and_then(|attached| match attached.listing {
                    // It is there, but registry tools will not find it with the image.
                    Listing::Refused(error) => Err(error.into()),
                    _ => Ok(()),
                }),
        };
        let platform = self.image.platform;
        let attached = attached.context(|| {
            format!(
                "the SBOM for {platform} could not be attached to {}",
                self.repository.with_digest(self.image.manifest.digest())
            )
        });
        if let Err(error) = attached {
            self.listener.sbom_refused(platform, &error);
        }
    }

    fn refuse_sbom(&self, error: Cause) {
        *self.sbom() = Some(Err(error));
    }

    fn sbom(&self) -> std::sync::MutexGuard<'_, Option<Result<Descriptor, Cause>>> {
        self.sbom.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Applies `work` to every item on `jobs` threads. The first failure stops what has not begun.
pub(crate) fn in_parallel<T: Sync>(
    jobs: usize,
    items: &[T],
    work: impl Fn(&T) -> Result<(), Cause> + Sync,
) -> Result<(), Cause> {
    let next = AtomicUsize::new(0);
    let failure = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, items.len().max(1)) {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(error) = work(item) {
                        next.store(items.len(), Ordering::Relaxed);
                        let mut failure = failure.lock().unwrap_or_else(PoisonError::into_inner);
                        failure.get_or_insert(error);
                    }
                }
            });
        }
    });
    failure
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .map_or(Ok(()), Err)
}
