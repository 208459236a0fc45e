//! Request bodies. They can be read again from the start, because a failed upload is repeated as a whole.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::Error;

/// The body of an upload.
#[derive(Debug, Clone, Copy)]
pub enum Body<'a> {
    /// Bytes in memory.
    Bytes(&'a [u8]),
    /// The content of this file.
    File(&'a Path),
}

impl<'a> Body<'a> {
    /// Opens the body at its start. `progress` is called with the number of bytes read so far.
    pub(crate) fn open(self, progress: &'a dyn Fn(u64)) -> Result<Reader<'a>, Error> {
        let (inner, size): (Box<dyn Read + 'a>, _) = match self {
            Self::Bytes(bytes) => (Box::new(bytes), bytes.len() as u64),
            Self::File(path) => {
                let open = || File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
                let (size, file) = open().map_err(|source| Error::file(path, source))?;
                (Box::new(file.take(size)), size)
            }
        };
        Ok(Reader {
            body: self,
            inner,
            size,
            sent: 0,
            progress,
            failure: RefCell::default(),
        })
    }
}

/// A body being sent. A read error is kept, so that a bad disk is not mistaken for a bad network.
pub(crate) struct Reader<'a> {
    body: Body<'a>,
    inner: Box<dyn Read + 'a>,
    pub(crate) size: u64,
    sent: u64,
    progress: &'a dyn Fn(u64),
    failure: RefCell<Option<io::Error>>,
}

impl Reader<'_> {
    /// The error of reading the body, if there was one.
    pub(crate) fn failure(&self) -> Option<Error> {
        let source = self.failure.take()?;
        match self.body {
            Body::File(path) => Some(Error::file(path, source)),
            Body::Bytes(_) => None,
        }
    }
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let fail = |source: io::Error, failure: &RefCell<_>| {
            let kind = source.kind();
            failure.replace(Some(source));
            io::Error::from(kind)
        };
        let read = self
            .inner
            .read(buffer)
            .map_err(|source| fail(source, &self.failure))?;
        if read == 0 && self.sent < self.size && !buffer.is_empty() {
            let shrunk = io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the file became shorter while it was sent",
            );
            return Err(fail(shrunk, &self.failure));
        }
        self.sent += read as u64;
        (self.progress)(self.sent);
        Ok(read)
    }
}
