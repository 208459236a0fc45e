//! The same version published a second time, by the command: what changed decides.

use std::fs;
use std::process::Command;

use kfp_test_registry::{DockerRegistry, Setup};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::said;
use crate::support::workspace::{commit, compilable, host};

/// Publishes to the registry; the component's entry of the report, and what was said on stderr.
fn publish(folder: &TempDir, registry: &DockerRegistry) -> (Value, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_kfp-publish"))
        .current_dir(folder.path())
        .args(["--json", "--platform", &host(), "--registry"])
        .arg(format!("{}/acme", registry.host()))
        .env_remove("CARGO_TARGET_DIR")
        .output()
        .unwrap();
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)));
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    (report["components"][0].clone(), stderr)
}

#[test]
fn a_later_commit_that_changes_no_program_needs_no_new_version() {
    let Some(registry) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    let folder = compilable("");
    commit(&folder, "compilable", 1_000_000_100);
    let (first, said) = publish(&folder, &registry);
    assert_eq!(first["status"], "published", "{said}");

    let lock = folder.path().join("Cargo.lock");
    fs::write(&lock, fs::read_to_string(&lock).unwrap() + "# changed\n").unwrap();
    commit(&folder, "the lock file alone", 1_000_000_200);
    let (second, said) = publish(&folder, &registry);
    assert_eq!(second["status"], "unchanged", "{said}");
    assert_eq!(second["reference"], first["reference"]);

    let main = folder.path().join("components/count/src/main.rs");
    let source = fs::read_to_string(&main).unwrap();
    fs::write(
        &main,
        source.replace("text: Input<Dataset>", "texts: Input<Dataset>"),
    )
    .unwrap();
    commit(&folder, "another interface", 1_000_000_300);
    let (third, said) = publish(&folder, &registry);
    assert_eq!(third["status"], "failed", "{said}");
    assert!(said.contains("hint: bump `version`"), "{said}");
}

#[test]
fn a_build_that_is_not_reproducible_is_called_that() {
    let Some(registry) = DockerRegistry::start(Setup::Open) else {
        return;
    };
    let folder = compilable("#[unsafe(no_mangle)]\npub static STAMP: &str = env!(\"STAMP\");");
    fs::write(
        folder.path().join("components/count/build.rs"),
        "fn main() { let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap(); \
         println!(\"cargo:rustc-env=STAMP={}\", now.as_nanos()); println!(\"cargo:rerun-if-changed=none\"); }\n",
    )
    .unwrap();
    let main = folder.path().join("components/count/src/main.rs");
    let source = fs::read_to_string(&main).unwrap();
    let printed = source + "#[used]\nstatic USED: &&str = &STAMP;\n";
    fs::write(&main, printed).unwrap();
    commit(&folder, "a clock", 1_000_000_100);
    let (first, said) = publish(&folder, &registry);
    assert_eq!(first["status"], "published", "{said}");
    fs::remove_dir_all(folder.path().join("catalog")).unwrap();
    let (second, said) = publish(&folder, &registry);
    assert_eq!(second["status"], "failed", "{said}");
    assert!(said.contains("the program for "), "{said}");
    assert!(
        said.contains("hint: the same commit and compilers gave another program"),
        "{said}"
    );
}
