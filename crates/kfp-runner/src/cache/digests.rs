//! Digests of large files, computed once as long as a file is what it was.

use std::{
    collections::BTreeMap,
    fs::{self, Metadata},
    io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

use crate::{program::Program, record::Content, task::digest};

/// Smaller files are read sooner than it is looked up whether they changed.
const LARGE: u64 = 1 << 20;
/// A file that was changed less than this ago may change again without another time of change: file systems count in
/// ticks, some of two seconds. Git calls such files racy.
const SETTLED: Duration = Duration::from_secs(3);

/// What is known about large files of this machine.
#[derive(Debug)]
pub(super) struct Digests {
    file: PathBuf,
    known: Mutex<BTreeMap<PathBuf, Known>>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Known {
    stamp: Stamp,
    sha256: String,
}

/// Bytes, time of the last change in nanoseconds, and inode: another content has others.
type Stamp = (u64, i64, u64);

impl Digests {
    pub(super) fn read(file: PathBuf) -> Self {
        let known = fs::read(&file)
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default();
        Self {
            file,
            known: Mutex::new(known),
        }
    }

    /// What stands for a program in a key.
    ///
    /// # Errors
    /// If the program cannot be read.
    pub(super) fn of_program(&self, program: &Program) -> io::Result<String> {
        match program {
            Program::Native(path) => self.of_file(path),
            Program::Host => Ok("host".to_owned()),
            // The source is a part of the command line.
            Program::Python { interpreter, .. } => Ok(format!("python {}", interpreter.display())),
            Program::Container { id, .. } => Ok(format!("image {id}")),
        }
    }

    /// The digest and size of a file or directory.
    ///
    /// # Errors
    /// If something cannot be read.
    pub(super) fn of_path(&self, path: &Path) -> io::Result<Content> {
        digest::of_path_by(path, &|file| self.of_file(file))
    }

    fn of_file(&self, path: &Path) -> io::Result<String> {
        let metadata = fs::metadata(path)?;
        if metadata.len() < LARGE {
            return digest::of_file(path);
        }
        let stamp = stamp(&metadata);
        if let Some(known) = self.lock().get(path).filter(|known| known.stamp == stamp) {
            return Ok(known.sha256.clone());
        }
        let sha256 = digest::of_file(path)?;
        let is_settled = metadata.modified().is_ok_and(|at| {
            SystemTime::now()
                .duration_since(at)
                .is_ok_and(|since| since > SETTLED)
        });
        if is_settled && self::stamp(&fs::metadata(path)?) == stamp {
            let sha256 = sha256.clone();
            let mut known = self.lock();
            known.insert(path.to_owned(), Known { stamp, sha256 });
            // It is a memo: without it the next run computes the digest again.
            let _ = super::write(&self.file, &*known);
        }
        Ok(sha256)
    }

    /// Forgets files that are gone.
    pub(super) fn prune(&self) {
        let mut known = self.lock();
        let before = known.len();
        known.retain(|path, _| path.exists());
        if known.len() < before {
            let _ = super::write(&self.file, &*known);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<PathBuf, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stamp(metadata: &Metadata) -> Stamp {
    let changed = metadata.mtime() * 1_000_000_000 + metadata.mtime_nsec();
    (metadata.len(), changed, metadata.ino())
}

#[cfg(test)]
mod tests {
    use std::{fs::File, io::Write as _};

    use super::*;

    /// Writes into a file in place and says that it was changed so long ago.
    fn write(path: &Path, byte: u8, ago: Duration) {
        let mut file = File::options()
            .create(true)
            .write(true)
            .truncate(false)
            .open(path)
            .unwrap();
        file.write_all(&vec![byte; usize::try_from(LARGE).unwrap()])
            .unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000) - ago)
            .unwrap();
    }

    #[test]
    fn a_large_file_is_read_again_only_when_it_changed() {
        let directory = tempfile::tempdir().unwrap();
        let (memo, path) = (
            directory.path().join("digests.json"),
            directory.path().join("large"),
        );
        let digest = || Digests::read(memo.clone()).of_path(&path).unwrap().sha256;
        write(&path, b'a', Duration::ZERO);
        let first = digest();
        // Nobody can see this change, so the digest that is known is given: the file was not read.
        write(&path, b'b', Duration::ZERO);
        assert_eq!(digest(), first);
        write(&path, b'b', Duration::from_secs(1));
        assert_ne!(digest(), first);
    }

    #[test]
    fn a_file_that_was_changed_a_moment_ago_is_not_trusted() {
        let directory = tempfile::tempdir().unwrap();
        let (memo, path) = (
            directory.path().join("digests.json"),
            directory.path().join("large"),
        );
        let digests = Digests::read(memo.clone());
        fs::write(&path, vec![b'a'; usize::try_from(LARGE).unwrap()]).unwrap();
        digests.of_path(&path).unwrap();
        assert!(!memo.exists());
    }

    #[test]
    fn what_is_known_of_a_file_that_is_gone_is_forgotten() {
        let directory = tempfile::tempdir().unwrap();
        let (memo, path) = (
            directory.path().join("digests.json"),
            directory.path().join("large"),
        );
        write(&path, b'a', Duration::ZERO);
        let digests = Digests::read(memo.clone());
        digests.of_path(&path).unwrap();
        assert!(fs::read_to_string(&memo).unwrap().contains("large"));
        fs::remove_file(&path).unwrap();
        Digests::read(directory.path().join("none.json")).prune();
        assert!(!directory.path().join("none.json").exists());
        digests.prune();
        assert_eq!(fs::read_to_string(&memo).unwrap(), "{}");
    }
}
