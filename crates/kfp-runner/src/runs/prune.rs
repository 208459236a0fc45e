//! Deleting runs that are no longer of interest.

use std::{
    fs, io,
    path::Path,
    time::{Duration, SystemTime},
};

use super::Runs;
use crate::record::Log;

/// Which runs are kept: those that every limit admits.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keep {
    /// At most so many, the latest.
    pub count: Option<usize>,
    /// None that began longer ago.
    pub age: Option<Duration>,
    /// As many of the latest as have no more bytes than this together.
    pub bytes: Option<u64>,
}

impl Runs {
    /// The runs that are not to be kept at a moment, the latest first.
    ///
    /// # Errors
    /// If the runs cannot be read.
    pub fn surplus(&self, keep: &Keep, now: SystemTime) -> io::Result<Vec<String>> {
        let mut surplus = Vec::new();
        let mut bytes = 0;
        for (index, id) in self.list()?.into_iter().enumerate() {
            let is_too_many = keep.count.is_some_and(|count| index >= count);
            let is_too_old = match keep.age {
                // A run whose record says nothing cannot be resumed or shown: its age does not matter.
                Some(age) => self.start_of(&id).is_ok_and(|start| {
                    let began = SystemTime::UNIX_EPOCH + Duration::from_secs(start.at);
                    now.duration_since(began).is_ok_and(|since| since > age)
                }),
                None => false,
            };
            let is_too_large = match keep.bytes {
                Some(most) => {
                    bytes += size(&self.directory(&id))?;
                    bytes > most
                }
                None => false,
            };
            if is_too_many || is_too_old || is_too_large {
                surplus.push(id);
            }
        }
        Ok(surplus)
    }

    /// Deletes a run: all of it at once, as far as others can see.
    ///
    /// # Errors
    /// If it is still going on, or cannot be deleted.
    pub fn delete(&self, id: &str) -> io::Result<()> {
        let directory = self.directory(id);
        let lock = Log::open(&directory)?;
        let away = self.root.join(format!(".deleted-{id}"));
        if away.exists() {
            // Of an earlier deletion that did not come to its end.
            fs::remove_dir_all(&away)?;
        }
        fs::rename(&directory, &away)?;
        drop(lock);
        fs::remove_dir_all(&away)
    }

    /// The bytes in a run's files.
    ///
    /// # Errors
    /// If they cannot be looked at.
    pub fn bytes(&self, id: &str) -> io::Result<u64> {
        size(&self.directory(id))
    }
}

fn size(path: &Path) -> io::Result<u64> {
    let metadata = fs::symlink_metadata(path)?;
    if !metadata.is_dir() {
        return Ok(metadata.len());
    }
    let mut bytes = 0;
    for entry in fs::read_dir(path)? {
        bytes += size(&entry?.path())?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use kfp_pipeline::Pipeline;
    use serde_json::Map;

    use super::*;

    fn runs(directory: &Path, count: usize) -> (Runs, Vec<String>) {
        let runs = Runs::new(directory.join("runs"));
        let text = "{pipelineInfo: {name: p}, root: {dag: {}}, schemaVersion: 2.1.0}";
        let pipeline = Pipeline::read(text).unwrap();
        let ids = (0..count)
            .map(|_| {
                let run = runs
                    .create(&pipeline, text, &Map::new(), 1, "test")
                    .unwrap();
                fs::write(run.directory.join("large"), [0; 1000]).unwrap();
                run.id
            })
            .collect();
        (runs, ids)
    }

    #[test]
    fn runs_are_kept_by_number_age_and_size() {
        let directory = tempfile::tempdir().unwrap();
        let (runs, ids) = runs(directory.path(), 4);
        let surplus = |keep: Keep, later: u64| {
            let now = SystemTime::now() + Duration::from_secs(later);
            runs.surplus(&keep, now).unwrap()
        };
        let latest_first: Vec<String> = ids.iter().rev().cloned().collect();
        let count = Keep {
            count: Some(1),
            ..Keep::default()
        };
        assert_eq!(surplus(count, 0), latest_first[1..]);
        let age = Keep {
            age: Some(Duration::from_secs(60)),
            ..Keep::default()
        };
        assert_eq!(surplus(age, 0), [""; 0]);
        assert_eq!(surplus(age, 120), latest_first);
        // Records differ by the digits of their times.
        let latest_two = latest_first[..2].iter().map(|id| runs.bytes(id).unwrap());
        let bytes = Keep {
            bytes: Some(latest_two.sum()),
            ..Keep::default()
        };
        assert_eq!(surplus(bytes, 0), latest_first[2..]);
        assert_eq!(surplus(Keep::default(), 120), [""; 0]);
    }

    #[test]
    fn a_run_that_goes_on_is_not_deleted() {
        let directory = tempfile::tempdir().unwrap();
        let (runs, ids) = runs(directory.path(), 1);
        let lock = Log::open(&runs.directory(&ids[0])).unwrap();
        assert!(runs.delete(&ids[0]).is_err());
        assert_eq!(runs.list().unwrap(), ids);
        drop(lock);
        runs.delete(&ids[0]).unwrap();
        assert_eq!(runs.list().unwrap(), [""; 0]);
        assert_eq!(
            fs::read_dir(directory.path().join("runs")).unwrap().count(),
            0
        );
    }

    #[test]
    fn a_new_run_is_the_latest_even_where_earlier_ones_were_deleted() {
        let directory = tempfile::tempdir().unwrap();
        let (all, ids) = runs(directory.path(), 3);
        all.delete(&ids[0]).unwrap();
        let (_, new) = runs(directory.path(), 1);
        assert_eq!(all.list().unwrap()[0], new[0]);
    }
}
