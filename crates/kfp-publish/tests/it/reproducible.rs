//! The promise that a colleague gets the same digest: two clones, two folders, two homes of cargo.

use std::path::Path;
use std::process::Command;

use crate::support::{below, run, said};
use kfp_test_support::{skip, slow};

/// Has C and assembly in it, by way of `ring`.
const COMPONENT: &str = "data-ingestion";

/// What a publisher in `clone` prints, with cargo's files reached through `home`.
fn digest(clone: &Path, home: &Path) -> String {
    let mut publish = Command::new(env!("CARGO_BIN_EXE_kfp-publish"));
    publish
        .current_dir(clone)
        .args([COMPONENT, "--quiet", "--oci-layout", "out"]);
    publish.args(["--platform", &kfp_workspace::Platform::host().to_string()]);
    publish
        .env("CARGO_HOME", home)
        .env("CARGO_NET_OFFLINE", "true")
        .env_remove("CARGO_TARGET_DIR");
    let output = publish.output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn two_clones_with_different_homes_give_the_same_digest() {
    if !slow("compiling two clones") {
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    if !root.join(".git").exists() {
        return skip("this is not a git clone");
    }
    let home = std::env::var_os("CARGO_HOME")
        .map_or_else(|| std::env::home_dir().unwrap().join(".cargo"), Into::into);
    let folder = tempfile::tempdir().unwrap();
    let digests = ["one", "a/longer path/two"].map(|name| {
        let clone = below(&folder, name);
        run(Command::new("git")
            .args(["clone", "--quiet"])
            .arg(&root)
            .arg(&clone));
        // The same archives, seen at another path.
        let own_home = below(&folder, &format!("home-{}", name.len()));
        std::fs::create_dir(&own_home).unwrap();
        std::os::unix::fs::symlink(home.join("registry"), own_home.join("registry")).unwrap();
        digest(&clone, &own_home)
    });
    assert!(
        digests[0].starts_with(&format!("{COMPONENT}@sha256:")),
        "{}",
        digests[0]
    );
    assert_eq!(digests[0], digests[1]);
    println!("both clones: {}", digests[0].trim());
}
