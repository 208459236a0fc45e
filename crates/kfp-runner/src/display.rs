//! Events as lines for people, in cargo's form: a verb and what it is about.

use std::{collections::BTreeMap, path::PathBuf};

use crate::{
    record::{Event, Record, State},
    task,
};

/// How many of a failed task's last lines are shown.
const TAIL: usize = 30;

/// What a line tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something went well.
    Good,
    /// Something did not happen, or is odd.
    Odd,
    /// Something failed.
    Bad,
    /// Neither.
    Plain,
}

/// A line for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it tells.
    pub tone: Tone,
    /// What happened: at most 12 letters.
    pub verb: &'static str,
    /// To what, and how.
    pub text: String,
    /// The last lines a failed task printed.
    pub output: Vec<String>,
}

/// Turns events into lines, one after the other.
#[derive(Debug)]
pub struct Display {
    directory: PathBuf,
    started: BTreeMap<String, f64>,
    places: BTreeMap<String, PathBuf>,
    /// Why tasks are not taken from the cache.
    reasons: BTreeMap<String, String>,
    counts: BTreeMap<&'static str, usize>,
}

impl Display {
    /// For the run in a directory, whose logs are shown when tasks fail.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            started: BTreeMap::new(),
            places: BTreeMap::new(),
            reasons: BTreeMap::new(),
            counts: BTreeMap::new(),
        }
    }

    /// The tasks that run, for a line that is always the last.
    pub fn running(&self) -> impl Iterator<Item = &str> {
        self.started.keys().map(String::as_str)
    }

    /// The line an event deserves, if it does.
    pub fn line(&mut self, record: &Record) -> Option<Line> {
        let line = |tone, verb, text| {
            Some(Line {
                tone,
                verb,
                text,
                output: Vec::new(),
            })
        };
        match &record.event {
            Event::Run(run) => {
                let text = format!("{} ({} jobs) run {}", run.pipeline, run.jobs, run.id);
                line(Tone::Plain, "Running", text)
            }
            Event::Resume { .. } => {
                let run = self.directory.file_name().unwrap_or_default();
                let text = format!("run {} where it stopped", run.display());
                line(Tone::Plain, "Resuming", text)
            }
            Event::Ready { .. } | Event::Group { error: None, .. } => None,
            Event::Miss { task, because, .. } => {
                self.reasons.insert(task.clone(), because.clone());
                None
            }
            Event::Start { task, dir, .. } => {
                self.started.insert(task.clone(), record.t);
                self.places.insert(task.clone(), dir.clone());
                None
            }
            Event::End {
                task,
                state,
                error,
                notes,
                ..
            } => Some(self.ended(task, *state, error.as_deref(), notes, record.t)),
            Event::Retry {
                task,
                attempt,
                of,
                delay_s,
            } => {
                // The attempt that failed is not the task's end.
                if let Some(count) = self.counts.get_mut("failed") {
                    *count -= 1;
                }
                let text = format!(
                    "{task}, attempt {attempt} of {of}, in {}",
                    seconds(*delay_s)
                );
                line(Tone::Odd, "Retrying", text)
            }
            Event::Cached { task, from_run, .. } => {
                self.count("cached");
                // A cluster does not say which run it was.
                let text = if from_run.is_empty() {
                    task.clone()
                } else {
                    format!("{task} from run {from_run}")
                };
                line(Tone::Good, "Cached", text)
            }
            Event::Skipped { task, why } => {
                self.count("skipped");
                let text = format!("{task}: {why}");
                line(Tone::Odd, "Skipped", text)
            }
            Event::Omitted { task, because } => {
                self.count("omitted");
                let because: Vec<&str> = because.iter().map(String::as_str).collect();
                let text = format!("{task}, which needs {}", because.join(", "));
                line(Tone::Odd, "Omitted", text)
            }
            Event::Cancelled { task } => {
                self.count("cancelled");
                line(Tone::Odd, "Cancelled", task.clone())
            }
            Event::Group {
                task,
                error: Some(error),
                ..
            } => Some(self.failed(task, "", Some(error))),
            Event::Finish { state, .. } => Some(self.finish(*state, record.t)),
        }
    }

    fn ended(
        &mut self,
        task: &str,
        state: State,
        error: Option<&str>,
        notes: &[String],
        at: f64,
    ) -> Line {
        let time = self.started.remove(task).map_or(String::new(), |start| {
            format!(" in {}", seconds(at - start))
        });
        let line = |tone, verb, text| Line {
            tone,
            verb,
            text,
            output: Vec::new(),
        };
        match state {
            State::Failed => self.failed(task, &time, error),
            State::Succeeded => {
                self.count("succeeded");
                let tone = if notes.is_empty() {
                    Tone::Good
                } else {
                    Tone::Odd
                };
                let reason = self.reasons.remove(task);
                let notes: Vec<String> = reason
                    .iter()
                    .chain(notes)
                    .map(|note| format!("; {note}"))
                    .collect();
                line(tone, "Succeeded", format!("{task}{time}{}", notes.concat()))
            }
            other => {
                self.count(other.word());
                line(Tone::Odd, "Stopped", format!("{task}{time}"))
            }
        }
    }

    fn failed(&mut self, task: &str, time: &str, error: Option<&str>) -> Line {
        self.count("failed");
        let how = error.unwrap_or("failed");
        let output = match self.places.get(task) {
            Some(place) => task::log_tail(&self.directory.join(place), TAIL),
            None => Vec::new(),
        };
        Line {
            tone: Tone::Bad,
            verb: "Failed",
            text: format!("{task}{time}: {how}"),
            output,
        }
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn finish(&self, state: State, time: f64) -> Line {
        let order = [
            "failed",
            "succeeded",
            "cached",
            "skipped",
            "omitted",
            "cancelled",
        ];
        let counts: Vec<String> = order
            .iter()
            .filter_map(|word| Some((word, self.counts.get(word)?)))
            .filter(|(_, count)| **count > 0)
            .map(|(word, count)| format!("{count} {word}"))
            .collect();
        let counts = if counts.is_empty() {
            "nothing to do".to_owned()
        } else {
            counts.join(", ")
        };
        let (tone, verb) = match state {
            State::Succeeded | State::Cached => (Tone::Good, "Finished"),
            State::Cancelled => (Tone::Odd, "Stopped"),
            _ => (Tone::Bad, "Failed"),
        };
        Line {
            tone,
            verb,
            text: format!("in {}: {counts}", seconds(time)),
            output: Vec::new(),
        }
    }
}

/// A time as short as it can be told apart: `3 ms`, `1.20 s`, `4 min 5 s`.
pub fn seconds(time: f64) -> String {
    if time < 0.1 {
        format!("{:.0} ms", time * 1e3)
    } else if time < 100.0 {
        format!("{time:.2} s")
    } else {
        format!("{} min {:.0} s", (time / 60.0).floor(), time % 60.0)
    }
}
