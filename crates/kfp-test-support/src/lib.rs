//! What the tests of this workspace share: a skip that is counted, a server that answers as it is told to, where other
//! people's programs and data are, and, with the features `browser` and `kube`, a browser and a Kubernetes API server.
//!
//! The crate is not published. Its users name it as a development dependency by path alone, which `cargo package` leaves out.

#[cfg(feature = "browser")]
pub mod browser;
mod fault_server;
#[cfg(feature = "kube")]
pub mod kube;

use std::env;
use std::fmt::Display;
use std::io::Write as _;
use std::path::{Path, PathBuf};

pub use fault_server::{FaultServer, Reply, Request};

/// Reports that the calling test does not run here.
///
/// `skipped: WHY` goes to the process's stderr rather than through `eprintln!`, which the test harness captures when a test
/// passes. `cargo xtask test` counts these lines, so a test calls this at most once.
///
/// # Panics
/// If every tier is [required].
pub fn skip(why: impl Display) {
    assert!(!required(), "this test is required to run, but {why}");
    // One write, so that lines of tests that run side by side do not mix.
    let line = format!("skipped: {why}\n");
    let _closed = std::io::stderr().write_all(line.as_bytes());
}

/// Whether every tier has to run: `KFP_REQUIRE_TIERS=1`, which `cargo xtask test --all` sets.
pub fn required() -> bool {
    is_set("KFP_REQUIRE_TIERS")
}

/// Whether tests that compile for minutes are to run; the calling test is skipped if not.
///
/// `purpose` completes the sentence "… takes minutes".
pub fn slow(purpose: &str) -> bool {
    let wanted = required() || is_set("KFP_SLOW_TESTS");
    if !wanted {
        skip(format_args!(
            "{purpose} takes minutes; set KFP_SLOW_TESTS=1 to run it"
        ));
    }
    wanted
}

fn is_set(variable: &str) -> bool {
    env::var_os(variable).is_some_and(|value| value == "1")
}

/// Whether `program` is on the search path; the calling test is skipped if it is not.
pub fn installed(program: &str) -> bool {
    let found = find(program).is_some();
    if !found {
        skip(format_args!("{program} is not installed"));
    }
    found
}

/// Where `program` is on the search path.
pub fn find(program: &str) -> Option<PathBuf> {
    let file = format!("{program}{}", env::consts::EXE_SUFFIX);
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(&file))
        .find(|file| file.is_file())
}

/// A release series of the KFP SDK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sdk {
    /// kfp 1.8.
    Kfp1,
    /// kfp 2.
    Kfp2,
}

impl Sdk {
    /// The Python interpreter that has this SDK, as `cargo xtask test` installs it; the calling test is skipped if there
    /// is none.
    pub fn python(self) -> Option<PathBuf> {
        let variable = match self {
            Self::Kfp1 => "KFP1_PYTHON",
            Self::Kfp2 => "KFP2_PYTHON",
        };
        python(variable)
    }
}

/// The kubeconfig of a real Kubernetes API server in which tests may do everything; the calling test is skipped if there is
/// none.
pub fn kube_api() -> Option<PathBuf> {
    let kubeconfig = env::var_os("KFP_KUBE_API").map(PathBuf::from);
    if kubeconfig.is_none() {
        skip("KFP_KUBE_API does not name a kubeconfig; `cargo xtask test kube` starts a server");
    }
    kubeconfig
}

/// The Python interpreter that has ONNX Runtime and what else reads models, as `cargo xtask test` installs it; the calling
/// test is skipped if there is none.
pub fn models_python() -> Option<PathBuf> {
    python("MODELS_PYTHON")
}

/// The Python interpreter that has the engine of KFP's metadata store and a server of S3's API, as `cargo xtask test`
/// installs it; the calling test is skipped if there is none.
pub fn stores_python() -> Option<PathBuf> {
    python("STORES_PYTHON")
}

fn python(variable: &str) -> Option<PathBuf> {
    let python = env::var_os(variable).map(PathBuf::from);
    if python.is_none() {
        skip(format_args!(
            "{variable} does not name a Python; `cargo xtask test` installs one"
        ));
    }
    python
}

/// A folder of recorded data that is not part of the repository, because other licences apply to it; the calling test is
/// skipped if it is missing.
///
/// It is looked for in the folder that `KFP_SHARED` names, or in `shared` beside the repository.
pub fn shared(name: &str) -> Option<PathBuf> {
    let found = find_shared(name);
    if found.is_none() {
        skip(format_args!(
            "the data set `{name}` is not here; set KFP_SHARED to the folder that holds it"
        ));
    }
    found
}

/// The same, without skipping the test: for one that has data in the repository, too.
pub fn find_shared(name: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = env::var_os("KFP_SHARED").map_or_else(beside, PathBuf::from);
    Some(folder.join(name)).filter(|path| path.exists())
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Output};

    const PROBE: &str = "KFP_SKIP_PROBE";

    /// Runs `probe` alone, in a process of this test binary in which it skips itself.
    fn skipping(required: Option<&str>) -> Output {
        let mut tests = Command::new(std::env::current_exe().unwrap());
        tests
            .args(["--exact", "tests::probe"])
            .env(PROBE, "1")
            .env_remove("KFP_REQUIRE_TIERS");
        if let Some(value) = required {
            tests.env("KFP_REQUIRE_TIERS", value);
        }
        tests.output().unwrap()
    }

    #[test]
    fn probe() {
        if std::env::var_os(PROBE).is_some() {
            super::skip("the moon is not full");
        }
    }

    #[test]
    fn a_skip_is_not_captured_by_the_test_harness() {
        for value in [None, Some("0")] {
            let output = skipping(value);
            assert!(output.status.success());
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(stderr, "skipped: the moon is not full\n");
        }
    }

    #[test]
    fn a_skip_fails_where_every_tier_is_required() {
        let output = skipping(Some("1"));
        assert!(!output.status.success());
        let stdout = String::from_utf8(output.stdout).unwrap();
        assert!(
            stdout.contains("required to run, but the moon is not full"),
            "{stdout}"
        );
    }

    #[test]
    fn a_program_is_found_on_the_search_path_only() {
        assert!(super::find("cargo").is_some());
        assert!(super::find("a-program-that-nobody-has").is_none());
    }
}
