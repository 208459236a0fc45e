//! Blobs, looked for and read. Nothing is passed on whose size or digest is wrong.

use std::io::{self, Read, Write};

use ureq::http::Method;

use crate::digest::Hasher;
use crate::response::Response;
use crate::{Client, Descriptor, Digest, Reference, Result};

impl Client {
    /// Whether the image's repository has the blob.
    ///
    /// # Errors
    /// What the registry answers.
    pub fn has_blob(&self, image: &Reference, digest: &Digest) -> Result<bool> {
        self.retrying(|| {
            let response = self.read(
                image,
                self.request(Method::HEAD, image, &format!("blobs/{digest}"))?,
            )?;
            if response.status == 404 {
                return Ok(false);
            }
            response.expect(&[200]).map(|_| true)
        })
    }

    /// A blob of at most `limit` bytes, verified.
    ///
    /// # Errors
    /// [`Error::TooLarge`](crate::Error::TooLarge), [`Error::DigestMismatch`](crate::Error::DigestMismatch), or what the
    /// registry answers.
    pub fn blob(&self, image: &Reference, digest: &Digest, limit: u64) -> Result<Vec<u8>> {
        self.retrying(|| {
            let mut response = self.open(image, digest)?;
            let bytes = response.bytes(limit)?;
            response
                .verify(Some(*digest), Digest::of(&bytes))
                .map(|_| bytes)
        })
    }

    /// A blob as a stream that fails at its end if size or digest are wrong. Only its opening is retried.
    ///
    /// # Errors
    /// What the registry answers.
    pub fn read_blob(&self, image: &Reference, blob: &Descriptor) -> Result<BlobReader> {
        let inner = self
            .retrying(|| self.open(image, &blob.digest))?
            .into_reader();
        let expected = (blob.digest, blob.size);
        Ok(BlobReader {
            inner: Box::new(inner),
            hasher: Some(Hasher::new(io::sink())),
            expected,
        })
    }

    fn open(&self, image: &Reference, digest: &Digest) -> Result<Response> {
        self.read(
            image,
            self.request(Method::GET, image, &format!("blobs/{digest}"))?,
        )?
        .expect(&[200])
    }
}

/// A blob being read. Its last byte comes only if size and digest are right.
pub struct BlobReader {
    inner: Box<dyn Read>,
    hasher: Option<Hasher<io::Sink>>,
    expected: (Digest, u64),
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(hasher) = &mut self.hasher else {
            return Ok(0);
        };
        let read = self.inner.read(buffer)?;
        hasher.write_all(&buffer[..read])?;
        let ended = read == 0 && !buffer.is_empty();
        if ended || hasher.size() >= self.expected.1 {
            let seen = self.hasher.take().map(Hasher::finish);
            let seen = seen.map(|(_, digest, size)| (digest, size));
            if seen != Some(self.expected) {
                let reason = format!("not the {} bytes of {}", self.expected.1, self.expected.0);
                return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
            }
        }
        Ok(read)
    }
}
