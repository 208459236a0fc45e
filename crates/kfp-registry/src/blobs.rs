//! Blobs, looked for and read. Nothing is handed on whose size or digest is wrong.

use std::io::{self, Read, Write};

use ureq::http::Method;

use crate::answer::Answer;
use crate::digest::Hasher;
use crate::{Client, Descriptor, Digest, Error, Reference, Result};

impl Client {
    /// Whether the image's repository has the blob.
    pub fn has_blob(&self, image: &Reference, digest: &Digest) -> Result<bool> {
        self.retrying(|| {
            let answer = self.read(
                image,
                self.call(Method::HEAD, image, &format!("blobs/{digest}"))?,
            )?;
            match answer.status {
                200 if !answer.is_html() => Ok(true),
                404 => Ok(false),
                _ => Err(answer.into_error(image)),
            }
        })
    }

    /// A blob of at most `limit` bytes, verified.
    pub fn blob(&self, image: &Reference, digest: &Digest, limit: u64) -> Result<Vec<u8>> {
        self.retrying(|| {
            let mut answer = self.open(image, digest)?;
            let bytes = answer.bytes(limit)?;
            let actual = Digest::of(&bytes);
            if actual == *digest {
                return Ok(bytes);
            }
            let what = answer.name().to_owned();
            Err(Error::DigestMismatch {
                host: image.registry().to_owned(),
                what,
                expected: *digest,
                actual,
            })
        })
    }

    /// A blob as a stream that fails at its end where size or digest are wrong. Only its opening is retried.
    pub fn read_blob(&self, image: &Reference, blob: &Descriptor) -> Result<BlobReader> {
        let answer = self.retrying(|| self.open(image, &blob.digest))?;
        let inner = Box::new(answer.into_reader());
        Ok(BlobReader {
            inner,
            hasher: Some(Hasher::new(io::sink())),
            expected: (blob.digest, blob.size),
        })
    }

    fn open(&self, image: &Reference, digest: &Digest) -> Result<Answer> {
        let answer = self.read(
            image,
            self.call(Method::GET, image, &format!("blobs/{digest}"))?,
        )?;
        match answer.status {
            200 => Ok(answer),
            _ => Err(answer.into_error(image)),
        }
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
            let verdict = self
                .hasher
                .take()
                .map(Hasher::finish)
                .map(|(_, digest, size)| (digest, size));
            if verdict != Some(self.expected) {
                let (digest, size) = self.expected;
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("not the {size} bytes of {digest}"),
                ));
            }
        }
        Ok(read)
    }
}
