//! However a program ends, its outputs are whole or not there.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::backend::{Backend, Input};
use crate::program::{TestDir, build, command, exists, run, words};

const BLOCK: u64 = 1 << 16;

fn arguments(dir: &TestDir, outcome: &str, blocks: u64) -> Vec<String> {
    words(&[
        "--outcome",
        outcome,
        "--blocks",
        &blocks.to_string(),
        "--file",
        &dir.at("out/file"),
        "--directory",
        &dir.at("out/directory"),
        "--value",
        &dir.at("out/value"),
    ])
}

#[track_caller]
fn nothing_is_left(dir: &TestDir) {
    assert_eq!(dir.list(), ["out/"]);
}

#[test]
fn success_leaves_whole_outputs_and_nothing_else() {
    let dir = TestDir::new();
    run("outcomes", &arguments(&dir, "done", 2)).succeeded();
    let all = [
        "out/",
        "out/directory/",
        "out/directory/0",
        "out/directory/1",
        "out/file",
        "out/value",
    ];
    assert_eq!(dir.list(), all);
    assert_eq!(dir.read("out/value"), "2");
}

#[test]
fn an_output_never_written_fails_the_component() {
    let dir = TestDir::new();
    let message = "error: outcomes: finished, but never wrote output `value`\n\
                   hint: write it on every way to `Ok`, with its own methods or at its `path()`\n";
    run("outcomes", &arguments(&dir, "forgets", 2)).failed(1, message);
    nothing_is_left(&dir);
}

#[test]
fn an_error_fails_the_component() {
    let dir = TestDir::new();
    let message = "error: outcomes: `many` is not a number\nhint: give digits\n";
    run("outcomes", &arguments(&dir, "fails", 2)).failed(1, message);
    nothing_is_left(&dir);
}

#[test]
fn a_panic_fails_the_component() {
    let dir = TestDir::new();
    let finished = run("outcomes", &arguments(&dir, "panics", 2));
    assert_eq!(finished.code, Some(1));
    assert!(
        finished.stderr.contains("out of luck"),
        "{}",
        finished.stderr
    );
    assert!(
        finished
            .stderr
            .ends_with("error: outcomes panicked: out of luck\n"),
        "{}",
        finished.stderr
    );
    nothing_is_left(&dir);
}

#[test]
fn a_panic_in_a_thread_is_the_component_s_own_business() {
    let dir = TestDir::new();
    assert_eq!(
        run("outcomes", &arguments(&dir, "recovers", 2)).code,
        Some(0)
    );
}

/// The profile components are published with; built here without its optimisations.
#[test]
fn a_panic_that_aborts_fails_the_component_alike() {
    let options = [
        "--profile=aborting",
        "--config=profile.aborting.inherits='dev'",
        "--config=profile.aborting.panic='abort'",
        concat!("--target-dir=", env!("CARGO_TARGET_TMPDIR"), "/aborting"),
    ];
    build(&options.map(AsRef::as_ref));
    let program =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("aborting/aborting/examples/outcomes");
    let dir = TestDir::new();
    let output = Command::new(program)
        .args(arguments(&dir, "panics", 2))
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains("out of luck")
            && stderr.ends_with("error: outcomes panicked: out of luck\n"),
        "{stderr}"
    );
    nothing_is_left(&dir);
}

#[test]
fn sigterm_ends_the_program_with_143() {
    let dir = TestDir::new();
    let child = start_writing(&mut command("outcomes", &arguments(&dir, "never", 2)));
    signal("TERM", child.id());
    assert_eq!(ended(child), Some(143));
    nothing_is_left(&dir);
}

#[test]
fn sigint_ends_the_program_with_130() {
    let dir = TestDir::new();
    let child = start_writing(&mut command("outcomes", &arguments(&dir, "never", 2)));
    signal("INT", child.id());
    assert_eq!(ended(child), Some(130));
    nothing_is_left(&dir);
}

/// The kernel ignores signals to process 1 that it has no handler for.
#[test]
fn sigterm_ends_process_1_too() {
    let unshare = [
        "--user",
        "--map-root-user",
        "--pid",
        "--fork",
        "--mount-proc",
    ];
    let works = Command::new("unshare")
        .args(unshare)
        .arg("true")
        .stderr(Stdio::null())
        .status();
    if !works.is_ok_and(|status| status.success()) {
        kfp_test_support::skip("unshare cannot make a user namespace");
        return;
    }
    let dir = TestDir::new();
    let plain = command("outcomes", &arguments(&dir, "never", 2));
    let mut command = Command::new("unshare");
    command
        .args(unshare)
        .arg(plain.get_program())
        .args(plain.get_args());
    let child = start_writing(&mut command);
    // The child of `unshare` is process 1 of its own world.
    let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", child.id())).unwrap();
    signal("TERM", children.trim().parse().unwrap());
    assert_eq!(ended(child), Some(143));
    nothing_is_left(&dir);
}

#[test]
fn sigkill_at_any_moment_leaves_no_half_output() {
    const BLOCKS: u64 = 40;
    let mut interrupted = 0;
    for round in 0..200 {
        let dir = TestDir::new();
        let old = dir.file("out/directory/old", "of an earlier run");
        let mut child = command("outcomes", &arguments(&dir, "done", BLOCKS))
            .spawn()
            .unwrap();
        // By what has been written rather than by the clock, which says little on a busy machine.
        let written = dir.path(&format!("out/.partial-{}-directory", child.id()));
        let enough = round % 10 * BLOCKS / 9;
        while fs::read_dir(&written).map_or(0, Iterator::count) < enough.try_into().unwrap()
            && child.try_wait().unwrap().is_none()
        {}
        child.kill().unwrap();
        child.wait().unwrap();

        let (file, directory) = (dir.path("out/file"), dir.path("out/directory"));
        if exists(&file) {
            assert_eq!(
                fs::metadata(&file).unwrap().len(),
                BLOCKS * BLOCK,
                "round {round}"
            );
        }
        if exists(&directory) && !exists(old.as_ref()) {
            let parts: Vec<_> = fs::read_dir(&directory)
                .unwrap()
                .map(|part| part.unwrap().path())
                .collect();
            assert_eq!(parts.len() as u64, BLOCKS, "round {round}");
            assert!(
                parts
                    .iter()
                    .all(|part| fs::metadata(part).unwrap().len() == BLOCK),
                "round {round}"
            );
        }
        if exists(&dir.path("out/value")) {
            assert_eq!(dir.read("out/value"), BLOCKS.to_string(), "round {round}");
        }
        assert!(!exists(old.as_ref()) || fs::read_dir(&directory).unwrap().count() == 1);
        interrupted += u32::from(dir.list().iter().any(|name| name.contains(".partial-")));
    }
    assert!(
        interrupted > 20,
        "only {interrupted} of 200 were killed while they were writing"
    );
}

fn arguments_of(backend: Backend, dir: &TestDir, outcome: &str, blocks: u64) -> Vec<String> {
    let inputs = [
        Input::Required("outcome", outcome.into()),
        Input::Defaulted("blocks", None, blocks.into(), "8"),
    ];
    let outputs = [("file", true), ("directory", true), ("value", false)];
    backend.arguments(dir, &inputs, &outputs)
}

/// KFP's local runner may miss how a container ended, and takes it for a success. The executor output is what it reads next.
#[test]
fn until_it_has_succeeded_kfp_local_is_told_that_it_has_not() {
    let said = |dir: &TestDir| dir.read("meta/executor_output.json");
    let unfinished = "{\"outcomes did not finish; its log says why\":true}";

    let dir = TestDir::new();
    let fails = arguments_of(Backend::Local, &dir, "fails", 8);
    assert_eq!(run("outcomes", &fails).code, Some(1));
    assert_eq!(said(&dir), unfinished);

    let dir = TestDir::new();
    let mut unknown = arguments_of(Backend::Local, &dir, "done", 8);
    unknown.push("--unknown".into());
    assert_eq!(run("outcomes", &unknown).code, Some(2));
    assert_eq!(said(&dir), unfinished);

    let dir = TestDir::new();
    let never = arguments_of(Backend::Local, &dir, "never", 8);
    let mut child = start_writing(&mut command("outcomes", &never));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(said(&dir), unfinished);

    let dir = TestDir::new();
    run("outcomes", &arguments_of(Backend::Local, &dir, "done", 8)).succeeded();
    assert!(said(&dir).starts_with("{\"artifacts\":"));

    let dir = TestDir::new();
    let elsewhere = arguments_of(Backend::V2_17_1, &dir, "fails", 8);
    assert_eq!(run("outcomes", &elsewhere).code, Some(1));
    assert!(!exists(&dir.path("meta/output_metadata.json")));
}

/// KFP's local runner removes a container as soon as it ends, and may then have missed what it said.
#[test]
fn a_failure_under_kfp_local_lasts_long_enough_to_be_noticed() {
    let time = |backend: Backend| {
        let dir = TestDir::new();
        let arguments = arguments_of(backend, &dir, "fails", 8);
        let start = Instant::now();
        assert_eq!(run("outcomes", &arguments).code, Some(1));
        start.elapsed()
    };
    let fastest = |backend| (0..5).map(|_| time(backend)).min().unwrap();
    let local = fastest(Backend::Local);
    assert!(local >= Duration::from_millis(100), "{local:?}");
    // Nowhere else does anybody wait; compared in one run, since the machine may be busy.
    assert!(fastest(Backend::V2_17_1) < local);
}

/// Starts a program, and returns once it is in the middle of writing.
fn start_writing(command: &mut Command) -> Child {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, "writing\n");
    // Read to the end elsewhere, so that the program does not stop at a full pipe.
    thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
    child
}

fn signal(name: &str, process: u32) {
    let status = Command::new("kill")
        .args(["-s", name, &process.to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}

/// The exit code of a program that should be ending.
fn ended(mut child: Child) -> Option<i32> {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(60) {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    panic!("the signal did not end the program");
}

/// A report of what is wrong is wanted most when the component fails.
#[test]
fn an_output_that_is_kept_survives_a_failure_whole() {
    for outcome in ["fails", "panics"] {
        let dir = TestDir::new();
        let mut words = arguments(&dir, outcome, 2);
        words.extend(["--keep".into(), "true".into()]);
        assert_eq!(run("outcomes", &words).code, Some(1));
        assert_eq!(dir.list(), ["out/", "out/file"], "{outcome}");
        assert_eq!(dir.read("out/file").len(), 2 << 16);
    }
    let dir = TestDir::new();
    let mut words = arguments(&dir, "never", 2);
    words.extend(["--keep".into(), "true".into()]);
    let child = start_writing(&mut command("outcomes", &words));
    signal("TERM", child.id());
    assert_eq!(ended(child), Some(143));
    assert_eq!(dir.list(), ["out/", "out/file"]);
}
