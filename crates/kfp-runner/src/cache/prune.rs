//! Deleting what the cache has no use for any more.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use super::{Cache, Entry, read};

/// What was deleted from the cache, or would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// How many tasks' outputs are no longer known.
    pub entries: usize,
    /// How many files and directories are no longer kept.
    pub objects: usize,
    /// How many bytes these have. Those a run still has are freed when the run is deleted.
    pub bytes: u64,
}

impl Cache {
    /// Deletes what is known of tasks of runs that are not `kept`, and files and directories nothing is known of any more.
    ///
    /// A run that goes on meanwhile may find that an output is not there any more; it then runs the task.
    ///
    /// # Errors
    /// If something cannot be read or deleted.
    pub fn prune(&self, kept: &BTreeSet<String>, is_dry_run: bool) -> io::Result<Pruned> {
        let mut pruned = Pruned::default();
        let mut objects = BTreeSet::new();
        for path in files(&self.root.join("entries"))? {
            let entry = read::<Entry>(&path).filter(|entry| kept.contains(&entry.run));
            if let Some(entry) = entry {
                let artifacts = entry.outputs.artifacts.values().flatten();
                objects
                    .extend(artifacts.filter_map(|artifact| {
                        Some(self.objects.path(artifact.content.as_ref()?))
                    }));
            } else {
                pruned.entries += 1;
                if !is_dry_run {
                    fs::remove_file(&path)?;
                }
            }
        }
        for path in files(&self.root.join("objects"))? {
            if objects.contains(&path) {
                continue;
            }
            pruned.objects += 1;
            pruned.bytes += delete(&path, is_dry_run)?;
        }
        if !is_dry_run {
            self.digests.prune();
        }
        Ok(pruned)
    }
}

/// What is in a directory, which need not be there.
fn files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(directory) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Deletes a file or directory; how many bytes it had.
fn delete(path: &Path, is_dry_run: bool) -> io::Result<u64> {
    let metadata = fs::symlink_metadata(path)?;
    let mut bytes = 0;
    if metadata.is_dir() {
        for inside in files(path)? {
            bytes += delete(&inside, is_dry_run)?;
        }
        if !is_dry_run {
            fs::remove_dir(path)?;
        }
        return Ok(bytes);
    }
    bytes += metadata.len();
    if !is_dry_run {
        fs::remove_file(path)?;
    }
    Ok(bytes)
}
