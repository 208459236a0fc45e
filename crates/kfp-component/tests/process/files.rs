//! Files that cannot be read or written: exit 1, causes that name the argument, no output under its final name.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::{Command, Stdio};

use crate::program::{Finished, TestDir, command, exists, program, run, words};

/// Arguments of `outcomes`, with the file elsewhere.
fn arguments(dir: &TestDir, file: &str) -> Vec<String> {
    words(&[
        "--file",
        file,
        "--directory",
        &dir.at("out/directory"),
        "--value",
        &dir.at("out/value"),
    ])
}

/// Arguments of `forest`, with one input elsewhere.
fn forest(dir: &TestDir, x_train: &str) -> Vec<String> {
    let mut arguments = words(&["--x-train", x_train]);
    for input in ["x-test", "y-train", "y-test"] {
        arguments.extend([format!("--{input}"), dir.file(input, "a\n1\n")]);
    }
    for output in ["model", "metrics", "confusion-matrix"] {
        arguments.extend([format!("--{output}"), dir.at(&format!("out/{output}"))]);
    }
    arguments
}

#[track_caller]
fn nothing_is_left(dir: &TestDir) {
    let left: Vec<_> = dir
        .list()
        .into_iter()
        .filter(|name| name.starts_with("out/") && name != "out/")
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn an_input_that_does_not_exist_is_named() {
    let dir = TestDir::new();
    let missing = dir.at("missing");
    run("forest", &forest(&dir, &missing)).failed(
        1,
        &format!(
            "error: train-eval: could not find input `x_train`\n  cause: {missing}: No such file or directory (os error 2)\nhint: did the task before write it? under kfp.local, does it lie below the pipeline root?\n"
        ),
    );
    nothing_is_left(&dir);
}

#[test]
fn a_directory_for_a_file_is_named() {
    let dir = TestDir::new();
    let directory = dir.at("");
    run("forest", &forest(&dir, &directory)).failed(
        1,
        &format!("error: train-eval: could not open input `x_train`\n  cause: {directory}: is a directory\nhint: read the files below its `path()`\n"),
    );
    nothing_is_left(&dir);
}

#[test]
fn an_unreadable_file_is_named() {
    let dir = TestDir::new();
    let secret = dir.file("secret", "a\n1\n");
    fs::set_permissions(&secret, Permissions::from_mode(0o000)).unwrap();
    let Some(finished) = run_unprivileged(&dir, "forest", &forest(&dir, &secret)) else {
        return;
    };
    finished.failed(
        1,
        &format!(
            "error: train-eval: could not open input `x_train`\n  cause: {secret}: Permission denied (os error 13)\n\
             hint: the image's user may not read it; the task before wrote it as another user\n"
        ),
    );
    nothing_is_left(&dir);
}

#[test]
fn text_that_is_not_utf8_is_named() {
    let dir = TestDir::new();
    fs::write(dir.path("latin1"), b"gr\xfcn").unwrap();
    let latin1 = dir.at("latin1");
    run("forest", &forest(&dir, &latin1)).failed(
        1,
        &format!(
            "error: train-eval: could not read input `x_train`\n  cause: {latin1}: stream did not contain valid UTF-8\n"
        ),
    );
    nothing_is_left(&dir);
}

#[test]
fn an_output_without_permission_is_named() {
    let dir = TestDir::new();
    fs::create_dir(dir.path("closed")).unwrap();
    fs::set_permissions(dir.path("closed"), Permissions::from_mode(0o555)).unwrap();
    let file = dir.at("closed/file");
    let Some(finished) = run_unprivileged(&dir, "outcomes", &arguments(&dir, &file)) else {
        return;
    };
    finished.failed(
        1,
        &format!(
            "error: outcomes: could not create output `file`\n  cause: {file}: Permission denied (os error 13)\n\
             hint: the image's user may not write there: KFP before 2.3 needs an image that runs as root, and a mounted \
             volume an `fsGroup`\n"
        ),
    );
    nothing_is_left(&dir);
}

#[test]
fn an_output_below_a_file_is_named() {
    let dir = TestDir::new();
    let file = dir.file("file", "") + "/data";
    let finished = run("outcomes", &arguments(&dir, &file));
    assert_eq!(finished.code, Some(1));
    let start = format!(
        "error: outcomes: could not create the directory of output `file`\n  cause: {file}: "
    );
    assert!(finished.stderr.starts_with(&start), "{}", finished.stderr);
}

#[test]
fn an_output_without_space_is_named() {
    let dir = TestDir::new();
    // As nobody, who could not do any harm below /dev.
    let arguments = arguments(&dir, "/dev/full");
    let Some(finished) = run_unprivileged(&dir, "outcomes", &arguments) else {
        return;
    };
    finished.failed(
        1,
        "error: outcomes: could not write output `file`\n  cause: /dev/full: No space left on device (os error 28)\n\
         hint: give the task more ephemeral storage, or mount a larger volume; an `emptyDir` in memory counts as memory\n",
    );
    nothing_is_left(&dir);
}

#[test]
fn outputs_of_an_earlier_attempt_are_replaced() {
    let dir = TestDir::new();
    dir.file("out/file", "old");
    dir.file("out/directory/old", "old");
    run("outcomes", &arguments(&dir, &dir.at("out/file"))).succeeded();
    assert_eq!(dir.read("out/file").len(), 8 << 16);
    let names = ["directory/", "file", "value"].map(|name| format!("out/{name}"));
    let parts = (0..8).map(|part| format!("out/directory/{part}"));
    let mut all: Vec<_> = ["out/".into()]
        .into_iter()
        .chain(names)
        .chain(parts)
        .collect();
    all.sort_unstable();
    assert_eq!(dir.list(), all);
}

#[test]
fn a_directory_replaces_a_file() {
    let dir = TestDir::new();
    dir.file("out/directory", "old");
    run("outcomes", &arguments(&dir, &dir.at("out/file"))).succeeded();
    assert_eq!(fs::read_dir(dir.path("out/directory")).unwrap().count(), 8);
}

#[test]
fn a_run_that_fails_leaves_what_an_earlier_one_wrote() {
    let dir = TestDir::new();
    dir.file("out/file", "old");
    dir.file("out/directory/old", "old");
    let before = dir.list();
    let mut arguments = arguments(&dir, &dir.at("out/file"));
    arguments.extend(words(&["--outcome", "fails"]));
    assert_eq!(run("outcomes", &arguments).code, Some(1));
    assert_eq!((dir.list(), dir.read("out/file")), (before, "old".into()));
}

#[test]
fn a_file_does_not_replace_a_directory() {
    let dir = TestDir::new();
    dir.file("out/file", "old");
    dir.file("out/value/precious", "x");
    let before = dir.list();
    let value = dir.at("out/value");
    run("outcomes", &arguments(&dir, &dir.at("out/file"))).failed(
        1,
        &format!(
            "error: outcomes: could not replace output `value`\n  cause: {value}: is a directory\n"
        ),
    );
    assert_eq!((dir.list(), dir.read("out/file")), (before, "old".into()));
}

#[test]
fn the_directory_the_program_runs_in_is_not_replaced() {
    let dir = TestDir::new();
    dir.file("precious", "x");
    let mut arguments = arguments(&dir, &dir.at("out/file"));
    arguments[3] = ".".into();
    let output = command("outcomes", &arguments)
        .current_dir(dir.path(""))
        .output();
    let stderr = Finished::from(output.unwrap()).stderr;
    assert!(
        stderr.ends_with("the program runs in this directory\n"),
        "{stderr}"
    );
    assert_eq!(dir.read("precious"), "x");
}

#[test]
fn if_one_output_cannot_be_moved_into_place_none_stays() {
    let dir = TestDir::new();
    let file = dir.at("out/file");
    let mut arguments = arguments(&dir, &file);
    // Where the first output is moved, the second has nothing left to move.
    arguments[5].clone_from(&file);
    run("outcomes", &arguments).failed(
        1,
        &format!(
            "error: outcomes: could not move into place output `value`\n  cause: {file}: No such file or directory (os error 2)\n"
        ),
    );
    assert_eq!(dir.list(), ["out/"]);
}

#[test]
fn if_the_executor_output_cannot_be_written_no_output_stays() {
    let dir = TestDir::new();
    let answer = dir.file("file", "") + "/executor_output.json";
    let mut arguments = arguments(&dir, &dir.at("out/file"));
    let input = serde_json::json!({"outputs": {"outputFile": answer}});
    arguments.extend(["--executor-input".into(), input.to_string()]);
    let finished = run("outcomes", &arguments);
    assert_eq!(finished.code, Some(1));
    let cause =
        format!("could not create the directory of output `executor output`\n  cause: {answer}: ");
    assert!(finished.stderr.contains(&cause), "{}", finished.stderr);
    nothing_is_left(&dir);
}

#[test]
fn standard_output_is_written_through() {
    let dir = TestDir::new();
    let finished = run("outcomes", &arguments(&dir, "/dev/stdout")).succeeded();
    assert_eq!(finished.stdout.len(), 8 << 16);
}

#[test]
fn a_redirected_standard_output_keeps_what_it_holds() {
    let dir = TestDir::new();
    dir.file("log", "before\n");
    let log = File::options().append(true).open(dir.path("log")).unwrap();
    assert!(
        command("outcomes", &arguments(&dir, "/dev/stdout"))
            .stdout(log)
            .status()
            .unwrap()
            .success()
    );
    let text = dir.read("log");
    assert!(text.starts_with("before\nxxx") && text.len() == 7 + (8 << 16));
}

#[test]
fn a_named_pipe_is_written_through() {
    let dir = TestDir::new();
    assert!(
        Command::new("mkfifo")
            .arg(dir.path("pipe"))
            .status()
            .unwrap()
            .success()
    );
    let arguments = arguments(&dir, &dir.at("pipe"));
    let mut child = command("outcomes", &arguments).spawn().unwrap();
    // A program that does not write leaves the reader waiting, which must be a failure and not a hanging test.
    let mut reader = Command::new("timeout");
    let read = reader
        .arg("60")
        .arg("cat")
        .arg(dir.path("pipe"))
        .output()
        .unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(read.stdout.len(), 8 << 16);
}

#[test]
fn a_link_stays_a_link() {
    let dir = TestDir::new();
    dir.file("real", "old");
    symlink(dir.path("real"), dir.path("link")).unwrap();
    run("outcomes", &arguments(&dir, &dir.at("link"))).succeeded();
    assert!(dir.path("link").is_symlink());
    assert_eq!(dir.read("real").len(), 8 << 16);
}

#[test]
fn a_relative_path_is_below_the_working_directory() {
    let dir = TestDir::new();
    let mut command = command("outcomes", &arguments(&dir, "deep/er/file"));
    assert!(
        command
            .current_dir(dir.path(""))
            .status()
            .unwrap()
            .success()
    );
    assert!(exists(&dir.path("deep/er/file")));
}

/// Runs the example as nobody, since root may read and write everything; `None`, with a word about it, if that cannot be had.
fn run_unprivileged(dir: &TestDir, example: &str, arguments: &[String]) -> Option<Finished> {
    if !may_switch_user() {
        if is_root() {
            kfp_test_support::skip(
                "setpriv is not installed, which this test needs when root runs it",
            );
            return None;
        }
        return Some(run(example, arguments));
    }
    // Where nobody may start it and write.
    let copy = dir.path("program");
    // By another process: a file that this one has open for writing, even for a moment, may not be run.
    let status = Command::new("cp").arg(program(example)).arg(&copy).status();
    assert!(status.unwrap().success());
    for directory in [dir.path(""), dir.path("out")] {
        fs::create_dir_all(&directory).unwrap();
        fs::set_permissions(&directory, Permissions::from_mode(0o777)).unwrap();
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=65532", "--regid=65532", "--clear-groups", "--"])
        .arg(copy)
        .args(arguments);
    Some(command.output().unwrap().into())
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

fn may_switch_user() -> bool {
    let mut command = Command::new("setpriv");
    command
        .args([
            "--reuid=65532",
            "--regid=65532",
            "--clear-groups",
            "--",
            "true",
        ])
        .stderr(Stdio::null());
    is_root() && command.status().is_ok_and(|status| status.success())
}
