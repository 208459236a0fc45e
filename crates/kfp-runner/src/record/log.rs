//! `run.jsonl`: appended to while a run goes on, and read back whole or torn.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use super::event::{Event, Record};

/// The file's name in a run's directory.
pub const FILE: &str = "run.jsonl";

/// The end of the file, where events are added.
#[derive(Debug)]
pub struct Log {
    file: File,
    path: PathBuf,
    start: Instant,
}

impl Log {
    /// Opens the file of a run, making it if it is not there. A line that a killed run did not finish is closed.
    ///
    /// # Errors
    /// If it cannot be written, or another process writes to it.
    pub fn open(directory: &Path) -> io::Result<Self> {
        let path = directory.join(FILE);
        let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
        lock(&file)?;
        let text = std::fs::read(&path)?;
        if text.last().is_some_and(|last| *last != b'\n') {
            file.write_all(b"\n")?;
        }
        Ok(Self {
            file,
            path,
            start: Instant::now(),
        })
    }

    /// Adds an event, in a single write, so that a kill leaves a whole line or a torn one but never a mixture.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn add(&mut self, event: Event) -> io::Result<Record> {
        // Microseconds are more than the clock of a run needs.
        let t = (self.start.elapsed().as_secs_f64() * 1e6).round() / 1e6;
        let record = Record { t, event };
        let mut line = serde_json::to_vec(&record)?;
        line.push(b'\n');
        self.file.write_all(&line).map_err(|error| {
            let message = format!("`{}`: {error}", self.path.display());
            io::Error::new(error.kind(), message)
        })?;
        Ok(record)
    }
}

/// Locks a file until this process ends, one way or another. A program that a killed runner was just starting holds the
/// lock until it has begun, so it is not given up at once.
fn lock(file: &File) -> io::Result<()> {
    const PATIENCE: Duration = Duration::from_secs(2);
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => {
                thread::sleep(Duration::from_millis(10));
            }
            Err(TryLockError::WouldBlock) => {
                return Err(io::Error::other("the run is still going on"));
            }
        }
    }
}

/// All events of a run, in order. Lines that are torn or of a later version are passed over.
///
/// # Errors
/// If the file cannot be read.
pub fn read(directory: &Path) -> io::Result<Vec<Record>> {
    let file = BufReader::new(File::open(directory.join(FILE))?);
    let mut records = Vec::new();
    for line in file.split(b'\n') {
        if let Ok(record) = serde_json::from_slice(&line?) {
            records.push(record);
        }
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(task: &str) -> Event {
        Event::Cancelled { task: task.into() }
    }

    #[test]
    fn a_run_that_is_going_on_cannot_be_taken_up() {
        let directory = tempfile::tempdir().unwrap();
        let first = Log::open(directory.path()).unwrap();
        let error = Log::open(directory.path()).unwrap_err();
        assert_eq!(error.to_string(), "the run is still going on");
        drop(first);
        assert!(Log::open(directory.path()).is_ok());
    }

    #[test]
    fn a_torn_line_costs_only_itself() {
        let directory = tempfile::tempdir().unwrap();
        Log::open(directory.path())
            .unwrap()
            .add(event("a"))
            .unwrap();
        let mut file = OpenOptions::new()
            .append(true)
            .open(directory.path().join(FILE))
            .unwrap();
        file.write_all(b"{\"t\":0.1,\"e\":\"canc").unwrap();
        Log::open(directory.path())
            .unwrap()
            .add(event("b"))
            .unwrap();
        let events: Vec<Event> = read(directory.path())
            .unwrap()
            .into_iter()
            .map(|record| record.event)
            .collect();
        assert_eq!(events, [event("a"), event("b")]);
    }
}
