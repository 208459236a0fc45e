//! File systems that cannot rename, as mounted object stores are: outputs are copied into place.
//!
//! The real `rename` is replaced in the program's process by one that fails as theirs does.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::program::{Finished, TestDir, command, words};

/// `RENAME_ERRNO` is the error; with `RENAME_FILES` it also hits files, as without it only directories.
const RENAME: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

int rename(const char *from, const char *to) {
    struct stat status;
    if (!lstat(from, &status) && (S_ISDIR(status.st_mode) || getenv("RENAME_FILES"))) {
        errno = atoi(getenv("RENAME_ERRNO"));
        return -1;
    }
    int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
    return real(from, to);
}
"#;

/// Compiled by the C compiler that also links Rust programs.
fn library() -> &'static PathBuf {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let (source, library) = (directory.join("rename.c"), directory.join("rename.so"));
        fs::write(&source, RENAME).unwrap();
        let status = Command::new("cc")
            .args(["-shared", "-fPIC", "-o"])
            .args([&library, &source])
            .arg("-ldl")
            .status();
        assert!(status.unwrap().success());
        library
    })
}

fn run(dir: &TestDir, outcome: &str, errno: i32, files: bool) -> Finished {
    let arguments = words(&[
        "--outcome",
        outcome,
        "--blocks",
        "2",
        "--file",
        &dir.at("out/file"),
        "--directory",
        &dir.at("out/directory"),
        "--value",
        &dir.at("out/value"),
    ]);
    let mut command = command("outcomes", &arguments);
    command
        .env("LD_PRELOAD", library())
        .env("RENAME_ERRNO", errno.to_string());
    if files {
        command.env("RENAME_FILES", "1");
    }
    command.output().unwrap().into()
}

/// EMFILE, ENOTSUP, EXDEV, EBUSY, EPERM, ENOSYS, EIO.
const ERRORS: [i32; 7] = [24, 95, 18, 16, 1, 38, 5];

const WHOLE: [&str; 6] = [
    "out/",
    "out/directory/",
    "out/directory/0",
    "out/directory/1",
    "out/file",
    "out/value",
];

#[test]
fn outputs_that_cannot_be_renamed_are_copied_whole() {
    for errno in ERRORS {
        for files in [false, true] {
            let dir = TestDir::new();
            run(&dir, "done", errno, files).succeeded();
            assert_eq!(dir.list(), WHOLE, "{errno}");
            assert_eq!(dir.read("out/file").len(), 2 << 16);
            assert_eq!(dir.read("out/directory/1").len(), 1 << 16);
        }
    }
}

#[test]
fn outputs_of_an_earlier_attempt_are_replaced_by_the_copy() {
    let dir = TestDir::new();
    dir.file("out/directory/old", "old");
    dir.file("out/file", "old");
    run(&dir, "done", 24, true).succeeded();
    assert_eq!(dir.list(), WHOLE);
}

#[test]
fn a_failure_leaves_nothing_where_nothing_can_be_renamed() {
    let dir = TestDir::new();
    assert_eq!(run(&dir, "fails", 24, true).code, Some(1));
    assert_eq!(dir.list(), ["out/"]);
}

/// A volume may be mounted right where an output goes: it can be neither replaced nor removed, only filled.
#[test]
fn an_output_where_a_volume_is_mounted_fills_it() {
    let dir = TestDir::new();
    dir.file("out/directory/old", "old");
    dir.file("out/file", "old");
    let script = "mount --bind \"$0/out/directory\" \"$0/out/directory\" && mount --bind \"$0/out/file\" \"$0/out/file\" && shift && \"$@\"";
    let arguments = words(&[
        "--blocks",
        "2",
        "--file",
        &dir.at("out/file"),
        "--directory",
        &dir.at("out/directory"),
        "--value",
        &dir.at("out/value"),
    ]);
    let plain = command("outcomes", &arguments);
    let unshare = ["--user", "--map-root-user", "--mount"];
    let works = Command::new("unshare")
        .args(unshare)
        .arg("true")
        .stderr(Stdio::null())
        .status();
    if !works.is_ok_and(|status| status.success()) {
        kfp_test_support::skip("unshare cannot make a user namespace");
        return;
    }
    let output = Command::new("unshare")
        .args(unshare)
        .args(["sh", "-c", script])
        .arg(dir.path(""))
        .arg("--")
        .arg(plain.get_program())
        .args(plain.get_args())
        .output()
        .unwrap();
    Finished::from(output).succeeded();
    assert_eq!(dir.list(), WHOLE);
    assert_eq!(dir.read("out/file").len(), 2 << 16);
}

#[test]
fn a_link_to_the_directory_stays_a_link() {
    let dir = TestDir::new();
    dir.file("real/inner", "x");
    fs::create_dir_all(dir.path("out")).unwrap();
    symlink(dir.path("real"), dir.path("out/directory")).unwrap();
    run(&dir, "done", 16, false).succeeded();
    assert!(dir.path("out/directory").is_symlink());
    assert_eq!(fs::read_dir(dir.path("real")).unwrap().count(), 2);
}
