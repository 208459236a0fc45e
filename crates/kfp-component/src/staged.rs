//! One output: staged beside its final name, and moved there when the component has succeeded.
//!
//! Nothing is ever visible under the final name before it is whole, provided that the file system can rename; see
//! [`crate::relocate`] for one that cannot.

use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{self, Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

use crate::error::{misuse, with_hint};
use crate::relocate::{beside, relocate, remove};
use crate::temp_dir::TempDir;

/// One output, shared by all clones of its handle.
#[derive(Debug)]
pub(crate) struct StagedOutput {
    /// The name of the argument.
    pub(crate) name: String,
    /// Where KFP 2 stores the artifact, if it said so.
    pub(crate) uri: Option<String>,
    destination: Destination,
    state: Mutex<State>,
}

/// Where an output is written. Only what was staged is ever removed.
#[derive(Debug)]
enum Destination {
    /// Beside its final name, to be moved there.
    Staged { staged: PathBuf, target: PathBuf },
    /// A device, a pipe, a socket, or a file that is already open.
    Through(PathBuf),
    /// In a unit test's temporary directory.
    Temporary(
        PathBuf,
        #[expect(dead_code, reason = "kept for what its drop does")] TempDir,
    ),
}

/// What the component has recorded about an output, other than by writing its file.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The artifact's metadata in KFP 2.
    pub(crate) metadata: Map<String, Value>,
    /// The entries of the file: metrics, or visualisations.
    pub(crate) entries: Vec<Value>,
    /// The whole content, where the runtime and not the author writes the file.
    pub(crate) content: Option<String>,
    /// The first write that failed, because the author may have ignored it.
    pub(crate) failed: Option<io::Error>,
    /// Whether the output is kept when the component fails.
    pub(crate) keep_on_failure: bool,
}

impl StagedOutput {
    /// An output whose path KFP gave.
    pub(crate) fn new(name: &str, path: &Path, uri: Option<&str>) -> Self {
        let path = path::absolute(path).unwrap_or_else(|_| path.into());
        // Links are followed, so that they are still links afterwards.
        let resolved = if is_open_file(&path) {
            None
        } else {
            fs::canonicalize(&path).ok()
        };
        let target = resolved.unwrap_or(path);
        let destination = if is_special(&target) {
            Destination::Through(target)
        } else {
            Destination::Staged {
                staged: beside(&target, "partial"),
                target,
            }
        };
        Self {
            uri: uri.map(Into::into),
            ..Self::at(name, destination)
        }
    }

    /// An output of a unit test, written in place.
    pub(crate) fn temporary() -> io::Result<Self> {
        let directory = TempDir::new()?;
        Ok(Self::at(
            "output",
            Destination::Temporary(directory.path().join("data"), directory),
        ))
    }

    fn at(name: &str, destination: Destination) -> Self {
        Self {
            name: name.into(),
            uri: None,
            destination,
            state: Mutex::default(),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves the state as readable as before.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where to write.
    pub(crate) fn path(&self) -> &Path {
        match &self.destination {
            Destination::Staged { staged: path, .. }
            | Destination::Through(path)
            | Destination::Temporary(path, _) => path,
        }
    }

    /// The name KFP knows it by.
    fn target(&self) -> &Path {
        match &self.destination {
            Destination::Staged { target: path, .. }
            | Destination::Through(path)
            | Destination::Temporary(path, _) => path,
        }
    }

    /// Creates the output's parent directory, and removes what a killed process with the same number left there.
    pub(crate) fn prepare(&self) -> io::Result<()> {
        let Destination::Staged { target, .. } = &self.destination else {
            return Ok(());
        };
        let parent = target.parent().unwrap_or(target);
        fs::create_dir_all(parent).map_err(|error| self.named("create the directory of", error))?;
        // A path such as `.` is a mistake, and everything in there would be lost.
        if env::current_dir().is_ok_and(|here| here.starts_with(target)) {
            let error = misuse("the program runs in this directory");
            return Err(self.named("replace", error));
        }
        self.discard();
        Ok(())
    }

    pub(crate) fn create(&self) -> io::Result<File> {
        self.state().failed = None;
        let mut options = OpenOptions::new();
        if let Destination::Through(_) = self.destination {
            // Appending keeps what a redirected standard output already holds.
            options.append(true);
        } else {
            options.write(true).create(true).truncate(true);
        }
        options
            .open(self.path())
            .map_err(|error| self.named("create", error))
    }

    pub(crate) fn create_dir(&self) -> io::Result<()> {
        fs::create_dir_all(self.path()).map_err(|error| self.named("create", error))
    }

    /// Names the output in `error` and remembers that it failed.
    pub(crate) fn write_failed(&self, error: io::Error) -> io::Error {
        let copy = match error.raw_os_error() {
            Some(code) => io::Error::from_raw_os_error(code),
            None => io::Error::new(error.kind(), error.to_string()),
        };
        self.state().failed.get_or_insert(self.named("write", copy));
        self.named("write", error)
    }

    /// Writes what the runtime has to write, and checks that there is an output.
    pub(crate) fn complete(&self) -> io::Result<()> {
        if let Some(error) = self.state().failed.take() {
            return Err(error);
        }
        let content = self.state().content.clone();
        if let Some(content) = content {
            let written = self.create()?.write_all(content.as_bytes());
            written.map_err(|error| self.named("write", error))?;
        }
        match fs::symlink_metadata(self.path()) {
            // A path that names a directory by mistake must not cost what is in there.
            Ok(written) if !written.is_dir() && self.target().is_dir() => {
                Err(self.named("replace", io::ErrorKind::IsADirectory.into()))
            }
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(misuse(format!(
                "finished, but never wrote output `{}`\nhint: write it on every way to `Ok`, with its own methods or at \
                 its `path()`",
                self.name
            ))),
            Err(error) => Err(self.named("find", error)),
        }
    }

    /// Moves the staged output to its final name.
    pub(crate) fn publish(&self) -> io::Result<()> {
        let Destination::Staged { staged, target } = &self.destination else {
            return Ok(());
        };
        relocate(staged, target).map_err(|error| self.named("move into place", error))
    }

    /// Removes the staged output; one that is kept on failure is published instead.
    pub(crate) fn discard(&self) {
        if let Destination::Staged { staged, .. } = &self.destination {
            // Not to be waited for: this also runs on a signal, while another thread may hold the lock.
            let keep = self
                .state
                .try_lock()
                .is_ok_and(|state| state.keep_on_failure);
            if keep && self.complete().and_then(|()| self.publish()).is_ok() {
                return;
            }
            // A thread of the author may still be adding files: try again, but not for ever.
            let _ = (0..10).find(|_| remove(staged).is_ok());
        }
    }

    /// Removes what [`publish`](Self::publish) moved.
    pub(crate) fn unpublish(&self) {
        if let Destination::Staged { target, .. } = &self.destination {
            let _ = remove(target);
        }
    }

    fn named(&self, action: &str, error: io::Error) -> io::Error {
        let hint = hint(error.kind()).map(String::from);
        let action = format!("{action} output");
        with_hint(&action, &self.name, self.target(), error, hint)
    }
}

/// The usual reason why an output cannot be written, and the way out.
fn hint(kind: io::ErrorKind) -> Option<&'static str> {
    match kind {
        io::ErrorKind::PermissionDenied => Some(
            "the image's user may not write there: KFP before 2.3 needs an image that runs as root, and a mounted \
             volume an `fsGroup`",
        ),
        io::ErrorKind::ReadOnlyFilesystem => {
            Some("the file system is read-only: mount an `emptyDir` there")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(
            "give the task more ephemeral storage, or mount a larger volume; an `emptyDir` in memory counts as memory",
        ),
        _ => None,
    }
}

/// Whether `path` names something that is already open, whatever that may be.
fn is_open_file(path: &Path) -> bool {
    ["/dev/stdout", "/dev/stderr", "/dev/fd", "/proc"]
        .iter()
        .any(|open| path.starts_with(open))
}

/// Whether `path` is there and can only be written through: a device, a pipe, a socket.
fn is_special(path: &Path) -> bool {
    let other = |metadata: fs::Metadata| !metadata.is_file() && !metadata.is_dir();
    is_open_file(path) || fs::metadata(path).is_ok_and(other)
}
