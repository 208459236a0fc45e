//! Files and directories the component reads.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::error::named;
use crate::output::BUFFER;
use crate::temp_dir::TempDir;

/// A file (or directory) KFP has put on local disk.
#[derive(Debug)]
pub struct Input<T> {
    source: Arc<Source>,
    ty: PhantomData<fn() -> T>,
}

#[derive(Debug)]
struct Source {
    name: String,
    path: PathBuf,
    metadata: Map<String, Value>,
    _directory: Option<TempDir>,
}

impl<T> Clone for Input<T> {
    fn clone(&self) -> Self {
        Self {
            source: Arc::clone(&self.source),
            ty: PhantomData,
        }
    }
}

impl<T> AsRef<Path> for Input<T> {
    fn as_ref(&self) -> &Path {
        self.path()
    }
}

impl<T> Input<T> {
    pub(crate) fn new(
        name: &str,
        path: PathBuf,
        metadata: Map<String, Value>,
        directory: Option<TempDir>,
    ) -> Self {
        let source = Source {
            name: name.into(),
            path,
            metadata,
            _directory: directory,
        };
        Self {
            source: Arc::new(source),
            ty: PhantomData,
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.source.path
    }

    /// Opens the file for reading, buffered. It is local already: this never touches the network.
    pub fn open(&self) -> io::Result<Reader> {
        let Source { name, path, .. } = &*self.source;
        let open = || {
            // Opening a directory succeeds; only reading it would fail.
            if fs::metadata(path)?.is_dir() {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            File::open(path)
        };
        let file = open().map_err(|error| named("open input", name, path, error))?;
        Ok(Reader {
            file: BufReader::with_capacity(BUFFER, file),
            source: Arc::clone(&self.source),
        })
    }

    /// Reads the whole file, which must be UTF-8.
    pub fn read_to_string(&self) -> io::Result<String> {
        let mut text = String::new();
        self.open()?.read_to_string(&mut text)?;
        Ok(text)
    }

    /// What the producer noted about the artifact; KFP 1 keeps no such notes.
    pub fn metadata(&self, key: &str) -> Option<&Value> {
        self.source.metadata.get(key)
    }
}

/// An open [`Input`]. Its errors name the argument.
#[derive(Debug)]
pub struct Reader {
    file: BufReader<File>,
    source: Arc<Source>,
}

impl Reader {
    fn name(&self, error: io::Error) -> io::Error {
        // Callers and the standard library retry on this kind.
        if error.kind() == io::ErrorKind::Interrupted {
            return error;
        }
        named("read input", &self.source.name, &self.source.path, error)
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer).map_err(|error| self.name(error))
    }

    fn read_to_end(&mut self, buffer: &mut Vec<u8>) -> io::Result<usize> {
        self.file
            .read_to_end(buffer)
            .map_err(|error| self.name(error))
    }

    fn read_to_string(&mut self, buffer: &mut String) -> io::Result<usize> {
        self.file
            .read_to_string(buffer)
            .map_err(|error| self.name(error))
    }
}

impl BufRead for Reader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let Self { file, source } = self;
        file.fill_buf()
            .map_err(|error| named("read input", &source.name, &source.path, error))
    }

    fn consume(&mut self, amount: usize) {
        self.file.consume(amount);
    }
}

impl Seek for Reader {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.file.seek(position).map_err(|error| self.name(error))
    }
}
