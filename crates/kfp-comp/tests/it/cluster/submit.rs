//! `submit` and `watch`.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use kfp_test_cluster::{Options, Reply};
use serde_json::{Value, json};

use super::{FAILING, FINE, SUBMIT, Site, ended};

#[test]
fn a_run_is_shown_as_on_this_machine_with_its_metrics_at_the_end() {
    let site = Site::new(FINE);
    let (_, ran) = site.finished(&["--experiment", "doubles", "--", "--count", "7"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for line in [
        "Succeeded make in ",
        "Succeeded measure in ",
        "Finished in ",
        "2 succeeded",
    ] {
        assert!(ran.stderr.contains(line), "{line}: {}", ran.stderr);
    }
    assert!(
        ran.stdout.contains("accuracy") && ran.stdout.contains("0.7"),
        "{}",
        ran.stdout
    );
    let (_, ran) = site.finished(&["--experiment", "doubles", "--", "--count", "7"]);
    assert!(
        ran.stderr.contains("Cached make") && ran.stderr.contains("2 cached"),
        "{}",
        ran.stderr
    );
    let creations = site
        .writes()
        .iter()
        .filter(|line| line.ends_with("/experiments"))
        .count();
    assert_eq!(creations, 1, "{:?}", site.writes());
}

#[test]
fn a_failed_task_is_shown_in_its_own_words() {
    let site = Site::new(FAILING);
    let (id, ran) = site.finished(&[]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("Failed make"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("| error: there is no such column\n"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("launcher"), "{}", ran.stderr);
    let logs = site.run(&["logs", &id, "make"]);
    assert_eq!(
        logs.stdout, "error: there is no such column\n",
        "{}",
        logs.stderr
    );
}

#[test]
fn a_text_that_looks_like_a_number_is_sent_as_text() {
    let site = Site::new(FINE);
    site.write("p.json", r#"{"count": 4, "label": "from the file"}"#);
    let ran = site.submit(&["--params", "p.json", "--", "--label", "1"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let requests = site.cluster.requests();
    let sent = requests
        .iter()
        .find(|request| request.line().ends_with("POST /apis/v2beta1/runs"));
    let sent: Value = serde_json::from_slice(&sent.unwrap().body).unwrap();
    let parameters = &sent["runtime_config"]["parameters"];
    assert_eq!(parameters["label"], "1");
    assert_eq!(parameters["count"], 4);
}

#[test]
fn wrong_parameters_send_nothing() {
    let site = Site::new(FINE);
    for (arguments, message) in [
        (["--count", "many"], "`many` is not a"),
        (
            ["--colour", "red"],
            "the pipeline has no parameter `--colour`",
        ),
    ] {
        let ran = site.submit(&[&["--"], &arguments[..]].concat());
        assert_eq!(ran.code, Some(2));
        assert!(ran.stderr.contains(message), "{}", ran.stderr);
    }
    assert!(site.cluster.requests().is_empty());
}

#[test]
fn the_help_of_a_pipeline_needs_no_server() {
    let site = Site::new(FINE);
    let ran = site.run(&["submit", "p.yaml", "--", "--help"]);
    assert!(
        ran.stdout.contains("--count") && ran.stdout.contains("How many."),
        "{}",
        ran.stdout
    );
    assert!(site.cluster.requests().is_empty());
}

#[test]
fn a_dry_run_prints_the_request_and_sends_nothing() {
    let site = Site::new(FINE);
    let ran = site.submit(&["--dry-run", "--", "--count", "5"]);
    let printed: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(printed["body"]["runtime_config"]["parameters"]["count"], 5);
    assert!(site.cluster.requests().is_empty());
}

#[test]
fn a_run_that_takes_longer_than_it_may_goes_on() {
    let site = Site::new("while [ ! -e \"$TMPDIR/go\" ]; do sleep 0.05; done; printf 1 > $out");
    let (id, ran) = site.finished(&["--timeout", "0.3"]);
    assert_eq!(ran.code, Some(124), "{}", ran.stderr);
    assert!(
        ran.stderr.contains(&format!("kfp-comp watch {id}")),
        "{}",
        ran.stderr
    );
    let ran = site.run(&["runs", "terminate", &id]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let ran = site.run(&["watch", &id, "--poll", "0.05"]);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
}

#[test]
fn ctrl_c_leaves_the_run_or_stops_it_as_asked() {
    for (what, code) in [("detach", 130), ("terminate", 3)] {
        let site = Site::new("sleep 60");
        let arguments = [
            "submit",
            "p.yaml",
            "--no-image-check",
            "--watch",
            "--poll",
            "0.05",
            "--on-interrupt",
            what,
        ];
        let mut child = site
            .command(&arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        while !line.contains("Submitted") {
            line.clear();
            assert!(stderr.read_line(&mut line).unwrap() > 0, "it ended");
        }
        let id = line.trim().rsplit(' ').next().unwrap().to_owned();
        // The watch listens as soon as it has asked for the run.
        let is_asked = |site: &Site| {
            site.cluster
                .requests()
                .iter()
                .any(|one| one.line().ends_with(&id))
        };
        while !is_asked(&site) {
            std::thread::yield_now();
        }
        let pid = child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &pid])
                .status()
                .unwrap()
                .success()
        );
        let ran = ended(child);
        assert_eq!(ran.code, Some(code), "{what}");
        let stopped = site
            .writes()
            .iter()
            .any(|line| line.ends_with(":terminate"));
        assert_eq!(stopped, what == "terminate");
        if what == "detach" {
            site.run(&["runs", "terminate", &id]);
        }
    }
}

#[test]
fn a_run_that_ends_while_it_is_stopped_has_ended() {
    let child_id = Arc::new(OnceLock::<String>::new());
    let (interrupt, is_over) = (Arc::clone(&child_id), AtomicBool::new(false));
    let options = Options {
        fault: Some(Box::new(move |request| {
            let line = request.line();
            let (method, path) = line.split_once(' ').unwrap_or_default();
            if path.ends_with(":terminate") {
                // As the server words it, whose run ended a moment ago.
                is_over.store(true, Ordering::SeqCst);
                let message = "Failed to terminate a run. Row not found";
                let body =
                    json!({"code": 3, "message": message, "details": [{"message": message}]});
                return Some(Reply::status(400).body(body.to_string()));
            }
            let id = path.strip_prefix("/apis/v2beta1/runs/")?;
            if method != "GET" {
                return None;
            }
            if is_over.load(Ordering::SeqCst) {
                let run = json!({"run_id": id, "state": "SUCCEEDED", "state_history": []});
                return Some(Reply::status(200).body(run.to_string()));
            }
            // The watch listens as soon as it has asked for the run.
            if let Some(pid) = interrupt.get() {
                let kill = Command::new("kill").args(["-INT", pid]).status();
                assert!(kill.unwrap().success());
            }
            None
        })),
        ..Options::default()
    };
    let site = Site::with("sleep 3", options);
    let mut command = site.command(&[&SUBMIT[..], &["--on-interrupt", "terminate"]].concat());
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let child = child.unwrap();
    child_id.set(child.id().to_string()).unwrap();
    let ran = ended(child);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

#[test]
fn a_server_is_not_asked_without_a_pause() {
    let site = Site::new(FINE);
    for poll in ["0", "1ms", "2h", "1e300"] {
        let ran = site.submit(&["--watch", "--poll", poll]);
        assert_eq!(ran.code, Some(2), "{poll}: {}", ran.stderr);
    }
    assert!(site.cluster.requests().is_empty());
}

#[test]
fn a_watch_survives_lost_connections_and_asks_once_a_poll() {
    let polls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&polls);
    let options = Options {
        fault: Some(Box::new(move |request| {
            let is_poll = request.method == "GET" && request.line().contains("/v2beta1/runs/");
            let is_lost = is_poll && counted.fetch_add(1, Ordering::SeqCst) < 2;
            is_lost.then(|| Reply::status(200).cut(0))
        })),
        ..Options::default()
    };
    let site = Site::with(FINE, options);
    let (id, ran) = site.finished(&[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let requests = site.cluster.requests().into_iter();
    let watched = requests
        .map(|request| request.target)
        .skip_while(|target| !target.ends_with("/runs"))
        .skip(1)
        // The outputs, once the run has ended.
        .take_while(|target| !target.contains("view=FULL") && !target.contains("ml_metadata"));
    for target in watched {
        assert_eq!(target, format!("/apis/v2beta1/runs/{id}"));
    }
    assert!(polls.load(Ordering::SeqCst) > 2);
    assert!(
        ran.stderr.contains("Lost the connection") && ran.stderr.contains("Connected again"),
        "{}",
        ran.stderr
    );
    assert_eq!(
        site.writes()
            .iter()
            .filter(|line| line.ends_with("/runs"))
            .count(),
        1
    );
}

#[test]
fn scripts_get_every_event() {
    let site = Site::new(FINE);
    let (_, ran) = site.finished(&["--json"]);
    let events: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let last = events.last().unwrap();
    assert_eq!(
        (&last["e"], &last["state"]),
        (&"finish".into(), &"succeeded".into())
    );
    let started = |task: &str| {
        events
            .iter()
            .filter(|one| one["e"] == "start" && one["task"] == task)
            .count()
    };
    assert_eq!((started("make"), started("measure")), (1, 1));
}

#[test]
fn a_run_that_is_deleted_while_it_is_watched_is_said_to_be() {
    let site = Site::new("sleep 60");
    let id = site.submit(&[]).run_id();
    let mut command = site.command(&["watch", &id, "--poll", "0.05"]);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let polls = |site: &Site| {
        site.cluster
            .requests()
            .iter()
            .filter(|one| one.line().ends_with(&id))
            .count()
    };
    while polls(&site) < 2 {
        std::thread::yield_now();
    }
    assert_eq!(site.run(&["runs", "delete", &id]).code, Some(0));
    let ran = ended(child);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr.contains("was deleted while it was watched"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_connection_that_breaks_while_a_run_is_sent_is_not_repeated() {
    let options = Options {
        fault: Some(Box::new(|request| {
            let is_run = request.line() == "POST /apis/v2beta1/runs";
            is_run.then(|| Reply::status(200).cut(0))
        })),
        ..Options::default()
    };
    let site = Site::with(FINE, options);
    let ran = site.submit(&[]);
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("may have been accepted"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("kfp-comp runs list --cluster"),
        "{}",
        ran.stderr
    );
    assert_eq!(site.writes().len(), 1, "{:?}", site.writes());
}
