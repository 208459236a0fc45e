//! Watching runs over connections that fail.

use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use kfp_client::{
    Client, Error,
    model::State,
    watch::{Change, Watch},
};
use kfp_test_support::{FaultServer, Reply};
use serde_json::{Value, json};

fn run(state: &str, history: &[&str]) -> Reply {
    let history: Vec<Value> = history
        .iter()
        .map(|state| json!({ "state": state }))
        .collect();
    let run = json!({"run_id": "r", "state": state, "state_history": history});
    Reply::status(200).body(run.to_string())
}

fn error(status: u16, message: &str) -> Reply {
    Reply::status(status).body(json!({"code": 1, "message": message}).to_string())
}

/// A server that gives these answers, and the last one from then on.
fn server(answers: Vec<Reply>) -> FaultServer {
    let count = AtomicUsize::new(0);
    FaultServer::start(move |_| {
        let index = count.fetch_add(1, Ordering::SeqCst);
        answers[index.min(answers.len() - 1)].clone()
    })
}

fn watch(server: &FaultServer) -> Watch {
    let client = Client::builder(format!("http://{}", server.host()))
        .build()
        .unwrap();
    let short = Duration::from_millis(1);
    client.watch("r").interval(short, short * 4)
}

/// What came of a watch, in words.
fn words(watch: Watch) -> Vec<String> {
    watch
        .map(|change| match change {
            Ok(Change::Run(run)) => run.state.name().to_owned(),
            Ok(Change::Lost(_)) => "lost".to_owned(),
            Ok(Change::Back) => "back".to_owned(),
            Err(error) => format!("{error}"),
        })
        .collect()
}

#[test]
fn each_change_is_told_once_and_each_poll_is_one_request() {
    let running = run("RUNNING", &["PENDING", "RUNNING"]);
    let server = server(vec![
        run("PENDING", &["PENDING"]),
        running.clone(),
        running.clone(),
        running,
        run("SUCCEEDED", &["PENDING", "RUNNING", "SUCCEEDED"]),
    ]);
    assert_eq!(words(watch(&server)), ["PENDING", "RUNNING", "SUCCEEDED"]);
    assert_eq!(server.lines(), vec!["GET /apis/v2beta1/runs/r"; 5]);
}

#[test]
fn two_lost_connections_do_not_end_a_watch() {
    let cut = Reply::status(200).body("{}").cut(10);
    let running = run("RUNNING", &["RUNNING"]);
    let server = server(vec![
        running.clone(),
        cut.clone(),
        running.clone(),
        cut.clone(),
        cut,
        run("SUCCEEDED", &["RUNNING", "SUCCEEDED"]),
    ]);
    let words = words(watch(&server));
    assert_eq!(words, ["RUNNING", "lost", "back", "lost", "SUCCEEDED"]);
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn a_server_that_fails_for_a_while_does_not_end_a_watch() {
    let panic = "panic: runtime error\ngoroutine 1 [running]:\nmain.go:1";
    let server = server(vec![
        error(500, panic),
        error(503, "starting").header("retry-after", "0"),
        Reply::status(200).body("{\"run_id\": \"r\", \"sta"),
        Reply::status(401).body("{}"),
        run("FAILED", &["RUNNING", "CANCELING", "FAILED"]),
    ]);
    let changes: Vec<_> = watch(&server).collect::<Result<_, _>>().unwrap();
    let [Change::Lost(_), Change::Run(run)] = changes.as_slice() else {
        panic!("{changes:?}")
    };
    assert!(run.was_cancelled());
}

#[test]
fn a_run_that_is_deleted_or_a_login_that_is_over_ends_a_watch() {
    let running = run("RUNNING", &["RUNNING"]);
    let gone = server(vec![running.clone(), error(404, "Run r not found")]);
    let told = words(watch(&gone));
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].contains("Run r not found"), "{told:?}");
    assert_eq!(gone.requests().len(), 2);
    // It is tried once more, since the token may have been renewed.
    let expired = server(vec![running, Reply::status(401).body("{}")]);
    let told = words(watch(&expired));
    assert_eq!((told.len(), expired.requests().len()), (3, 3), "{told:?}");
}

#[test]
fn patience_ends() {
    let server = server(vec![error(503, "no")]);
    let mut watch = watch(&server).patience(Duration::ZERO);
    let error = watch.next().unwrap().unwrap_err();
    assert!(matches!(error, Error::Api { .. }), "{error}");
    assert!(watch.next().is_none() && watch.is_over());
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn the_failure_from_before_a_retry_does_not_end_a_watch() {
    let history = ["PENDING", "RUNNING", "FAILED"];
    let failed = run("FAILED", &history);
    let server = server(vec![
        failed.clone(),
        failed.clone(),
        failed,
        run("RUNNING", &["PENDING", "RUNNING", "FAILED", "RUNNING"]),
        run(
            "SUCCEEDED",
            &["PENDING", "RUNNING", "FAILED", "RUNNING", "SUCCEEDED"],
        ),
    ]);
    let first = watch(&server).next().unwrap().unwrap();
    let Change::Run(before) = first else {
        panic!("{first:?}")
    };
    let words = words(watch(&server).after_retry(&before));
    assert_eq!(words, ["RUNNING", "SUCCEEDED"]);
}

#[test]
fn a_newer_servers_state_is_not_an_end() {
    let server = server(vec![run("RESURRECTED", &[]), run("SKIPPED", &[])]);
    assert_eq!(words(watch(&server)), ["RESURRECTED", "SKIPPED"]);
}

/// Threads and open files of this process.
#[cfg(target_os = "linux")]
fn resources() -> (usize, usize) {
    let count = |path| fs::read_dir(path).unwrap().count();
    (count("/proc/self/task"), count("/proc/self/fd"))
}

#[test]
#[cfg(target_os = "linux")]
fn a_thousand_watched_runs_leave_nothing_behind() {
    // Every run is running when it is first asked for, and has succeeded the second time.
    let seen = std::sync::Mutex::new(std::collections::HashSet::new());
    let server = FaultServer::start(move |request| {
        if seen.lock().unwrap().insert(request.target.clone()) {
            run("RUNNING", &["RUNNING"])
        } else {
            run("SUCCEEDED", &["RUNNING", "SUCCEEDED"])
        }
    });
    let client = Client::builder(format!("http://{}", server.host()))
        .build()
        .unwrap();
    let mut watches: Vec<Watch> = (0..1000)
        .map(|number| client.watch(&format!("run-{number}")))
        .collect();
    let mut polled = 0;
    let mut after_ten = None;
    while watches.iter().any(|watch| !watch.is_over()) {
        for watch in &mut watches {
            let change = watch.poll().unwrap();
            assert!(matches!(change, Some(Change::Run(_))), "{change:?}");
            polled += 1;
            if polled == 10 {
                after_ten = Some(resources());
            }
        }
    }
    assert_eq!((polled, server.requests().len()), (2000, 2000));
    let (threads, files) = resources();
    let (threads_before, files_before) = after_ten.unwrap();
    // Other tests of this process come and go; a leak would be hundreds.
    assert!(threads < threads_before + 50, "{threads_before} {threads}");
    assert!(files < files_before + 50, "{files_before} {files}");
    assert_eq!(client.run("run-1").unwrap().state, State::Succeeded);
}
