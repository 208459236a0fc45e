//! Inputs and outputs for unit tests: a test calls the function, without KFP.
//!
//! They panic when they cannot be made, as tests do. Their files vanish with the last handle.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::artifact::ArtifactType;
use crate::input::Input;
use crate::output::Output;
use crate::scratch::Scratch;
use crate::sink::Sink;

/// An input file with this content.
pub fn input<T>(content: impl AsRef<[u8]>) -> Input<T> {
    let scratch = Scratch::new().expect("a temporary directory");
    let path = scratch.path().join("data");
    fs::write(&path, content).expect("a temporary file");
    Input::new("input", path, Map::new(), Some(scratch))
}

/// An input that is a file or directory of the test's own.
pub fn input_path<T>(path: impl Into<PathBuf>) -> Input<T> {
    Input::new("input", path.into(), Map::new(), None)
}

/// An output to be written; look at it with [`text`](Output::text), [`path`](Output::path) or `get`.
pub fn output<T>() -> Output<T> {
    Output::new(Arc::new(Sink::scratch().expect("a temporary directory")))
}

/// What the function noted about an output under that key: the metadata KFP 2 would keep.
pub fn metadata<A: ArtifactType>(output: &Output<A>, key: &str) -> Option<Value> {
    output.sink.state().metadata.get(key).cloned()
}
