//! The directories of runs: one for each, named after the day.

mod prune;

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use kfp_pipeline::{Pipeline, command::Names};
use serde_json::{Map, Value};

use crate::{
    record::{self, Event, Log, Record, RunStart},
    task::{digest, process},
};

/// The compiled pipeline, in a run's directory.
pub const PIPELINE: &str = "pipeline.yaml";
/// The version of the record's format.
const VERSION: u32 = 1;

/// The directory that holds all runs.
#[derive(Clone, Debug)]
pub struct Runs {
    root: PathBuf,
}

pub use prune::Keep;

/// A run that was made.
#[derive(Debug)]
pub struct Run {
    /// Its name: `2026-11-26-3`.
    pub id: String,
    /// Its directory, absolute.
    pub directory: PathBuf,
    /// What placeholders for the run stand for.
    pub names: Names,
    /// Where its events go.
    pub log: Log,
    /// The event that says what it is.
    pub start: Record,
}

impl Runs {
    /// The runs in a directory, which need not be there yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Makes the directory of a new run, with the pipeline and the first line of the record in it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn create(
        &self,
        pipeline: &Pipeline,
        text: &str,
        parameters: &Map<String, Value>,
        jobs: usize,
        tool: &str,
    ) -> io::Result<Run> {
        fs::create_dir_all(&self.root)?;
        let root = fs::canonicalize(&self.root)?;
        let now = SystemTime::now();
        let time = humantime::format_rfc3339_seconds(now).to_string();
        let day = time.split('T').next().unwrap_or_default();
        let (id, directory) = new_directory(&root, day)?;
        let begin = || -> io::Result<(Log, Record)> {
            fs::write(directory.join(PIPELINE), text)?;
            let mut log = Log::open(&directory)?;
            let at = now
                .duration_since(SystemTime::UNIX_EPOCH)
                .map_or(0, |since| since.as_secs());
            let start = log.add(Event::Run(RunStart {
                v: VERSION,
                id: id.clone(),
                pipeline: pipeline.spec.pipeline_info.name.clone(),
                ir_sha256: digest::of_bytes(text),
                parameters: parameters.clone(),
                jobs,
                at,
                tool: tool.to_owned(),
            }))?;
            Ok((log, start))
        };
        let (log, start) = begin().map_err(|error| {
            // What never began is not a run.
            let _ = fs::remove_dir_all(&directory);
            named(&directory, &error)
        })?;
        Ok(Run {
            names: names(&id, &time, &directory),
            id,
            directory,
            log,
            start,
        })
    }

    /// Takes up a run where it stopped: the same pipeline with the same parameters. Programs that a killed runner left
    /// behind are ended.
    ///
    /// # Errors
    /// If the record cannot be read or written, or another process carries out the run.
    pub fn resume(&self, id: &str) -> io::Result<Run> {
        let directory = fs::canonicalize(self.root.join(id))?;
        let mut log = Log::open(&directory)?;
        process::kill_below(&directory);
        let at = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let start = log.add(Event::Resume { at })?;
        let begun = SystemTime::UNIX_EPOCH + Duration::from_secs(self.start_of(id)?.at);
        let time = humantime::format_rfc3339_seconds(begun).to_string();
        Ok(Run {
            names: names(id, &time, &directory),
            id: id.to_owned(),
            directory,
            log,
            start,
        })
    }

    /// What a run is of.
    ///
    /// # Errors
    /// If its record cannot be read or does not begin with that.
    pub fn start_of(&self, id: &str) -> io::Result<RunStart> {
        let first = record::read(&self.root.join(id))?.into_iter().next();
        match first.map(|record| record.event) {
            Some(Event::Run(start)) => Ok(start),
            _ => Err(io::Error::other("its record does not say what it is of")),
        }
    }

    /// The latest run of a pipeline, by its name.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn latest(&self, pipeline: &str) -> io::Result<Option<RunStart>> {
        for id in self.list()? {
            if let Ok(start) = self.start_of(&id)
                && start.pipeline == pipeline
            {
                return Ok(Some(start));
            }
        }
        Ok(None)
    }

    /// The ids of all runs, the latest first.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn list(&self) -> io::Result<Vec<String>> {
        let mut ids = Vec::new();
        let entries = match fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(ids),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with('.') && entry.path().join(record::FILE).is_file() {
                ids.push(name);
            }
        }
        ids.sort_by_key(|id| std::cmp::Reverse(sort_key(id)));
        Ok(ids)
    }

    /// The directory of a run.
    pub fn directory(&self, id: &str) -> PathBuf {
        self.root.join(id)
    }
}

/// Takes the number after the day's last one, so that a new run is the latest even where earlier ones were deleted. Making
/// a directory is what decides, if several runs begin at once.
fn new_directory(root: &Path, day: &str) -> io::Result<(String, PathBuf)> {
    let mut last = 0;
    for entry in fs::read_dir(root)? {
        let (of, number) = sort_key(&entry?.file_name().to_string_lossy());
        if of == day {
            last = last.max(number);
        }
    }
    for number in last + 1.. {
        let id = format!("{day}-{number}");
        let directory = root.join(&id);
        match fs::create_dir(&directory) {
            Ok(()) => return Ok((id, directory)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(named(&directory, &error)),
        }
    }
    unreachable!("there are more numbers than runs")
}

/// An error that says where it happened.
fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("`{}`: {error}", path.display()))
}

/// `2026-11-26-10` comes after `2026-11-26-9`.
fn sort_key(id: &str) -> (String, u64) {
    match id.rsplit_once('-') {
        Some((day, number)) => (day.to_owned(), number.parse().unwrap_or(0)),
        None => (id.to_owned(), 0),
    }
}

fn names(id: &str, time: &str, directory: &Path) -> Names {
    // In the form of a UUID, and the same whenever the run is resumed.
    let hash = digest::of_bytes(id);
    let uuid = [
        &hash[..8],
        &hash[8..12],
        &hash[12..16],
        &hash[16..20],
        &hash[20..32],
    ]
    .join("-");
    Names {
        job_name: id.to_owned(),
        job_resource_name: id.to_owned(),
        job_uuid: uuid,
        create_time: time.to_owned(),
        pipeline_root: directory.join("tasks").to_string_lossy().into_owned(),
        workspace: directory.join("workspace").to_string_lossy().into_owned(),
        ..Names::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_a_day_are_counted_and_listed_latest_first() {
        let directory = tempfile::tempdir().unwrap();
        let runs = Runs::new(directory.path().join("runs"));
        let text = "{pipelineInfo: {name: p}, root: {dag: {}}, schemaVersion: 2.1.0}";
        let pipeline = Pipeline::read(text).unwrap();
        for _ in 0..11 {
            runs.create(&pipeline, text, &Map::new(), 1, "test")
                .unwrap();
        }
        let numbers: Vec<u64> = runs
            .list()
            .unwrap()
            .iter()
            .map(|id| sort_key(id).1)
            .collect();
        assert_eq!(numbers, (1..=11).rev().collect::<Vec<_>>());
    }
}
