//! Tasks that misbehave.

use std::{fs, os::unix::process::ExitStatusExt as _, process::Command, thread, time::Duration};

use kfp_runner::{engine::Options, record::State, task};
use serde_json::json;

use crate::support::{Build, output_of, run_text};

#[test]
fn a_daemon_that_a_task_leaves_behind_ends_with_the_run() {
    // As daemons do, it leaves the directory.
    let daemon = "setsid sh -c 'echo $$ > pid; cd /; exec sleep 600' & until test -s pid; do sleep 0.01; done";
    let ran = Build::new()
        .script("fork", &[], &[], daemon)
        .task("fork", "fork", json!({}))
        .run();
    assert_eq!(ran.state("fork"), State::Succeeded);
    let pid = fs::read_to_string(ran.directory.join("tasks/fork/attempt-1/pid")).unwrap();
    let stat = format!("/proc/{}/stat", pid.trim());
    for _ in 0..500 {
        // A zombie waits for init to notice it.
        let runs = fs::read_to_string(&stat)
            .is_ok_and(|stat| !stat.rsplit_once(')').unwrap().1.starts_with(" Z"));
        if !runs {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("process {pid} still runs");
}

#[test]
fn nobody_who_looks_at_a_run_is_ended_with_it() {
    let directory = tempfile::tempdir().unwrap();
    let mut reader = Command::new("sleep")
        .arg("600")
        .current_dir(directory.path())
        .spawn()
        .unwrap();
    let text = Build::new()
        .script("quick", &[], &[], "true")
        .task("quick", "quick", json!({}))
        .text();
    run_text(directory.path(), &text, json!({}), Options::default());
    task::process::kill_below(directory.path());
    let pid = reader.id().to_string();
    assert!(Command::new("kill").arg(pid).status().unwrap().success());
    assert_eq!(reader.wait().unwrap().signal(), Some(15));
}

#[test]
fn a_hundred_megabytes_of_output_stay_in_the_log() {
    let ran = Build::new()
        .script(
            "print",
            &[],
            &[],
            "head -c 104857600 /dev/zero | tr '\\0' x; exit 3",
        )
        .task("print", "print", json!({}))
        .run();
    assert_eq!(ran.error("print"), "exited with 3");
    let directory = ran.directory.join("tasks/print/attempt-1");
    let log = fs::metadata(directory.join(task::LOG)).unwrap();
    assert_eq!(log.len(), 100 << 20);
    let shown: usize = task::log_tail(&directory, 30).iter().map(String::len).sum();
    assert!(shown <= 64 << 10, "{shown}");
    let record = fs::metadata(ran.directory.join("run.jsonl")).unwrap();
    assert!(record.len() < 10_000, "{}", record.len());
}

#[test]
fn a_value_that_fits_into_no_argument_fails_the_task_it_is_given_to() {
    let long = "head -c 200000 /dev/zero | tr '\\0' x > $out";
    let ran = Build::new()
        .script("make", &[], &["out: STRING"], long)
        .script("take", &["text: STRING"], &[], "true")
        .task("make", "make", json!({}))
        .task(
            "take",
            "take",
            json!({"inputs": {"parameters": {"text": output_of("make", "out")}}}),
        )
        .run_with(json!({}), Options::default());
    let error = ran.error("take");
    assert!(
        error.starts_with("an argument has 200005 bytes, and Linux takes 131071 in one"),
        "{error}"
    );
}
