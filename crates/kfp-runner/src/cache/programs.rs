//! Digests of programs, computed once for each file.

use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

use crate::{program::Program, task::digest};

/// What is known about the programs of this machine.
#[derive(Debug)]
pub(super) struct Programs {
    file: PathBuf,
    known: Mutex<BTreeMap<PathBuf, Known>>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Known {
    /// Bytes, time of the last change in nanoseconds, and inode: another program has others.
    stamp: (u64, i64, u64),
    sha256: String,
}

impl Programs {
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
    pub(super) fn digest(&self, program: &Program) -> io::Result<String> {
        match program {
            Program::Native(path) => self.of_file(path),
            Program::Host => Ok("host".to_owned()),
            // The source is a part of the command line.
            Program::Python { interpreter, .. } => Ok(format!("python {}", interpreter.display())),
            Program::Container { id, .. } => Ok(format!("image {id}")),
        }
    }

    fn of_file(&self, path: &Path) -> io::Result<String> {
        let metadata = fs::metadata(path)?;
        let changed = metadata.mtime() * 1_000_000_000 + metadata.mtime_nsec();
        let stamp = (metadata.len(), changed, metadata.ino());
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(path).filter(|known| known.stamp == stamp) {
            return Ok(known.sha256.clone());
        }
        let sha256 = digest::of_path(path)?.sha256;
        let new = Known {
            stamp,
            sha256: sha256.clone(),
        };
        known.insert(path.to_owned(), new);
        // It is a memo: without it the next run computes the digest again.
        let _ = super::write(&self.file, &*known);
        Ok(sha256)
    }
}
