//! What can go wrong between a client and a server: each fault gets one sentence and a hint, or is survived, and nothing
//! that changes the server is sent twice.

mod answers;
mod bodies;
mod metadata;
mod refusals;
mod tls;
mod unreachable;

use std::{
    error::Error as _,
    panic::{self, AssertUnwindSafe},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use kfp_client::{
    Client, List, Result, Upload,
    model::{NewExperiment, NewRun},
    outputs::Artifact,
    watch::Change,
};
use kfp_test_support::{FaultServer, Reply};
use serde_json::{Value, json};

/// Something that goes wrong while something is asked for.
struct Fault {
    name: &'static str,
    act: Act,
    /// The answers in order; the last one is repeated.
    answers: Vec<Reply>,
    /// Where the client believes the server to be, unless it is where it is.
    endpoint: Option<String>,
    outcome: Outcome,
    /// How many requests arrive.
    sent: usize,
}

type Act = fn(&Client) -> Result<String>;

enum Outcome {
    /// An error whose text has the first words, and whose hint has the second ones.
    Error(&'static str, &'static str),
    /// It works, and the result has these words.
    Survived(&'static str),
}

/// A fault that ends an act.
fn fault(
    name: &'static str,
    act: Act,
    answers: Vec<Reply>,
    says: &'static str,
    hint: &'static str,
    sent: usize,
) -> Fault {
    Fault {
        name,
        act,
        answers,
        endpoint: None,
        outcome: Outcome::Error(says, hint),
        sent,
    }
}

/// A fault that does not.
fn survived(
    name: &'static str,
    act: Act,
    answers: Vec<Reply>,
    result: &'static str,
    sent: usize,
) -> Fault {
    Fault {
        outcome: Outcome::Survived(result),
        ..fault(name, act, answers, "", "", sent)
    }
}

impl Fault {
    fn check(self) {
        let name = self.name;
        let count = AtomicUsize::new(0);
        let answers = self.answers;
        let server = FaultServer::start(move |_| {
            let index = count.fetch_add(1, Ordering::SeqCst);
            answers[index.min(answers.len() - 1)].clone()
        });
        let endpoint = self.endpoint.unwrap_or_else(|| "http://HOST".to_owned());
        let client = Client::builder(endpoint.replace("HOST", server.host()))
            .timeout(Duration::from_secs(if name.contains("silent") {
                4
            } else {
                30
            }))
            .max_attempts(3)
            .build();
        let result = client.and_then(|client| (self.act)(&client));
        match (result, self.outcome) {
            (Ok(result), Outcome::Survived(words)) => {
                assert!(result.contains(words), "{name}: {result}");
            }
            (Err(error), Outcome::Error(words, hint)) => {
                let mut text = error.to_string();
                assert!(!text.contains('\n') && text.len() < 700, "{name}: {text}");
                let mut source = error.source();
                while let Some(cause) = source {
                    text = format!("{text}: {cause}");
                    source = cause.source();
                }
                assert!(text.contains(words), "{name}: {text}");
                assert!(!text.contains("secret"), "{name}: {text}");
                assert!(!hint.is_empty(), "{name}: any hint has no words");
                let given = error.hint().unwrap_or_default();
                assert!(given.contains(hint), "{name}: {text}\nhint: {given}");
                assert!(
                    !given.is_empty() && !given.contains('\n'),
                    "{name}: {given}"
                );
            }
            (Ok(result), Outcome::Error(..)) => panic!("{name} was not noticed: {result}"),
            (Err(error), Outcome::Survived(_)) => panic!("{name}: {error}"),
        }
        assert_eq!(
            server.requests().len(),
            self.sent,
            "{name}: {:?}",
            server.lines()
        );
    }
}

#[test]
fn every_fault_has_its_diagnosis_and_nothing_is_sent_twice() {
    // Most of them wait, for pauses between attempts.
    const AT_ONCE: usize = 8;
    let faults: Vec<Fault> = [
        unreachable::faults(),
        answers::faults(),
        refusals::faults(),
        bodies::faults(),
        metadata::faults(),
        tls::faults(),
    ]
    .into_iter()
    .flatten()
    .collect();
    assert!(faults.len() >= 60, "{} faults", faults.len());
    let mut names: Vec<_> = faults.iter().map(|fault| fault.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(
        names.len(),
        faults.len(),
        "every fault has a name of its own"
    );
    let (faults, failed) = (Mutex::new(faults), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(fault) = next(&faults) {
                    let name = fault.name;
                    if panic::catch_unwind(AssertUnwindSafe(|| fault.check())).is_err() {
                        failed.lock().unwrap().push(name);
                    }
                }
            });
        }
    });
    assert_eq!(failed.into_inner().unwrap(), Vec::<&str>::new());
}

fn next(faults: &Mutex<Vec<Fault>>) -> Option<Fault> {
    faults.lock().unwrap().pop()
}

// What is asked for.

fn get_run(client: &Client) -> Result<String> {
    client.run("r").map(|run| format!("{run:?}"))
}

fn watch_run(client: &Client) -> Result<String> {
    let short = Duration::from_millis(1);
    let mut words = Vec::new();
    for change in client.watch("r").interval(short, short) {
        words.push(match change? {
            Change::Run(run) => run.state.name().to_owned(),
            Change::Lost(_) => "lost".to_owned(),
            Change::Back => "back".to_owned(),
        });
    }
    Ok(words.join(" "))
}

fn create_run(client: &Client) -> Result<String> {
    let run = NewRun {
        display_name: "x".to_owned(),
        ..NewRun::default()
    };
    client.create_run(&run).map(|run| run.run_id)
}

fn create_experiment(client: &Client) -> Result<String> {
    let experiment = NewExperiment {
        display_name: "x".to_owned(),
        ..NewExperiment::default()
    };
    let created = client.create_experiment(&experiment);
    created.map(|experiment| experiment.experiment_id)
}

fn upload(client: &Client) -> Result<String> {
    let upload = Upload {
        name: "x",
        file_name: "x.yaml",
        content: b"{}",
        ..Upload::default()
    };
    client
        .upload_pipeline(&upload)
        .map(|pipeline| pipeline.name)
}

fn terminate(client: &Client) -> Result<String> {
    client.terminate_run("r").map(|()| "stopped".to_owned())
}

fn retry(client: &Client) -> Result<String> {
    client.retry_run("r").map(|()| "retried".to_owned())
}

fn unarchive(client: &Client) -> Result<String> {
    client.unarchive_run("r").map(|()| "unarchived".to_owned())
}

fn delete_pipeline(client: &Client) -> Result<String> {
    client
        .delete_pipeline("p", false)
        .map(|()| "deleted".to_owned())
}

fn list_runs(client: &Client) -> Result<String> {
    let runs: Result<Vec<_>> = client.runs(&List::all().page_size(1)).collect();
    runs.map(|runs| format!("{} {runs:?}", runs.len()))
}

fn list_schedules(client: &Client) -> Result<String> {
    let all: Result<Vec<_>> = client.recurring_runs(&List::all()).collect();
    all.map(|all| format!("{all:?}"))
}

fn log(client: &Client) -> Result<String> {
    client.log("r", "pod")
}

fn outputs(client: &Client) -> Result<String> {
    client.outputs("r").map(|outputs| format!("{outputs:?}"))
}

fn content(client: &Client) -> Result<String> {
    let artifact = Artifact {
        uri: "s3://bucket/key".to_owned(),
        ..Artifact::default()
    };
    let mut bytes = Vec::new();
    client.artifact(&artifact, "")?.write_to(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

// What is answered.

fn json_of(status: u16, value: &Value) -> Reply {
    Reply::status(status)
        .header("content-type", "application/json")
        .body(value.to_string())
}

/// A run that has ended.
fn good() -> Reply {
    json_of(
        200,
        &json!({"run_id": "r", "state": "SUCCEEDED", "state_history": []}),
    )
}

/// A refusal of the gRPC gateway.
fn refusal(status: u16, message: &str) -> Reply {
    let details = json!([{"@type": "type.googleapis.com/google.rpc.Status", "message": message}]);
    let body = json!({"code": 3, "message": format!("Failed: {message}"), "details": details});
    json_of(status, &body)
}

fn page(status: u16, title: &str) -> Reply {
    Reply::status(status)
        .header("content-type", "text/html; charset=utf-8")
        .body(format!(
            "<html><head><title>{title}</title></head><body>{title}</body></html>"
        ))
}
