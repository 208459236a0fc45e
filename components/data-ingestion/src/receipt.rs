//! What has arrived of the file: written, counted and digested as it comes, and refused when it is too large.

use std::io::{self, Read, Write};
use std::mem;

use kfp_component::Writer;
use kfp_component::prelude::*;

use crate::digest::{Digest, Hasher};

/// The file as far as it has come.
pub(crate) struct Receipt<'a> {
    data: &'a Output<Dataset>,
    file: Writer,
    hasher: Hasher,
    buffer: Vec<u8>,
    bytes: u64,
    most: u64,
}

/// Why the file is not complete.
pub(crate) enum Broken {
    /// The source failed, and may be asked again.
    Reading(io::Error),
    /// Asking again would not help.
    Keeping(Box<dyn std::error::Error + Send + Sync>),
}

impl<'a> Receipt<'a> {
    pub(crate) fn new(data: &'a Output<Dataset>, most: u64) -> io::Result<Self> {
        let (hasher, buffer) = Hasher::new();
        Ok(Self {
            data,
            file: data.create()?,
            hasher,
            bytes: 0,
            most,
            buffer,
        })
    }

    /// How much has arrived.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Throws away what has arrived.
    pub(crate) fn restart(&mut self) -> io::Result<()> {
        self.file = self.data.create()?;
        (self.hasher, self.buffer) = Hasher::new();
        self.bytes = 0;
        Ok(())
    }

    /// Refuses a file of which so many bytes are still to come.
    pub(crate) fn expect(&self, coming: u64) -> Result<()> {
        let total = self.bytes.saturating_add(coming);
        if total > self.most {
            return Err(format!(
                "the file has at least {total} bytes, but `max_bytes` is {}",
                self.most
            )
            .into());
        }
        Ok(())
    }

    /// Takes everything the source still has.
    pub(crate) fn take(&mut self, mut source: impl Read) -> Result<(), Broken> {
        loop {
            match source.read(&mut self.buffer) {
                Ok(0) => return Ok(()),
                Ok(read) => self.keep(read).map_err(Broken::Keeping)?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Broken::Reading(error)),
            }
        }
    }

    fn keep(&mut self, read: usize) -> Result<()> {
        self.expect(read as u64)?;
        self.file.write_all(&self.buffer[..read])?;
        self.buffer = self.hasher.update(mem::take(&mut self.buffer), read);
        self.bytes += read as u64;
        Ok(())
    }

    /// Size and digest of the whole file.
    pub(crate) fn finish(mut self) -> Result<(u64, Digest)> {
        self.file.flush()?;
        Ok((self.bytes, self.hasher.finish()))
    }
}
