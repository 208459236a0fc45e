//! Files, directories and small values the component produces.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use crate::artifact::{ArtifactType, FileArtifact};
use crate::fault::misuse;
use crate::parameter::{self, Parameter};
use crate::sink::Sink;

/// Something the component produces. Clones are cheap and write to the same place.
///
/// What is written gets its final name only when the component has succeeded: [`path`](Output::path) is a place beside it.
#[derive(Debug)]
pub struct Output<T> {
    pub(crate) sink: Arc<Sink>,
    ty: PhantomData<fn() -> T>,
}

impl<T> Clone for Output<T> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.sink))
    }
}

impl<T> Output<T> {
    pub(crate) fn new(sink: Arc<Sink>) -> Self {
        Self {
            sink,
            ty: PhantomData,
        }
    }

    /// What has been written so far, as text; for tests.
    ///
    /// # Panics
    ///
    /// If nothing was written, or something that is not UTF-8.
    #[track_caller]
    pub fn text(&self) -> String {
        let read = || {
            self.sink.settle()?;
            std::fs::read_to_string(self.sink.path())
        };
        read().unwrap_or_else(|error| panic!("no text in this output: {error}"))
    }
}

impl<A: FileArtifact> Output<A> {
    /// Creates the file, or empties it, for writing with a buffer.
    pub fn create(&self) -> io::Result<Writer> {
        Ok(Writer {
            file: BufWriter::new(self.sink.create()?),
            sink: Arc::clone(&self.sink),
        })
    }

    /// Writes the whole file.
    pub fn write(&self, content: impl AsRef<[u8]>) -> io::Result<()> {
        let mut file = self.create()?;
        file.write_all(content.as_ref())?;
        file.flush()
    }

    /// Makes the output a directory, and returns where it is.
    pub fn create_dir(&self) -> io::Result<&Path> {
        self.sink.create_dir()?;
        Ok(self.sink.path())
    }

    /// Where to write, for libraries that take a path. It is not the final name, but ends like it.
    pub fn path(&self) -> &Path {
        self.sink.path()
    }
}

impl<A: FileArtifact> AsRef<Path> for Output<A> {
    fn as_ref(&self) -> &Path {
        self.path()
    }
}

impl<A: ArtifactType> Output<A> {
    /// Notes something about the artifact that KFP 2 keeps and shows; KFP 1 has no place for it.
    pub fn metadata(&self, key: &str, value: impl Into<Value>) -> io::Result<()> {
        let value = value.into();
        if key.is_empty() || key == "store_session_info" {
            return Err(misuse(format!("KFP reserves the metadata key `{key}`")));
        }
        if holds_null(&value) {
            return Err(misuse(format!(
                "metadata `{key}` of output `{}` is null, or not a finite number",
                self.sink.name
            )));
        }
        self.sink.state().metadata.insert(key.into(), value);
        Ok(())
    }
}

impl<P: Parameter> Output<P> {
    /// Sets the value; the last one counts.
    pub fn set(&self, value: P) -> io::Result<()> {
        let value = value
            .to_value()
            .map_err(|wanted| misuse(format!("output `{}` must be {wanted}", self.sink.name)))?;
        self.sink.state().content = Some(parameter::text(&value));
        Ok(())
    }

    /// The value set, if one was.
    pub fn get(&self) -> Option<P> {
        let text = self.sink.state().content.clone()?;
        P::from_value(&text.into()).ok()
    }
}

/// KFP 2's back end fails on a null anywhere; JSON has no other word for NaN.
fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(holds_null),
        Value::Object(entries) => entries.values().any(holds_null),
        _ => false,
    }
}

/// An [`Output`] open for writing. Its errors name the argument, and none is lost:
/// what cannot be written when the writer is dropped fails the component when it ends.
#[derive(Debug)]
pub struct Writer {
    file: BufWriter<File>,
    sink: Arc<Sink>,
}

impl Writer {
    fn check<T>(&self, result: io::Result<T>) -> io::Result<T> {
        // The standard library retries an interrupted write.
        result.map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            _ => self.sink.write_failed(error),
        })
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.file.write(bytes);
        self.check(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.file.flush();
        self.check(result)
    }
}

impl Seek for Writer {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        let result = self.file.seek(position);
        self.check(result)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.flush();
    }
}
