//! Inputs and outputs for unit tests: a test calls the function, without KFP.
//!
//! ```
//! use kfp_component::prelude::*;
//! use kfp_component::testing::{input, input_path, metadata, output};
//!
//! /// Copies a file.
//! #[component]
//! fn copy(original: Input<Dataset>, to: Output<Dataset>) -> Result<()> {
//!     to.write(original.read_to_string()?)?;
//!     to.metadata("copied", true)?;
//!     Ok(())
//! }
//!
//! # fn main() -> Result<()> {
//! let to = output();
//! copy(input("a\n"), to.clone())?;
//! assert_eq!(to.text(), "a\n");
//! assert_eq!(metadata(&to, "copied"), Some(true.into()));
//!
//! // What one component produced is the next one's input.
//! let again = output();
//! copy(input_path(to.path()), again.clone())?;
//! assert_eq!(again.text(), "a\n");
//! # Ok(())
//! # }
//! ```
//!
//! They panic if they cannot be created, as tests do. Their files are removed with the last handle.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use crate::artifact::ArtifactType;
use crate::input::{Input, Source};
use crate::output::Output;
use crate::staged::StagedOutput;
use crate::temp_dir::TempDir;

/// An input file with this content.
///
/// # Panics
///
/// If there is no temporary directory that can be written.
pub fn input<T>(content: impl AsRef<[u8]>) -> Input<T> {
    let directory = TempDir::new().expect("a temporary directory");
    let path = directory.path().join("data");
    fs::write(&path, content).expect("a temporary file");
    Input::new(Source::temporary(path, directory))
}

/// An input that is a file or directory the test has.
pub fn input_path<T>(path: impl Into<PathBuf>) -> Input<T> {
    Input::new(Source::new("input", path.into(), None))
}

/// An output to be written. Look at it with [`text`](Output::text), [`path`](Output::path) or `get`.
///
/// # Panics
///
/// If there is no temporary directory that can be written.
pub fn output<T>() -> Output<T> {
    Output::new(Arc::new(
        StagedOutput::temporary().expect("a temporary directory"),
    ))
}

/// The metadata that the function recorded for an output under that key, and that KFP 2 would store.
pub fn metadata<A: ArtifactType>(output: &Output<A>, key: &str) -> Option<Value> {
    output.staged.state().metadata.get(key).cloned()
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, Read as _, Seek as _, SeekFrom};
    use std::thread;

    use super::{input, input_path, output};
    use crate::artifact::Dataset;

    #[test]
    fn an_input_is_read_as_a_stream_or_as_a_whole() {
        let table = input::<Dataset>("a\n1\n2\n");
        assert_eq!(table.read_to_string().unwrap(), "a\n1\n2\n");
        assert_eq!(
            table
                .open()
                .unwrap()
                .lines()
                .map(Result::unwrap)
                .collect::<Vec<_>>(),
            ["a", "1", "2"]
        );
        let mut reader = table.open().unwrap();
        reader.seek(SeekFrom::Start(2)).unwrap();
        let mut rest = String::new();
        reader.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "1\n2\n");
    }

    #[test]
    fn an_output_becomes_the_next_function_s_input() {
        let produced = output::<Dataset>();
        produced.write("a\n").unwrap();
        assert_eq!(
            input_path::<Dataset>(produced.path())
                .read_to_string()
                .unwrap(),
            "a\n"
        );
    }

    #[test]
    fn files_vanish_with_the_last_handle() {
        let produced = output::<Dataset>();
        produced.write("a\n").unwrap();
        let path = produced.path().to_owned();
        let clone = produced.clone();
        drop(produced);
        assert!(path.exists());
        drop(clone);
        assert!(!path.exists());
    }

    #[test]
    fn handles_are_shared_between_threads() {
        let (table, copy) = (input::<Dataset>("a\n"), output::<Dataset>());
        thread::scope(|scope| {
            scope.spawn(|| copy.write(table.read_to_string().unwrap()).unwrap());
        });
        assert_eq!(copy.text(), "a\n");
    }
}
