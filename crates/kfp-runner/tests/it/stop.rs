//! Runs that are interrupted, killed, resumed, or only a part of the pipeline.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use kfp_runner::{
    engine::Options,
    record::{Event, State},
    runs::Runs,
    select::Part,
};
use serde_json::{Value, json};

use crate::support::{Build, Session, output_of};

fn after(task: &str) -> Value {
    json!({"inputs": {"parameters": {"n": output_of(task, "out")}}})
}

/// `a` → `b` → `c`, each of which notes in a file that it ran; `b` has a script of its own.
fn three(notes: &Path, b: &str) -> Build {
    let note = |name: &str| format!("echo {name} >> {}; printf 1 > $out", notes.display());
    Build::new()
        .script("a", &[], &["out: NUMBER_INTEGER"], &note("a"))
        .script(
            "b",
            &["n: NUMBER_INTEGER"],
            &["out: NUMBER_INTEGER"],
            &format!("{b}; {}", note("b")),
        )
        .script(
            "c",
            &["n: NUMBER_INTEGER"],
            &["out: NUMBER_INTEGER"],
            &note("c"),
        )
        .task("a", "a", json!({}))
        .task("b", "b", after("a"))
        .task("c", "c", after("b"))
}

#[test]
fn an_interrupt_ends_what_runs_and_starts_nothing_but_exit_tasks() {
    let directory = tempfile::tempdir().unwrap();
    let notes = directory.path().join("notes");
    let text = three(&notes, "sleep 600")
        .script(
            "tell",
            &["status: TASK_FINAL_STATUS"],
            &[],
            &format!("echo \"$status\" >> {}", notes.display()),
        )
        .task(
            "tell",
            "tell",
            json!({
                "dependentTasks": ["b"],
                "inputs": {"parameters": {"status": {"taskFinalStatus": {"producerTask": "b"}}}},
                "triggerPolicy": {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"},
            }),
        )
        .text();
    let start = Instant::now();
    let ran = Session::new(&text, json!({})).run(
        &Runs::new(directory.path()),
        Options::default(),
        None,
        |event, control| {
            if matches!(event, Event::Start { task, .. } if task == "b") {
                control.interrupt();
            }
        },
    );
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "the program was not asked to end"
    );
    assert_eq!(ran.summary.state, State::Cancelled);
    assert_eq!(ran.state("b"), State::Cancelled);
    assert_eq!(ran.state("c"), State::Cancelled);
    assert_eq!(ran.state("tell"), State::Succeeded);
    assert!(fs::read_to_string(notes).unwrap().contains("CANCELLED"));
}

#[test]
fn a_program_that_does_not_end_when_asked_is_killed() {
    let directory = tempfile::tempdir().unwrap();
    let text = Build::new()
        .script(
            "deaf",
            &[],
            &[],
            "trap '' TERM; echo ready; while :; do sleep 0.1; done",
        )
        .task("deaf", "deaf", json!({}))
        .text();
    let options = Options {
        task_timeout: Some(Duration::from_millis(500)),
        grace: Duration::from_millis(200),
        ..Options::default()
    };
    let start = Instant::now();
    let ran =
        Session::new(&text, json!({})).run(&Runs::new(directory.path()), options, None, |_, _| {});
    assert!(start.elapsed() < Duration::from_secs(10));
    assert_eq!(ran.error("deaf"), "was stopped after 0.5 s, its time limit");
}

#[test]
fn a_run_that_takes_too_long_is_stopped_and_has_failed() {
    let directory = tempfile::tempdir().unwrap();
    let text = three(&directory.path().join("notes"), "sleep 600").text();
    let options = Options {
        run_timeout: Some(Duration::from_millis(500)),
        ..Options::default()
    };
    let ran =
        Session::new(&text, json!({})).run(&Runs::new(directory.path()), options, None, |_, _| {});
    assert_eq!(ran.summary.state, State::Failed);
    assert_eq!(ran.state("c"), State::Cancelled);
}

#[test]
fn a_resumed_run_does_what_was_not_done_and_nothing_twice() {
    let directory = tempfile::tempdir().unwrap();
    let notes = directory.path().join("notes");
    let gate = directory.path().join("gate");
    let text = three(&notes, &format!("test -e {}", gate.display())).text();
    let session = Session::new(&text, json!({}));
    let runs = Runs::new(directory.path().join("runs"));
    let first = session.run(&runs, Options::default(), None, |_, _| {});
    assert_eq!(first.summary.failed, ["b"]);
    fs::write(gate, "").unwrap();
    let id = runs.list().unwrap().remove(0);
    let second = session.run(&runs, Options::default(), Some(&id), |_, _| {});
    assert_eq!(second.summary.state, State::Succeeded);
    assert_eq!(second.directory, first.directory);
    assert_eq!(fs::read_to_string(notes).unwrap(), "a\nb\nc\n");
}

#[test]
fn a_part_of_a_pipeline_takes_the_rest_from_the_run_before() {
    let directory = tempfile::tempdir().unwrap();
    let notes = directory.path().join("notes");
    let text = three(&notes, ":").text();
    let runs = Runs::new(directory.path().join("runs"));
    let mut session = Session::new(&text, json!({}));
    let mut ran = |part: Option<Part>| {
        let _ = fs::remove_file(&notes);
        session.part = part;
        session.run(&runs, Options::default(), None, |_, _| {});
        fs::read_to_string(&notes)
            .unwrap_or_default()
            .replace('\n', "")
    };
    assert_eq!(ran(None), "abc");
    assert_eq!(ran(Some(Part::From("b".into()))), "bc");
    assert_eq!(ran(Some(Part::Until("b".into()))), "ab");
    assert_eq!(ran(Some(Part::Only("b".into()))), "b");
}
