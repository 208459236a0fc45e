//! The command itself: what it prints, where, and how it ends. Compiles nothing.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::{run, said, text};
use serde_json::Value;

/// A workspace of one component that names a registry; git knows it.
fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"components/*\", \"lib\", \"kfp-component\"]\n\n\
         [workspace.metadata.kfp-comp]\nregistry = \"ghcr.io/acme\"\nplatforms = [\"linux/amd64\"]\nannotations = { team = \"ml\" }\n",
    );
    write(".gitignore", "target/\n");
    for library in ["lib", "kfp-component"] {
        write(&format!("{library}/Cargo.toml"), &manifest(library, ""));
        write(&format!("{library}/src/lib.rs"), "");
    }
    write(
        "components/count/Cargo.toml",
        &manifest(
            "count",
            "[dependencies]\nkfp-component = { path = \"../../kfp-component\" }\nlib = { path = \"../../lib\" }\n",
        ),
    );
    write(
        "components/count/src/main.rs",
        "/// Counts lines.\n#[component]\nfn count(text: Input<Dataset>, lines: Output<i64>) -> Result<()> { Ok(()) }\n\
         kfp_component::main!(count);\n",
    );
    git(&folder, &["init", "--quiet"]);
    cargo(&folder, &["generate-lockfile", "--offline"]);
    commit(&folder, "first", 1_000_000_000);
    folder
}

fn manifest(name: &str, rest: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n{rest}")
}

fn cargo(folder: &tempfile::TempDir, arguments: &[&str]) {
    run(Command::new(env!("CARGO"))
        .current_dir(folder.path())
        .args(arguments));
}

fn git(folder: &tempfile::TempDir, arguments: &[&str]) -> String {
    let settings = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"];
    run(Command::new("git")
        .current_dir(folder.path())
        .args(settings)
        .args(arguments))
}

/// Commits everything, at that second.
fn commit(folder: &tempfile::TempDir, message: &str, time: u64) {
    git(folder, &["add", "."]);
    let date = format!("{time} +0000");
    let mut commit = Command::new("git");
    commit.current_dir(folder.path()).args([
        "-c",
        "user.name=Ann",
        "-c",
        "user.email=ann@example.org",
    ]);
    run(commit
        .args(["commit", "--quiet", "-m", message])
        .env("GIT_COMMITTER_DATE", &date)
        .env("GIT_AUTHOR_DATE", &date));
}

fn publish(folder: &Path, arguments: &[&str]) -> Output {
    let mut publish = Command::new(env!("CARGO_BIN_EXE_kfp-publish"));
    publish
        .current_dir(folder)
        .args(arguments)
        .env_remove("SOURCE_DATE_EPOCH")
        .env_remove("KFP_TOOLCHAIN");
    publish.output().unwrap()
}

/// The dry run's one component as JSON.
fn plan(folder: &Path, arguments: &[&str]) -> Value {
    let output = publish(folder, &[&["--dry-run", "--json"], arguments].concat());
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)));
    report["components"][0].clone()
}

#[test]
fn a_dry_run_shows_the_plan_and_writes_nothing() {
    let folder = workspace();
    let head = git(&folder, &["rev-parse", "HEAD"]);
    let output = publish(folder.path(), &["--dry-run"]);
    assert!(output.status.success(), "{}", said(&output));
    let plan = String::from_utf8(output.stdout).unwrap();
    let (route, rest): (Vec<_>, Vec<_>) = plan
        .lines()
        .partition(|line| line.starts_with("  platform "));
    assert_eq!(
        rest.join("\n"),
        format!(
            "count 1.0.0\n  to        ghcr.io/acme/count :1.0.0\n  source    {}, 2001-09-09T01:46:40Z\n  \
             catalog   catalog/components/count/1.0.0/component.yaml",
            head.trim()
        )
    );
    assert!(
        route[0].starts_with("  platform  linux/amd64, x86_64-unknown-linux-"),
        "{plan}"
    );
    assert!(output.stderr.is_empty());
    assert!(!folder.path().join("catalog").exists() && !folder.path().join("target").exists());
}

#[test]
fn the_plan_as_json_is_the_same_plan() {
    let folder = workspace();
    let entry = plan(
        folder.path(),
        &[
            "--tag",
            "a",
            "--tag",
            "b",
            "--registry",
            "localhost:5000/x/",
        ],
    );
    assert_eq!(entry["image"], "localhost:5000/x/count");
    assert_eq!(entry["tags"], serde_json::json!(["a", "b"]));
    assert_eq!(entry["status"], "planned");
    assert_eq!(entry["platforms"][0]["platform"], "linux/amd64");
    assert_eq!(entry["reference"], Value::Null);
}

#[test]
fn the_revision_is_the_last_commit_that_touched_the_component_or_what_it_is_made_of() {
    let folder = workspace();
    let revision =
        |folder: &tempfile::TempDir| git(folder, &["rev-parse", "HEAD"]).trim().to_owned();
    let first = revision(&folder);
    fs::write(folder.path().join("README.md"), "unrelated").unwrap();
    commit(&folder, "unrelated", 1_000_000_100);
    assert_eq!(plan(folder.path(), &[])["revision"], first);

    fs::write(folder.path().join("lib/src/lib.rs"), "// changed").unwrap();
    commit(&folder, "a path dependency", 1_000_000_200);
    let entry = plan(folder.path(), &[]);
    assert_eq!(entry["revision"], revision(&folder));
    assert_eq!(entry["created"], "2001-09-09T01:50:00Z");
}

#[test]
fn uncommitted_changes_are_refused_by_registries_only() {
    let folder = workspace();
    fs::write(folder.path().join("lib/src/lib.rs"), "// changed").unwrap();
    let output = publish(folder.path(), &["--dry-run"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: `count` has uncommitted changes: `lib/src/lib.rs`\n\
         hint: commit them, or pass `--allow-dirty` to publish without naming a commit\n"
    );
    assert_eq!(
        plan(folder.path(), &["--allow-dirty"])["revision"],
        Value::Null
    );
    assert_eq!(
        plan(folder.path(), &["--oci-layout", "out"])["revision"],
        Value::Null
    );

    git(&folder, &["checkout", "--quiet", "."]);
    fs::write(folder.path().join("README.md"), "no part of the component").unwrap();
    assert!(publish(folder.path(), &["--dry-run"]).status.success());
}

#[test]
fn a_shallow_clone_is_refused_with_what_ci_has_to_say() {
    let folder = workspace();
    fs::write(folder.path().join("README.md"), "second").unwrap();
    commit(&folder, "second", 1_000_000_100);
    let clone = tempfile::tempdir().unwrap();
    let source = format!("file://{}", text(folder.path()));
    git(&clone, &["clone", "--quiet", "--depth=1", &source, "."]);
    let output = publish(clone.path(), &["--dry-run"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("`fetch-depth: 0`"),
        "{}",
        said(&output)
    );
    assert_eq!(
        plan(clone.path(), &["--oci-layout", "out"])["revision"],
        Value::Null
    );
}

#[test]
fn without_git_the_date_comes_from_the_environment() {
    let folder = workspace();
    fs::remove_dir_all(folder.path().join(".git")).unwrap();
    let created = |epoch: Option<&str>| {
        let mut publish = Command::new(env!("CARGO_BIN_EXE_kfp-publish"));
        publish
            .current_dir(folder.path())
            .args(["--dry-run", "--json"])
            .env_remove("SOURCE_DATE_EPOCH");
        publish.envs(epoch.map(|epoch| ("SOURCE_DATE_EPOCH", epoch)));
        let output = publish.output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        report["components"][0]["created"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(created(Some("1700000000")), "2023-11-14T22:13:20Z");
    assert_eq!(created(None), "1970-01-01T00:00:00Z");
    assert_eq!(created(Some("yesterday")), "");
}

#[test]
fn wrong_arguments_end_with_two_and_wrong_worlds_with_one() {
    let folder = workspace();
    let code = |arguments: &[&str]| publish(folder.path(), arguments).status.code();
    for usage in [
        &["--platform", "linux/riscv64"][..],
        &["--registry", "ghcr.io/Acme"],
        &["--registry", "a", "--tarball", "b"],
        &["--tag", "no tag"],
        &["--insecure-registry", "http://ghcr.io"],
        &["--jobs", "0"],
        &["--no-such-flag"],
    ] {
        assert_eq!(code(usage), Some(2), "{usage:?}");
    }
    for failure in [
        &["nope", "--dry-run"][..],
        &["--dry-run", "--toolchain", "nope"],
    ] {
        let output = publish(folder.path(), failure);
        assert_eq!(output.status.code(), Some(1), "{failure:?}");
        assert!(
            output.stdout.is_empty() && said(&output).contains("hint: "),
            "{failure:?}: {}",
            said(&output)
        );
    }
    assert_eq!(code(&["--help"]), Some(0));
}

#[test]
fn a_component_that_does_not_compile_fails_alone_and_leaves_the_catalog_alone() {
    let folder = workspace();
    // The empty `kfp-component` of this workspace has no `main!`.
    let output = publish(
        folder.path(),
        &["--quiet", "--oci-layout", "out", "--platform", &host()],
    );
    assert_eq!(output.status.code(), Some(1));
    let report = said(&output);
    let error = format!("error: could not compile `count` for {}\nhint: ", host());
    assert!(report.contains(&error), "{report}");
    assert!(output.stdout.is_empty());
    assert!(!folder.path().join("out").exists() && !folder.path().join("catalog").exists());
}

#[test]
fn a_misspelt_setting_is_refused_rather_than_publishing_elsewhere() {
    let folder = workspace();
    let manifest = folder.path().join("Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("registry =", "registery =")).unwrap();
    let output = publish(folder.path(), &["--dry-run"]);
    assert_eq!(output.status.code(), Some(1));
    let report = said(&output);
    assert!(report.contains("unknown field `registery`"), "{report}");
    assert!(output.stdout.is_empty());
}

#[test]
fn a_mistake_in_the_signature_is_named_before_anything_is_compiled() {
    let folder = workspace();
    fs::write(
        folder.path().join("components/count/src/main.rs"),
        "#[component]\nfn count(a: &str) {}\nmain!(count);\n",
    )
    .unwrap();
    let report = said(&publish(
        folder.path(),
        &["--oci-layout", "out", "--platform", &host()],
    ));
    assert!(
        report.contains("components/count/src/main.rs:2:13: ")
            && report.contains("hint: `kfp-comp check`"),
        "{report}"
    );
    assert!(
        !folder.path().join("target").exists(),
        "something was compiled"
    );
}

fn host() -> String {
    kfp_workspace::Platform::host().to_string()
}
