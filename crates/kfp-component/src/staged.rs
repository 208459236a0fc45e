//! Where one output goes: staged beside its final name, moved there when the component has succeeded.
//!
//! Nothing is ever visible under the final name before it is whole.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{self, Path, PathBuf};
use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

use crate::error::{misuse, named};
use crate::temp_dir::TempDir;

/// One output, shared by all clones of its handle.
#[derive(Debug)]
pub(crate) struct StagedOutput {
    pub(crate) name: String,
    destination: Destination,
    state: Mutex<State>,
}

/// Where an output is written. Only what was staged is ever removed.
#[derive(Debug)]
enum Destination {
    /// Beside its final name, to be moved there.
    Staged { staged: PathBuf, target: PathBuf },
    /// A device, a pipe, a socket, or a file that is open already.
    Through(PathBuf),
    /// In a unit test's own directory.
    Temporary(
        PathBuf,
        #[expect(dead_code, reason = "kept for what its drop does")] TempDir,
    ),
}

/// What the component has said about an output, other than by writing its file.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// KFP 2's metadata of the artifact.
    pub(crate) metadata: Map<String, Value>,
    /// What the file lists: metrics, or visualisations.
    pub(crate) entries: Vec<Value>,
    /// The whole content, where the runtime and not the author writes the file.
    pub(crate) content: Option<String>,
    /// The first write that failed, which an author may not have looked at.
    pub(crate) failed: Option<io::Error>,
}

impl StagedOutput {
    /// An output KFP gave a path.
    pub(crate) fn new(name: &str, path: &Path) -> Self {
        let path = path::absolute(path).unwrap_or_else(|_| path.into());
        // Links are followed, so that they still are links afterwards.
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
        Self::at(name, destination)
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

    /// Makes the directory the output lies in, and clears away what a killed process of the same number left there.
    pub(crate) fn prepare(&self) -> io::Result<()> {
        let Destination::Staged { target, .. } = &self.destination else {
            return Ok(());
        };
        let parent = target.parent().unwrap_or(target);
        fs::create_dir_all(parent).map_err(|error| self.named("create the directory of", error))?;
        // A path such as `.` is a mistake, and all that is in there would be lost.
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
            // Appending leaves alone what a redirected standard output already holds.
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

    /// Completes the staged output, and checks that there is one.
    pub(crate) fn settle(&self) -> io::Result<()> {
        if let Some(error) = self.state().failed.take() {
            return Err(error);
        }
        let content = self.state().content.clone();
        if let Some(content) = content {
            let written = self.create()?.write_all(content.as_bytes());
            written.map_err(|error| self.named("write", error))?;
        }
        match fs::symlink_metadata(self.path()) {
            // A path that names a folder by mistake must not cost what is in there.
            Ok(written) if !written.is_dir() && self.target().is_dir() => {
                Err(self.named("replace", io::ErrorKind::IsADirectory.into()))
            }
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(misuse(format!(
                "finished, but never wrote output `{}`",
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
        fs::rename(staged, target)
            .or_else(|error| match error.kind() {
                io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotADirectory => {
                    replace(staged, target)
                }
                _ => Err(error),
            })
            .map_err(|error| self.named("move into place", error))
    }

    /// Removes what was staged.
    pub(crate) fn discard(&self) {
        if let Destination::Staged { staged, .. } = &self.destination {
            // A thread of the author's may still be adding files: try again, but not for ever.
            let _ = (0..10).find(|_| remove(staged).is_ok());
        }
    }

    /// Removes what [`publish`](Self::publish) moved.
    pub(crate) fn retract(&self) {
        if let Destination::Staged { target, .. } = &self.destination {
            let _ = remove(target);
        }
    }

    fn named(&self, action: &str, error: io::Error) -> io::Error {
        named(
            &format!("{action} output"),
            &self.name,
            self.target(),
            error,
        )
    }
}

/// Whether `path` names something that is open already, whatever that may be.
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

/// A name in the same directory that ends as `path` does, for libraries that look at the extension.
fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = OsString::from(format!(".{what}-{}-", process::id()));
    name.push(path.file_name().unwrap_or_default());
    path.with_file_name(name)
}

/// Puts a directory where there is something already, which takes two renames: there may be nothing for a moment.
fn replace(staged: &Path, target: &Path) -> io::Result<()> {
    let old = beside(target, "replaced");
    remove(&old)?;
    fs::rename(target, &old)?;
    fs::rename(staged, target).inspect_err(|_| {
        let _ = fs::rename(&old, target);
    })?;
    // The output is there, whatever becomes of the old one.
    let _ = remove(&old);
    Ok(())
}

fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    removed.or_else(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            Ok(())
        } else {
            Err(error)
        }
    })
}
