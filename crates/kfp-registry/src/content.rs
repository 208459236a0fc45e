//! What a request carries: content that can be read again from its start, since a failed upload begins anew.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::Error;

/// Content to upload, in memory or in a file.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    /// Content in memory.
    Bytes(&'a [u8]),
    /// Content of a file.
    File(&'a Path),
}

impl<'a> Content<'a> {
    /// Opens the content at its start; `progress` hears the bytes read so far.
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
            content: self,
            inner,
            size,
            sent: 0,
            progress,
            failure: RefCell::default(),
        })
    }
}

/// Content being sent. A read error is kept, so that a bad disk is not taken for a bad network.
pub(crate) struct Reader<'a> {
    content: Content<'a>,
    inner: Box<dyn Read + 'a>,
    pub(crate) size: u64,
    sent: u64,
    progress: &'a dyn Fn(u64),
    failure: RefCell<Option<io::Error>>,
}

impl Reader<'_> {
    /// The error of reading the content, if there was one.
    pub(crate) fn failure(&self) -> Option<Error> {
        let source = self.failure.take()?;
        match self.content {
            Content::File(path) => Some(Error::file(path, source)),
            Content::Bytes(_) => None,
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
