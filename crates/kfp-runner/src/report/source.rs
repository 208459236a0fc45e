//! What a report is made from.

use std::{
    fs,
    io::{self, Read as _},
    path::{Component, Path, PathBuf},
};

use kfp_pipeline::{Pipeline, PipelineSpec};
use percent_encoding::{AsciiSet, CONTROLS};

use crate::{
    record::{self, Artifact, Record},
    runs, task,
};

/// A run, wherever it went on: what happened, and how to look at what it left behind.
///
/// A caller provides the events in order, beginning with [`Event::Run`](crate::record::Event::Run). Tasks appear in the
/// order of their first event. A task's bar in the timeline needs `Start` and `End` (or `Cached`), the critical path
/// needs the `after` of `Ready`, and metrics are the metadata of artifacts in the `outputs` of `End` and `Cached`, as a
/// component's executor output has them.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// What happened.
    pub records: &'a [Record],
    /// The pipeline, for the graph; without it there is none.
    pub pipeline: Option<&'a PipelineSpec>,
    /// What the run left behind.
    pub contents: &'a dyn Contents,
}

/// Logs and artifacts of a run.
pub trait Contents {
    /// Where all of it is, for people.
    fn place(&self) -> String;

    /// The last lines that a task printed, at most as many as wanted; `directory` is that of its last attempt, as its
    /// `Start` has it.
    fn log(&self, task: &str, directory: &Path, lines: usize) -> Vec<String>;

    /// The first bytes of an artifact that is a file; none if there is no such file.
    fn file(&self, artifact: &Artifact, bytes: u64) -> Option<Vec<u8>>;

    /// What leads from the report to a file, as a relative URL. A path is absolute, or from the run's directory.
    fn link(&self, path: &Path) -> Option<String>;
}

/// A run of this machine, in its directory.
#[derive(Debug)]
pub struct Local {
    directory: PathBuf,
    /// The directory of the report.
    from: PathBuf,
    records: Vec<Record>,
    pipeline: Option<PipelineSpec>,
}

impl Local {
    /// Reads the record of the run in a directory. Links lead from a report in the directory `from`.
    ///
    /// # Errors
    /// If the record cannot be read.
    pub fn read(directory: &Path, from: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(directory.join(runs::PIPELINE)).ok();
        let pipeline = text.and_then(|text| Pipeline::read(&text).ok());
        Self::of(directory, from, pipeline.map(|pipeline| pipeline.spec))
    }

    /// The same, where the pipeline has been read before.
    ///
    /// # Errors
    /// If the record cannot be read.
    pub fn of(directory: &Path, from: &Path, pipeline: Option<PipelineSpec>) -> io::Result<Self> {
        let absolute = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        Ok(Self {
            records: record::read(directory)?,
            directory: absolute(directory),
            from: absolute(from),
            pipeline,
        })
    }

    /// What a report is made from.
    pub fn source(&self) -> Source<'_> {
        Source {
            records: &self.records,
            pipeline: self.pipeline.as_ref(),
            contents: self,
        }
    }
}

impl Contents for Local {
    fn place(&self) -> String {
        self.directory.display().to_string()
    }

    fn log(&self, _task: &str, directory: &Path, lines: usize) -> Vec<String> {
        task::log_tail(&self.directory.join(directory), lines)
    }

    fn file(&self, artifact: &Artifact, bytes: u64) -> Option<Vec<u8>> {
        let path = Path::new(artifact.artifact.path()?);
        let file = fs::File::open(path).ok()?;
        if !file.metadata().ok()?.is_file() {
            return None;
        }
        let mut content = Vec::new();
        file.take(bytes).read_to_end(&mut content).ok()?;
        Some(content)
    }

    fn link(&self, path: &Path) -> Option<String> {
        let path = self.directory.join(path);
        if !path.exists() {
            return None;
        }
        let url = relative(&self.from, &path)
            .components()
            .map(|part| {
                let part = part.as_os_str().as_encoded_bytes();
                percent_encoding::percent_encode(part, PATH).to_string()
            })
            .collect::<Vec<_>>()
            .join("/");
        // A first part with a colon would be taken for a scheme.
        Some(format!("./{url}"))
    }
}

/// What a path in a URL does not hold as it is.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'`')
    .add(b'{')
    .add(b'}');

/// The way from a directory to a path, both absolute.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let from: Vec<Component<'_>> = from.components().collect();
    let to: Vec<Component<'_>> = to.components().collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from[common..].iter().map(|_| Component::ParentDir);
    up.chain(to[common..].iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_from_the_report_to_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let run = directory.path().join("runs/1");
        fs::create_dir_all(run.join("tasks/a b#c")).unwrap();
        fs::write(run.join("tasks/a b#c/output.log"), "").unwrap();
        fs::write(run.join(record::FILE), "").unwrap();
        let link = |from: &str| {
            let local = Local::read(&run, &directory.path().join(from)).unwrap();
            local.link(Path::new("tasks/a b#c/output.log")).unwrap()
        };
        assert_eq!(link("runs/1"), "./tasks/a%20b%23c/output.log");
        assert_eq!(link("runs"), "./1/tasks/a%20b%23c/output.log");
        fs::create_dir(directory.path().join("elsewhere")).unwrap();
        assert_eq!(link("elsewhere"), "./../runs/1/tasks/a%20b%23c/output.log");
    }

    #[test]
    fn a_file_that_is_gone_has_no_link() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(record::FILE), "").unwrap();
        let local = Local::read(directory.path(), directory.path()).unwrap();
        assert_eq!(local.link(Path::new("gone")), None);
    }
}
