//! The output file as far as it has arrived: written, counted and hashed as it comes, and refused when it is too large.

use std::io::{self, Read, Write};

use kfp_component::Writer;
use kfp_component::prelude::*;

use crate::digest::{Digest, Hasher};

pub(crate) struct PartialFile<'a> {
    data: &'a Output<Dataset>,
    file: Writer,
    hasher: Hasher,
    bytes: u64,
    max_bytes: u64,
}

/// Why the file is not complete.
pub(crate) enum AppendError {
    /// The source failed; another attempt may succeed.
    Source(io::Error),
    /// Another attempt would fail too.
    Fatal(Box<dyn std::error::Error + Send + Sync>),
}

impl<'a> PartialFile<'a> {
    pub(crate) fn new(data: &'a Output<Dataset>, max_bytes: u64) -> io::Result<Self> {
        Ok(Self {
            data,
            file: data.create()?,
            hasher: Hasher::new(),
            bytes: 0,
            max_bytes,
        })
    }

    /// How many bytes have arrived.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Discards what has arrived.
    pub(crate) fn restart(&mut self) -> io::Result<()> {
        *self = Self::new(self.data, self.max_bytes)?;
        Ok(())
    }

    /// Refuses a file of which this many bytes are still to come.
    pub(crate) fn check_size(&self, coming: u64) -> Result<()> {
        let total = self.bytes.saturating_add(coming);
        if total > self.max_bytes {
            return Err(format!(
                "the file has at least {total} bytes, but `max_bytes` is {}",
                self.max_bytes
            )
            .into());
        }
        Ok(())
    }

    /// Appends everything the source still has.
    pub(crate) fn append(&mut self, mut source: impl Read) -> Result<(), AppendError> {
        loop {
            match source.read(self.hasher.buffer()) {
                Ok(0) => return Ok(()),
                Ok(read) => self.keep(read).map_err(AppendError::Fatal)?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(AppendError::Source(error)),
            }
        }
    }

    fn keep(&mut self, read: usize) -> Result<()> {
        self.check_size(read as u64)?;
        self.file.write_all(&self.hasher.buffer()[..read])?;
        self.hasher.update(read);
        self.bytes += read as u64;
        Ok(())
    }

    /// Size and digest of the whole file.
    pub(crate) fn finish(mut self) -> Result<(u64, Digest)> {
        self.file.flush()?;
        Ok((self.bytes, self.hasher.finish()))
    }
}
