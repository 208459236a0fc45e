//! Starting an example in a directory of its own.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

/// Where one test's inputs and outputs are.
pub(crate) struct TestDir(TempDir);

impl TestDir {
    /// An empty directory.
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The same as text.
    pub(crate) fn at(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Writes an input, and returns where it is.
    pub(crate) fn file(&self, name: &str, content: &str) -> String {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), content).unwrap();
        self.at(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Everything in it, in order; directories end in `/`.
    pub(crate) fn list(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut todo = vec![self.0.path().to_owned()];
        while let Some(directory) = todo.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                let name = path
                    .strip_prefix(self.0.path())
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                if path.is_dir() {
                    found.push(name + "/");
                    todo.push(path);
                } else {
                    found.push(name);
                }
            }
        }
        found.sort_unstable();
        found
    }
}

/// What a finished program left.
pub(crate) struct Finished {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Finished {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl Finished {
    /// Checks that it succeeded and that nothing in its log would be coloured by KFP's UI.
    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        let is_coloured = |line: &str| ["error", "fail", "warn"].iter().any(|it| line.contains(it));
        assert!(!self.stderr.lines().any(is_coloured), "{}", self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn failed(self, code: i32, stderr: &str) -> Self {
        assert_eq!((self.code, &*self.stderr), (Some(code), stderr));
        self
    }
}

/// The example's program. Built here, because `cargo test` builds examples only when no target is named.
pub(crate) fn program(example: &str) -> PathBuf {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    let directory = DIRECTORY.get_or_init(|| {
        let test = env::current_exe().unwrap();
        let target = test.ancestors().nth(3).unwrap();
        build(&["--target-dir".as_ref(), target.as_os_str()]);
        target.join("debug/examples")
    });
    directory.join(example)
}

/// Builds the examples.
pub(crate) fn build(options: &[&OsStr]) {
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--examples", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .args(options)
        .status();
    assert!(status.unwrap().success());
}

/// The example with these arguments, ready to start.
pub(crate) fn command(example: &str, arguments: &[String]) -> Command {
    let mut command = Command::new(program(example));
    command
        .args(arguments)
        .stdin(Stdio::null())
        .env_remove("RUST_BACKTRACE");
    command
}

/// Runs the example to its end.
pub(crate) fn run(example: &str, arguments: &[String]) -> Finished {
    command(example, arguments).output().unwrap().into()
}

/// `["--a", "1"]` from `"--a", 1`.
pub(crate) fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

pub(crate) fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
