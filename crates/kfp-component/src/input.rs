//! Files and directories that the component reads.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::error::{named, with_hint};
use crate::output::BUFFER;
use crate::provisioned::Provisioned;
use crate::temp_dir::TempDir;

/// A file or directory that KFP has put on local disk.
///
/// `Option<Input<_>>` is `None` if the pipeline leaves it out. Where the producing task failed to write it, the program ends
/// before the function is called. `Vec<Input<_>>` is what the tasks of a loop produced, in its order: in the pipeline,
/// `dsl.Collected(task.outputs["part"])`. Only KFP 2 has such lists, and their files' names differ, so take one by its
/// position, [`metadata`](Self::metadata) or content.
///
/// ```
/// use std::io::BufRead as _;
///
/// use kfp_component::prelude::*;
/// use kfp_component::testing::{input, output};
///
/// /// Counts lines, with those of a second file if there is one.
/// #[component]
/// fn count(text: Input<Dataset>, more: Option<Input<Artifact>>, lines: Output<u32>) -> Result<()> {
///     let mut count = 0;
///     for line in text.open()?.lines() {
///         line?;
///         count += 1;
///     }
///     if let Some(more) = more {
///         count += u32::try_from(std::fs::read_to_string(more)?.lines().count())?;
///     }
///     lines.set(count)?;
///     Ok(())
/// }
///
/// # fn main() -> Result<()> {
/// let lines = output();
/// count(input("a\nb\n"), Some(input("c\n")), lines.clone())?;
/// assert_eq!(lines.get(), Some(3));
/// # Ok(())
/// # }
/// ```
///
/// ```
/// use kfp_component::prelude::*;
/// use kfp_component::testing::{input, output};
///
/// /// Joins what the tasks of a loop wrote.
/// #[component]
/// fn join(parts: Vec<Input<Dataset>>, joined: Output<Dataset>) -> Result<()> {
///     let texts: std::io::Result<Vec<_>> = parts.iter().map(Input::read_to_string).collect();
///     joined.write(texts?.concat())?;
///     Ok(())
/// }
///
/// # fn main() -> Result<()> {
/// let joined = output();
/// join(vec![input("a\n"), input("b\n")], joined.clone())?;
/// assert_eq!(joined.text(), "a\nb\n");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Input<T> {
    source: Arc<Source>,
    ty: PhantomData<fn() -> T>,
}

/// What is known of an input.
#[derive(Debug)]
pub(crate) struct Source {
    name: String,
    path: PathBuf,
    artifact_name: Option<String>,
    uri: Option<String>,
    metadata: Map<String, Value>,
    /// In a unit test, the directory that the file lies in.
    _directory: Option<TempDir>,
}

impl Source {
    pub(crate) fn new(name: &str, path: PathBuf, provisioned: Option<Provisioned<'_>>) -> Self {
        Self {
            name: name.into(),
            path,
            artifact_name: provisioned.and_then(Provisioned::name).map(Into::into),
            uri: provisioned.and_then(Provisioned::uri).map(Into::into),
            metadata: provisioned.map(Provisioned::metadata).unwrap_or_default(),
            _directory: None,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// An input of a unit test, which lasts as long as its directory.
    pub(crate) fn temporary(path: PathBuf, directory: TempDir) -> Self {
        Self {
            _directory: Some(directory),
            ..Self::new("input", path, None)
        }
    }
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
    pub(crate) fn new(source: Source) -> Self {
        Self {
            source: Arc::new(source),
            ty: PhantomData,
        }
    }

    /// Where the file or directory is on local disk.
    pub fn path(&self) -> &Path {
        &self.source.path
    }

    /// Where KFP 2 stores the artifact, such as `minio://bucket/key`; under `kfp.local` a path. KFP 1 does not say.
    pub fn uri(&self) -> Option<&str> {
        self.source.uri.as_deref()
    }

    /// The artifact's name as KFP 2 passes it on, which on a cluster is its number in the metadata store; on KFP 1 the name
    /// of the argument.
    pub fn name(&self) -> &str {
        self.source
            .artifact_name
            .as_deref()
            .unwrap_or(&self.source.name)
    }

    /// Opens the file for buffered reading. It is on local disk, so this does not touch the network.
    ///
    /// # Errors
    ///
    /// If it cannot be opened, or is a directory. The error names the argument.
    pub fn open(&self) -> io::Result<Reader> {
        let Source { name, path, .. } = &*self.source;
        let open = || {
            // Opening a directory succeeds; only reading it would fail.
            if fs::metadata(path)?.is_dir() {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            File::open(path)
        };
        let file = open().map_err(|error| {
            let hint = match error.kind() {
                io::ErrorKind::IsADirectory => Some("read the files below its `path()`"),
                io::ErrorKind::PermissionDenied => Some(
                    "the image's user may not read it; the task before wrote it as another user",
                ),
                _ => None,
            };
            with_hint("open input", name, path, error, hint.map(Into::into))
        })?;
        Ok(Reader {
            file: BufReader::with_capacity(BUFFER, file),
            source: Arc::clone(&self.source),
        })
    }

    /// Reads the whole file, which must be UTF-8.
    ///
    /// # Errors
    ///
    /// If it cannot be read; of the kind [`InvalidData`](io::ErrorKind::InvalidData) if it is not UTF-8. The error names the
    /// argument.
    pub fn read_to_string(&self) -> io::Result<String> {
        let mut text = String::new();
        self.open()?.read_to_string(&mut text)?;
        Ok(text)
    }

    /// Metadata that the producing task recorded with [`Output::metadata`](crate::Output::metadata). KFP 1 stores none.
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
        // Callers and the standard library try again on this kind.
        if error.kind() == io::ErrorKind::Interrupted {
            return error;
        }
        let Source { name, path, .. } = &*self.source;
        let hint = (error.kind() == io::ErrorKind::InvalidData)
            .then(|| what_else(path))
            .flatten()
            .map(|what| format!("it looks like {what}, not like text in UTF-8"));
        with_hint("read input", name, path, error, hint)
    }
}

/// What a file is that is not UTF-8, by its first bytes.
fn what_else(path: &Path) -> Option<&'static str> {
    let mut start = [0; 4];
    File::open(path).ok()?.read_exact(&mut start).ok()?;
    Some(match start {
        [0x1f, 0x8b, ..] => "gzip",
        [b'P', b'K', 3, 4] => "a ZIP archive (so is an .xlsx or .npz file)",
        [b'P', b'A', b'R', b'1'] => "Parquet",
        [0x28, 0xb5, 0x2f, 0xfd] => "Zstandard",
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "UTF-16, which Excel and PowerShell write",
        [0x80, 2..=5, ..] => "a Python pickle",
        _ => return None,
    })
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
