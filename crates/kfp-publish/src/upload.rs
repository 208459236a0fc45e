//! The blobs of a publication, several at once: nothing names them yet, so their order does not matter.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use kfp_registry::{Body, Client, Descriptor, EMPTY_JSON, Listing, Reference, UploadOutcome};

use crate::error::{Cause, Context as _};
use crate::image::{Blob, Image};
use crate::push::{Bills, Destination, Listener};
use crate::sbom;

/// One platform's image on its way.
pub(crate) struct Shipment<'a> {
    pub(crate) image: &'a Image,
    sent: Mutex<Sent>,
    bill: OnceLock<Descriptor>,
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
    Layer(&'a Shipment<'a>),
    Config(&'a Shipment<'a>),
    Bill(&'a Shipment<'a>),
    /// The configuration of every bill of materials.
    Empty,
}

/// Sends what is missing, the largest first.
pub(crate) fn upload(
    client: &Client,
    to: &Destination,
    shipments: &[Shipment<'_>],
    bills: &Bills<'_>,
    listener: &dyn Listener,
) -> Result<(), Cause> {
    let parts: Vec<_> = (shipments.iter().map(Part::Layer))
        .chain(shipments.iter().map(Part::Bill))
        .chain(shipments.iter().map(Part::Config))
        .chain([Part::Empty])
        .collect();
    in_parallel(to.jobs, &parts, |part| match part {
        Part::Layer(shipment) => shipment.send(0, client, to, listener),
        Part::Config(shipment) => shipment.send(1, client, to, listener),
        Part::Bill(shipment) => {
            let bill = bills(shipment.image.platform)?;
            let descriptor = Descriptor::of(sbom::MEDIA_TYPE, &bill);
            // As new as the image: it names the version of everything in it.
            let (digest, bill) = (&descriptor.digest, Body::Bytes(&bill));
            client.upload_blob(&to.repository, digest, bill, None, &|_| ())?;
            shipment.bill.get_or_init(|| descriptor);
            Ok(())
        }
        Part::Empty => {
            let Descriptor { digest, .. } = sbom::configuration();
            client.put_blob(
                &to.repository,
                &digest,
                Body::Bytes(EMPTY_JSON),
                None,
                &|_| (),
            )?;
            Ok(())
        }
    })
}

impl<'a> Shipment<'a> {
    pub(crate) fn new(image: &'a Image) -> Self {
        Self {
            image,
            sent: Mutex::default(),
            bill: OnceLock::new(),
        }
    }

    /// Sends the layer, which is blob 0, or the configuration, which is blob 1.
    fn send(
        &self,
        blob: usize,
        client: &Client,
        to: &Destination,
        listener: &dyn Listener,
    ) -> Result<(), Cause> {
        let (platform, size) = (self.image.platform, self.image.compressed_size());
        let Blob { descriptor, bytes } = [&self.image.layer, &self.image.config][blob];
        let lock = || self.sent.lock().expect("no listener panics");
        let progress = |now| {
            let mut sent = lock();
            sent.bytes[blob] = now;
            listener.sent(platform, sent.bytes.iter().sum(), size);
        };
        let (digest, content) = (&descriptor.digest, Body::Bytes(bytes));
        // A configuration holds the revision, so there is a new one wherever there is something to send.
        let put = if blob == 0 {
            client.put_blob(&to.repository, digest, content, None, &progress)?
        } else {
            client.upload_blob(&to.repository, digest, content, None, &progress)?
        };
        let mut sent = lock();
        sent.bytes[blob] = descriptor.size;
        sent.finished += 1;
        if put == UploadOutcome::Uploaded {
            sent.uploaded += descriptor.size;
        }
        if sent.finished == sent.bytes.len() {
            listener.done(platform, sent.uploaded);
        }
        Ok(())
    }

    /// Hangs the bill of materials, which is uploaded, on the image, whose manifest is there.
    pub(crate) fn attach_bill(
        &self,
        client: &Client,
        repository: &Reference,
        listener: &dyn Listener,
    ) -> Result<(), Cause> {
        let platform = self.image.platform;
        let bill = self.bill.get().expect("its bill is uploaded").clone();
        let subject = &self.image.manifest.descriptor;
        let attached = client
            .attach(repository, subject, sbom::manifest(bill))
            .context(|| format!("could not attach the bill of materials for {platform}"))?;
        if let Listing::Refused(error) = attached.listing {
            listener.warn(&format!(
                "the SBOM for {platform} is in the catalog, and registry tools will not find it with the image: {error}"
            ));
        }
        Ok(())
    }
}

/// Does `work` to every item on `jobs` threads. The first failure stops what has not begun.
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
                        let mut failure =
                            failure.lock().expect("nothing panics while it holds this");
                        failure.get_or_insert(error);
                    }
                }
            });
        }
    });
    failure
        .into_inner()
        .expect("nothing panics while it holds this")
        .map_or(Ok(()), Err)
}
