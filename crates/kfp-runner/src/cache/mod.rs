//! Outputs of earlier tasks, by the content of everything that went into them.
//!
//! A task whose inputs have the bytes they had before is not run again, even if the task that produced them was.

mod digests;
mod key;
mod objects;
mod prune;

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    record::{Content, Outputs},
    task::{Attempt, digest},
};
use digests::Digests;
pub(crate) use key::Parts;
use objects::Objects;
pub use prune::Pruned;

/// The cache of a workspace.
#[derive(Debug)]
pub struct Cache {
    root: PathBuf,
    objects: Objects,
    digests: Digests,
    /// Whether it is only filled.
    is_write_only: bool,
}

/// What is known about a task that ran.
#[derive(Debug, Deserialize, Serialize)]
struct Entry {
    run: String,
    task: String,
    outputs: Outputs,
}

/// What the cache says about a task.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Its outputs are there, in the attempt's directory.
    Hit {
        key: String,
        from_run: String,
        outputs: Outputs,
    },
    /// They are not, and why.
    Miss { key: String, because: String },
}

impl Cache {
    /// The cache in a directory, which need not be there yet. A write-only one never answers.
    pub fn new(root: impl Into<PathBuf>, is_write_only: bool) -> Self {
        let root = root.into();
        Self {
            objects: Objects::new(root.join("objects")),
            digests: Digests::read(root.join("digests.json")),
            root,
            is_write_only,
        }
    }

    /// The digest and size of a file or directory; a large file that has not changed is not read again.
    ///
    /// # Errors
    /// If something cannot be read.
    pub(crate) fn content(&self, path: &Path) -> io::Result<Content> {
        self.digests.of_path(path)
    }

    /// The parts of a task's key.
    ///
    /// # Errors
    /// If the program cannot be read or the command line not be resolved.
    pub(crate) fn parts(
        &self,
        attempt: &Attempt,
        contents: &BTreeMap<String, Content>,
        author: &str,
    ) -> Result<Parts, String> {
        let program = self
            .digests
            .of_program(&attempt.program)
            .map_err(|error| format!("could not read its program: {error}"))?;
        Parts::of(attempt, program, contents, author)
    }

    /// Looks for the outputs of a task and puts them into the attempt's directory. `name` is what the task is called
    /// from run to run.
    pub(crate) fn find(&self, parts: &Parts, name: &str, attempt: &Attempt) -> Answer {
        let key = parts.key();
        let miss = |because: String| Answer::Miss {
            key: key.clone(),
            because,
        };
        if self.is_write_only {
            return miss("the cache is off".to_owned());
        }
        let Some(entry) = read::<Entry>(&self.entry(&key)) else {
            return miss(match read::<Parts>(&self.latest(name)) {
                Some(earlier) => parts.difference(&earlier),
                None => "it never ran before".to_owned(),
            });
        };
        match self.take(entry.outputs, attempt) {
            Ok(outputs) => Answer::Hit {
                key,
                from_run: entry.run,
                outputs,
            },
            Err(error) => miss(format!("its kept outputs cannot be used: {error}")),
        }
    }

    fn take(&self, mut outputs: Outputs, attempt: &Attempt) -> Result<Outputs, String> {
        let planned = attempt.executor_input().outputs.artifacts;
        for (name, artifacts) in &mut outputs.artifacts {
            let Some(place) = planned.get(name).and_then(|list| list.artifacts.first()) else {
                return Err(format!("there is no output `{name}` any more"));
            };
            for artifact in artifacts {
                if artifact.artifact.path().is_none() {
                    continue;
                }
                artifact.artifact.uri.clone_from(&place.uri);
                artifact.artifact.custom_path.clear();
                if let Some(content) = &artifact.content {
                    let path = Path::new(&place.uri);
                    let directory = path.parent().unwrap_or(path);
                    fs::create_dir_all(directory)
                        .and_then(|()| self.objects.place(content, path, &self.digests))
                        .map_err(|error| format!("`{name}`: {error}"))?;
                }
            }
        }
        Ok(outputs)
    }

    /// Keeps the outputs of a task.
    ///
    /// # Errors
    /// If they cannot be kept, which costs only time.
    pub(crate) fn keep(
        &self,
        parts: &Parts,
        name: &str,
        run: &str,
        outputs: &Outputs,
    ) -> io::Result<()> {
        for artifact in outputs.artifacts.values().flatten() {
            if let (Some(path), Some(content)) = (artifact.artifact.path(), &artifact.content) {
                self.objects.keep(Path::new(path), content)?;
            }
        }
        write(&self.latest(name), parts)?;
        let entry = Entry {
            run: run.to_owned(),
            task: name.to_owned(),
            outputs: outputs.clone(),
        };
        // Last, so that an entry never names something that is not there.
        write(&self.entry(&parts.key()), &entry)
    }

    fn entry(&self, key: &str) -> PathBuf {
        self.root.join("entries").join(format!("{key}.json"))
    }

    /// The parts of the latest task of a name, to compare others with.
    fn latest(&self, name: &str) -> PathBuf {
        let name = digest::of_bytes(name);
        self.root.join("latest").join(format!("{name}.json"))
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// Writes a whole file or none.
fn write(path: &Path, value: &impl Serialize) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    serde_json::to_writer(&mut file, value)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
