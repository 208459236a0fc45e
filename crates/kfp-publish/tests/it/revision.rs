//! Which commit an image names: the last that touched anything its program is built from, or none.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::workspace::{commit, git, host, plan, publish, workspace};
use crate::support::{said, text};

fn head(folder: &TempDir) -> String {
    git(folder, &["rev-parse", "HEAD"]).trim().to_owned()
}

fn write(folder: &TempDir, path: &str, text: &str) {
    let path = folder.path().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// What a registry's strict check says; nothing if it passes.
fn refusal(folder: &Path) -> Option<String> {
    let output = publish(folder, &["--dry-run"]);
    (!output.status.success()).then(|| said(&output))
}

#[test]
fn the_revision_is_the_last_commit_that_touched_the_component_or_what_it_is_made_of() {
    let folder = workspace();
    let first = head(&folder);
    fs::write(folder.path().join("README.md"), "unrelated").unwrap();
    commit(&folder, "unrelated", 1_000_000_100);
    assert_eq!(plan(folder.path(), &[])["revision"], first);

    fs::write(folder.path().join("lib/src/lib.rs"), "// changed").unwrap();
    commit(&folder, "a path dependency", 1_000_000_200);
    let entry = plan(folder.path(), &[]);
    assert_eq!(entry["revision"], head(&folder));
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
        "error: `count` is built from files that are not committed as they are: `lib/src/lib.rs`\n\
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
fn everything_that_cargo_reads_is_a_part_of_the_source() {
    for (path, change) in [
        (
            "Cargo.toml",
            "[profile.component]\ninherits = \"release\"\n",
        ),
        ("Cargo.lock", "# changed\n"),
        (".cargo/config.toml", "[build]\n"),
        ("rust-toolchain.toml", "[toolchain]\n"),
    ] {
        let folder = workspace();
        let old = fs::read_to_string(folder.path().join(path)).unwrap_or_default();
        write(&folder, path, &format!("{old}{change}"));
        let error = refusal(folder.path()).unwrap_or_else(|| panic!("{path} is not noticed"));
        assert!(error.contains(&format!("`{path}`")), "{error}");
        assert_eq!(
            plan(folder.path(), &["--allow-dirty"])["revision"],
            Value::Null
        );

        commit(&folder, "change what cargo reads", 1_000_000_100);
        assert_eq!(
            plan(folder.path(), &[])["revision"],
            head(&folder),
            "{path}"
        );
    }
}

#[test]
fn an_ignored_file_counts_where_the_program_may_hold_it() {
    let folder = workspace();
    write(
        &folder,
        ".gitignore",
        "target/\n*.txt\ngenerated.rs\n*.log\n",
    );
    let main = "components/count/src/main.rs";
    let old = fs::read_to_string(folder.path().join(main)).unwrap();
    write(
        &folder,
        main,
        &format!("{old}const S: &str = include_str!(\"../secret.txt\");\n"),
    );
    commit(&folder, "first", 1_000_000_100);
    write(&folder, "components/count/run.log", "nobody reads this");
    assert_eq!(refusal(folder.path()), None);

    write(&folder, "components/count/secret.txt", "");
    let error = refusal(folder.path()).unwrap();
    assert!(
        error.contains("`components/count/secret.txt (ignored by git)`"),
        "{error}"
    );
    fs::remove_file(folder.path().join("components/count/secret.txt")).unwrap();
    write(&folder, "lib/src/generated.rs", "");
    let error = refusal(folder.path()).unwrap();
    assert!(
        error.contains("`lib/src/generated.rs (ignored by git)`"),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn the_target_of_a_link_is_a_part_of_the_source() {
    let folder = workspace();
    write(&folder, "shared/words.txt", "one");
    let link = folder.path().join("components/count/src/words.txt");
    std::os::unix::fs::symlink("../../../shared/words.txt", link).unwrap();
    commit(&folder, "link", 1_000_000_100);
    assert_eq!(refusal(folder.path()), None);

    write(&folder, "shared/words.txt", "two");
    let error = refusal(folder.path()).unwrap();
    assert!(error.contains("`shared/words.txt`"), "{error}");
    commit(&folder, "words", 1_000_000_200);
    assert_eq!(plan(folder.path(), &[])["revision"], head(&folder));
}

#[test]
fn a_submodule_is_a_part_of_the_source() {
    let folder = workspace();
    let library = tempfile::tempdir().unwrap();
    for file in ["Cargo.toml", "src/lib.rs"] {
        let text = fs::read_to_string(folder.path().join("lib").join(file)).unwrap();
        write(&library, file, &text);
    }
    git(&library, &["init", "--quiet"]);
    commit(&library, "library", 1_000_000_000);
    git(&folder, &["rm", "-r", "--quiet", "lib"]);
    let local = [
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
    ];
    git(
        &folder,
        &[&local[..], &[text(library.path()), "lib"]].concat(),
    );
    commit(&folder, "submodule", 1_000_000_100);
    assert_eq!(refusal(folder.path()), None);
    assert_eq!(plan(folder.path(), &[])["revision"], head(&folder));

    write(&folder, "lib/src/lib.rs", "// changed");
    let error = refusal(folder.path()).unwrap();
    assert!(error.contains("`lib/src/lib.rs`"), "{error}");

    let submodule = folder.path().join("lib");
    let moved = Command::new("git")
        .current_dir(&submodule)
        .args(["-c", "user.name=Ann", "-c", "user.email=ann@example.org"])
        .args(["commit", "--quiet", "--all", "-m", "moved"])
        .status();
    assert!(moved.unwrap().success());
    let error = refusal(folder.path()).unwrap();
    assert!(error.contains("`lib`"), "{error}");
    commit(&folder, "moved", 1_000_000_200);
    assert_eq!(plan(folder.path(), &[])["revision"], head(&folder));
}

#[test]
fn a_change_that_git_was_told_to_overlook_is_seen() {
    for flag in ["--assume-unchanged", "--skip-worktree"] {
        let folder = workspace();
        git(&folder, &["update-index", flag, "lib/src/lib.rs"]);
        assert_eq!(refusal(folder.path()), None);
        write(&folder, "lib/src/lib.rs", "// changed");
        let error = refusal(folder.path()).unwrap();
        assert!(error.contains("`lib/src/lib.rs`"), "{flag}: {error}");
    }
}

/// A workspace whose `lib` lies beside it.
fn with_sibling() -> (TempDir, TempDir) {
    let (folder, sibling) = (workspace(), tempfile::tempdir().unwrap());
    for file in ["Cargo.toml", "src/lib.rs"] {
        let text = fs::read_to_string(folder.path().join("lib").join(file)).unwrap();
        write(&sibling, file, &text);
    }
    fs::remove_dir_all(folder.path().join("lib")).unwrap();
    for manifest in ["Cargo.toml", "components/count/Cargo.toml"] {
        let old = fs::read_to_string(folder.path().join(manifest)).unwrap();
        let new = old
            .replace("\"lib\", ", "")
            .replace("../../lib", text(sibling.path()));
        write(&folder, manifest, &new);
    }
    let status = Command::new(env!("CARGO"))
        .current_dir(folder.path())
        .args(["generate-lockfile", "--offline", "--quiet"])
        .status();
    assert!(status.unwrap().success());
    commit(&folder, "sibling", 1_000_000_100);
    (folder, sibling)
}

#[test]
fn a_path_dependency_outside_of_the_repository_does_not_stop_publishing() {
    let (folder, sibling) = with_sibling();
    let is_published_without_a_commit = || {
        for arguments in [&[][..], &["--allow-dirty"], &["--oci-layout", "out"]] {
            let output = publish(folder.path(), &[&["--dry-run"], arguments].concat());
            assert!(output.status.success(), "{}", said(&output));
            assert!(
                said(&output).contains("images name no commit"),
                "{}",
                said(&output)
            );
            let entry = plan(folder.path(), arguments);
            assert_eq!(entry["revision"], Value::Null);
            assert_eq!(entry["created"], "2001-09-09T01:48:20Z");
        }
    };
    is_published_without_a_commit();
    git(&sibling, &["init", "--quiet"]);
    is_published_without_a_commit();
    commit(&sibling, "its own repository", 1_000_000_200);
    is_published_without_a_commit();

    write(&folder, "components/count/src/extra.rs", "");
    let error = refusal(folder.path()).unwrap();
    assert!(error.contains("`components/count/src/extra.rs`"), "{error}");
}

#[test]
fn a_file_that_only_the_compiler_knows_is_found_before_anything_is_published() {
    let folder = workspace();
    write(&folder, "shared/version.txt", "1");
    write(
        &folder,
        "kfp-component/src/lib.rs",
        "#[macro_export]\nmacro_rules! main { ($f:ident) => { fn main() {} } }\n",
    );
    write(
        &folder,
        "components/count/src/main.rs",
        "const V: &str = include_str!(\"../../../shared/version.txt\");\n\
         #[cfg(any())]\n#[component]\nfn count(text: Input<Dataset>, lines: Output<i64>) -> Result<()> { Ok(()) }\n\
         kfp_component::main!(count);\n",
    );
    let manifest = fs::read_to_string(folder.path().join("Cargo.toml")).unwrap();
    write(
        &folder,
        "Cargo.toml",
        &format!("{manifest}[profile.component]\ninherits = \"dev\"\n"),
    );
    commit(&folder, "an included file", 1_000_000_100);
    write(&folder, "shared/version.txt", "2");
    commit(&folder, "the included file alone", 1_000_000_200);
    let platform = host();
    let built = |registry: &str| {
        let arguments = ["--json", "--quiet", "--platform", &platform];
        publish(
            folder.path(),
            &[&arguments[..], &[registry, "127.0.0.1:1/x"]].concat(),
        )
    };
    let output = publish(
        folder.path(),
        &[
            "--json",
            "--quiet",
            "--platform",
            &platform,
            "--oci-layout",
            "out",
        ],
    );
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        report["components"][0]["revision"],
        head(&folder),
        "{report}"
    );

    write(&folder, "shared/version.txt", "3");
    let report = said(&built("--registry"));
    assert!(
        report.contains("not committed as they are: `shared/version.txt`"),
        "{report}"
    );
}
