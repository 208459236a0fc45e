//! The command itself: what it prints, where, and how it ends. Compiles nothing.

use std::fs;

use serde_json::Value;

use crate::support::said;
use crate::support::workspace::{git, host, plan, publish, workspace};

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
fn a_stale_lock_file_is_named_before_anything_is_compiled() {
    let folder = workspace();
    let manifest = folder.path().join("lib/Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("1.0.0", "1.0.1")).unwrap();
    let output = publish(folder.path(), &["--oci-layout", "out"]);
    let report = said(&output);
    assert!(!output.status.success());
    assert!(
        report.contains("hint: run `cargo check`, which brings Cargo.lock up to date"),
        "{report}"
    );
    assert!(
        !folder.path().join("target").exists(),
        "something was compiled"
    );
}

#[test]
fn a_name_whose_program_an_image_would_hide_is_refused() {
    for name in ["tmp", "gcs"] {
        let folder = workspace();
        let rename = |path: &str, from: &str| {
            let path = folder.path().join(path);
            let text = fs::read_to_string(&path).unwrap();
            fs::write(path, text.replace(from, &from.replace("count", name))).unwrap();
        };
        rename("components/count/Cargo.toml", "name = \"count\"");
        rename("Cargo.lock", "name = \"count\"");
        let output = publish(folder.path(), &["--dry-run", "--oci-layout", "out"]);
        let report = said(&output);
        assert!(!output.status.success(), "{report}");
        assert!(
            report.contains(&format!("`/{name}` is taken by ")),
            "{report}"
        );
    }
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
