//! Every recorded exchange of the official client with a real server, replayed: we send what it sent, and understand
//! what it was answered.

use std::{collections::BTreeMap, sync::LazyLock};

use kfp_client::{
    Client, Error, Filter, List, Result, Upload,
    model::{
        CronSchedule, Mode, NewExperiment, NewRecurringRun, NewRun, PeriodicSchedule,
        PipelineVersionReference, RuntimeConfig, Source, State, Trigger,
    },
};
use kfp_test_registry::{FaultServer, Reply, Request};
use serde::Deserialize;
use serde_json::Value;

#[derive(Clone, Debug, Deserialize)]
struct Exchange {
    n: u32,
    note: String,
    method: String,
    path: String,
    query: Vec<(String, String)>,
    request: Option<Body>,
    headers: BTreeMap<String, String>,
    status: u16,
    response: Option<Body>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Body {
    Json(Value),
    Text(String),
}

impl Body {
    fn text(&self) -> String {
        match self {
            Self::Json(value) => value.to_string(),
            Self::Text(text) => text.clone(),
        }
    }

    fn json(&self) -> &Value {
        match self {
            Self::Json(value) => value,
            Self::Text(text) => panic!("not JSON: {text}"),
        }
    }
}

/// All recorded exchanges, read once.
static EXCHANGES: LazyLock<Vec<Exchange>> = LazyLock::new(|| {
    let text = include_str!("data/exchanges.jsonl");
    let exchanges: Vec<Exchange> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a recorded exchange"))
        .collect();
    assert_eq!(exchanges.len(), 112);
    exchanges
});

fn exchange(number: u32) -> Exchange {
    let found = EXCHANGES.iter().find(|one| one.n == number);
    found.expect("a recorded number").clone()
}

/// Answers one request with what the real server answered, and gives the request.
fn replay<T>(
    recorded: &Exchange,
    act: impl FnOnce(&Client) -> Result<T>,
) -> (Result<T>, Vec<Request>) {
    let reply = Reply::status(recorded.status).body(
        recorded
            .response
            .as_ref()
            .map(Body::text)
            .unwrap_or_default(),
    );
    let kind = recorded.headers.get("content-type").cloned();
    let reply = reply.header("content-type", kind.unwrap_or_default());
    let server = FaultServer::start(move |_| reply.clone());
    let client = Client::builder(format!("http://{}", server.host()))
        .max_attempts(1)
        .build()
        .unwrap();
    let result = act(&client);
    (result, server.requests())
}

/// A request without what may differ: the order of the query, parameters that say nothing, the spelling of JSON.
#[derive(Debug, PartialEq)]
struct Normal {
    line: String,
    query: BTreeMap<String, Value>,
    body: Value,
}

fn parameter((name, value): (String, String)) -> Option<(String, Value)> {
    let json = serde_json::from_str(&value)
        .ok()
        .filter(|_| name == "filter");
    (!value.is_empty()).then(|| (name, json.unwrap_or_else(|| value.into())))
}

fn recorded(exchange: &Exchange) -> Normal {
    Normal {
        line: format!("{} {}", exchange.method, exchange.path),
        query: exchange
            .query
            .iter()
            .cloned()
            .filter_map(parameter)
            .collect(),
        body: body(
            &exchange
                .request
                .as_ref()
                .map(Body::text)
                .unwrap_or_default(),
        ),
    }
}

fn sent(request: &Request) -> Normal {
    let query = request
        .target
        .split_once('?')
        .map_or("", |(_, query)| query);
    let decode = |text: &str| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8_lossy()
            .into_owned()
    };
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    Normal {
        line: request.line(),
        query: pairs
            .map(|(name, value)| (decode(name), decode(value)))
            .filter_map(parameter)
            .collect(),
        body: body(&String::from_utf8_lossy(&request.body)),
    }
}

/// JSON with its numbers as doubles; of a form the file in it, its boundary aside.
fn body(text: &str) -> Value {
    if let Some(boundary) = text.lines().next().filter(|line| line.starts_with("--")) {
        return text.replace(boundary.trim_end(), "--boundary").into();
    }
    let json: Value = serde_json::from_str(text).unwrap_or_default();
    doubles(json)
}

/// Every number as a double, which is what protobuf makes of it.
fn doubles(value: Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().into(),
        Value::Array(items) => items.into_iter().map(doubles).collect(),
        Value::Object(map) => map
            .into_iter()
            .map(|(key, value)| (key, doubles(value)))
            .collect(),
        other => other,
    }
}

/// Does the act of exchange `number`: our request is the official client's.
fn same<T>(number: u32, act: impl FnOnce(&Client) -> Result<T>) -> Result<T> {
    let exchange = exchange(number);
    let (result, requests) = replay(&exchange, act);
    let [request] = requests.as_slice() else {
        panic!("{number}: {} requests", requests.len())
    };
    assert_eq!(
        sent(request),
        recorded(&exchange),
        "{number} {}",
        exchange.note
    );
    result
}

/// The last segment of the recorded path, without a verb.
fn id(number: u32) -> String {
    let path = exchange(number).path;
    let last = path.rsplit('/').next().unwrap_or_default();
    last.split(':').next().unwrap_or_default().to_owned()
}

/// What the body of the recorded request says.
fn asked(number: u32, key: &str) -> Value {
    exchange(number).request.expect("a body").json()[key].clone()
}

fn text(number: u32, key: &str) -> String {
    asked(number, key).as_str().unwrap_or_default().to_owned()
}

fn config(number: u32) -> RuntimeConfig {
    serde_json::from_value(asked(number, "runtime_config")).unwrap()
}

fn reference(number: u32) -> PipelineVersionReference {
    serde_json::from_value(asked(number, "pipeline_version_reference")).unwrap()
}

/// The file in a recorded upload.
fn uploaded(number: u32) -> String {
    let text = exchange(number).request.expect("a body").text();
    let (_, rest) = text.split_once("\r\n\r\n").expect("the head of a part");
    rest.rsplit_once("\r\n--")
        .expect("the end of a part")
        .0
        .to_owned()
}

fn new_run(number: u32) -> NewRun {
    let source = match asked(number, "pipeline_spec") {
        Value::Null => Source::Version(reference(number)),
        spec => Source::Spec(spec),
    };
    NewRun {
        display_name: text(number, "display_name"),
        experiment_id: text(number, "experiment_id"),
        source,
        runtime_config: config(number),
        service_account: text(number, "service_account"),
        ..NewRun::default()
    }
}

#[test]
fn the_server_and_its_pipelines_are_asked_as_the_official_client_asks() {
    let health = same(2, Client::health).unwrap();
    assert_eq!(
        (health.tag_name.as_str(), health.multi_user),
        ("2.17.0", false)
    );

    let content = uploaded(3);
    let upload = Upload {
        name: "iris-rec",
        description: "recorded",
        file_name: "iris-rec.yaml",
        content: content.as_bytes(),
        ..Upload::default()
    };
    let pipeline = same(3, |client| client.upload_pipeline(&upload)).unwrap();
    assert_eq!(pipeline.name, "iris-rec");
    let again = Upload {
        description: "",
        ..upload.clone()
    };
    let taken = same(4, |client| client.upload_pipeline(&again)).unwrap_err();
    assert_eq!(taken.api().unwrap().status, 409);

    let found = same(8, |client| client.pipeline_by_name("iris-rec", "")).unwrap();
    assert_eq!(found.unwrap().pipeline_id, pipeline.pipeline_id);
    let nobody = same(9, |client| client.pipeline_by_name("nobody", "")).unwrap();
    assert_eq!(nobody, None);

    let version = Upload {
        name: "v2",
        ..again
    };
    let version = same(6, |client| {
        client.upload_version(&pipeline.pipeline_id, &version)
    })
    .unwrap();
    assert_eq!(version.name, "v2");
    assert_eq!(version.pipeline_spec["schemaVersion"], "2.1.0");

    let got = same(7, |client| client.pipeline(&pipeline.pipeline_id)).unwrap();
    assert_eq!(got, pipeline);
    let ids = |number| exchange(number).path.rsplit('/').next().unwrap().to_owned();
    let got = same(12, |client| client.version(&pipeline.pipeline_id, &ids(12))).unwrap();
    assert_eq!(got, version);

    let list = List::all().page_size(10);
    let versions = same(11, |client| {
        client
            .versions(&pipeline.pipeline_id, &list)
            .collect::<Result<Vec<_>>>()
    });
    assert_eq!(versions.unwrap().len(), 2);
    let refused = same(79, |client| {
        client.delete_pipeline(&pipeline.pipeline_id, false)
    });
    assert_eq!(refused.unwrap_err().api().unwrap().status, 400);
    same(80, |client| {
        client.delete_version(&pipeline.pipeline_id, &ids(80))
    })
    .unwrap();
}

#[test]
fn experiments_are_asked_for_as_the_official_client_asks() {
    assert_eq!(
        same(13, |client| client.experiment_by_name("rec", "")).unwrap(),
        None
    );
    let experiment = NewExperiment {
        display_name: "rec".to_owned(),
        description: "recorded".to_owned(),
        ..NewExperiment::default()
    };
    let experiment = same(14, |client| client.create_experiment(&experiment)).unwrap();
    assert_eq!(experiment.last_run_created_at, None);
    let found = same(16, |client| client.experiment_by_name("rec", "")).unwrap();
    assert_eq!(found.unwrap().experiment_id, experiment.experiment_id);
    same(76, |client| client.archive_experiment(&id(76))).unwrap();
    same(78, |client| client.unarchive_experiment(&id(78))).unwrap();
    same(82, |client| client.delete_experiment(&id(82))).unwrap();
}

#[test]
fn runs_are_started_and_watched_as_the_official_client_does() {
    for number in [19, 23, 24, 87, 102] {
        let run = same(number, |client| client.create_run(&new_run(number))).unwrap();
        assert_eq!(run.finished_at, None, "{number}");
        assert!(!run.state.is_final(), "{number}");
    }
    for (number, state, cancelled) in [
        (20, State::Pending, false),
        (22, State::Succeeded, false),
        (29, State::Succeeded, false),
        (90, State::Failed, false),
        (104, State::Canceling, true),
        (106, State::Failed, true),
    ] {
        let run = same(number, |client| client.run(&id(number))).unwrap();
        assert_eq!(
            (&run.state, run.was_cancelled()),
            (&state, cancelled),
            "{number}"
        );
        assert_eq!(run.finished_at.is_some(), state.is_final(), "{number}");
    }
    same(34, |client| client.archive_run(&id(34))).unwrap();
    same(35, |client| client.unarchive_run(&id(35))).unwrap();
    same(81, |client| client.delete_run(&id(81))).unwrap();
    same(99, |client| client.retry_run(&id(99))).unwrap();
    same(103, |client| client.terminate_run(&id(103))).unwrap();
    let late = same(108, |client| client.terminate_run(&id(108))).unwrap_err();
    assert!(late.to_string().contains("Row not found"), "{late}");
}

#[test]
fn schedules_are_made_as_the_official_client_makes_them() {
    let schedule = |number: u32, trigger: Trigger| NewRecurringRun {
        display_name: text(number, "display_name"),
        description: String::new(),
        experiment_id: text(number, "experiment_id"),
        pipeline_version_reference: reference(number),
        runtime_config: config(number),
        service_account: String::new(),
        trigger,
        mode: Mode::from(text(number, "mode")),
        max_concurrency: 1,
        no_catchup: asked(number, "no_catchup").as_bool().unwrap_or_default(),
    };
    let cron = Trigger::CronSchedule(CronSchedule {
        cron: kfp_client::cron::six_fields("0 5 * * *").unwrap(),
        ..CronSchedule::default()
    });
    let made = same(36, |client| {
        client.create_recurring_run(&schedule(36, cron.clone()))
    })
    .unwrap();
    assert_eq!(
        (made.trigger, made.status.as_str()),
        (Some(cron), "DISABLED")
    );
    let periodic = Trigger::PeriodicSchedule(PeriodicSchedule {
        interval_second: 60,
        ..PeriodicSchedule::default()
    });
    let made = same(38, |client| {
        client.create_recurring_run(&schedule(38, periodic.clone()))
    });
    assert_eq!(made.unwrap().trigger, Some(periodic));

    let experiment = text(36, "experiment_id");
    let list = List::all().experiment(experiment).page_size(10);
    let all = same(39, |client| {
        client.recurring_runs(&list).collect::<Result<Vec<_>>>()
    });
    assert_eq!(all.unwrap().len(), 3);
    same(40, |client| client.enable_recurring_run(&id(40))).unwrap();
    same(41, |client| client.disable_recurring_run(&id(41))).unwrap();
    let got = same(43, |client| client.recurring_run(&id(43))).unwrap();
    assert_eq!(got.max_concurrency, 1);
    same(44, |client| client.delete_recurring_run(&id(44))).unwrap();
}

#[test]
fn a_refusal_is_told_in_the_words_meant_for_users() {
    let words = [
        (
            45,
            "parameter(s) provided are not required by pipeline: nobody",
        ),
        (46, "input parameter url requires type string"),
        (47, "input parameter trees requires type double or integer"),
        (48, "parameter trees is not optional"),
        (
            49,
            "Experiment 00000000-0000-0000-0000-000000000000 not found",
        ),
        (75, "Max concurrency of a recurring run must be at least 1"),
    ];
    for (number, words) in words {
        let body = exchange(number).request.expect("a body").json().clone();
        let (result, _) = replay(&exchange(number), |client| {
            client.create_run(&NewRun {
                source: Source::Spec(body),
                ..NewRun::default()
            })
        });
        let error = result.unwrap_err().to_string();
        assert!(error.contains(words), "{number}: {error}");
    }
}

#[test]
fn the_log_of_a_task_is_its_text_and_an_error_behind_status_200_is_an_error() {
    let parts = |number: u32| {
        let path = exchange(number).path;
        let parts: Vec<String> = path.split('/').map(str::to_owned).collect();
        (parts[4].clone(), parts[6].clone())
    };
    let (run, node) = parts(95);
    let log = same(95, |client| client.log(&run, &node)).unwrap();
    assert!(log.contains("error: data_preprocess failed"), "{log}");
    let (run, node) = parts(92);
    let error = same(92, |client| client.log(&run, &node)).unwrap_err();
    assert!(matches!(error, Error::Api { .. }), "{error}");
    assert!(error.to_string().contains("Failed to read logs"), "{error}");
}

/// What no method of ours asks for is at least understood: every answer is one of the forms we read.
#[test]
fn every_recorded_answer_is_understood() {
    let mut refused = 0;
    for exchange in EXCHANGES.iter() {
        // The form that asks for least: an object with one of some fields.
        let (result, _) = replay(exchange, Client::health);
        match result {
            Ok(_) => assert!(exchange.status < 400, "{}", exchange.note),
            Err(Error::Api { error, .. }) => {
                refused += 1;
                assert_eq!(error.status, exchange.status, "{}", exchange.note);
                assert!(!error.message.is_empty(), "{}", exchange.note);
                assert!(!error.message.contains(".go:"), "{}", error.message);
            }
            // A log is text.
            Err(Error::Unexpected { reason, .. }) => {
                let is_object = reason.starts_with("it has none of");
                let is_log = exchange.path.ends_with("/log");
                assert!(is_object || is_log, "{}: {reason}", exchange.note);
            }
            Err(error) => panic!("{}: {error}", exchange.note),
        }
    }
    assert!(refused > 20, "{refused}");
}

#[test]
fn a_list_goes_on_with_the_token_of_its_page_and_the_same_order() {
    let (first, next) = (exchange(65), exchange(66));
    let answers = [first.clone(), next.clone()].map(|one| one.response.unwrap().text());
    let server = FaultServer::start(move |request: &Request| {
        let page = usize::from(request.target.contains("page_token"));
        Reply::status(200).body(answers[page].clone())
    });
    let client = Client::builder(format!("http://{}", server.host()))
        .build()
        .unwrap();
    let list = List::all()
        .sort_by("created_at")
        .filter(&Filter::default().contains("display_name", "rec"))
        .page_size(1);
    let runs: Vec<_> = client.runs(&list).take(2).collect::<Result<_>>().unwrap();
    assert_ne!(runs[0].run_id, runs[1].run_id);
    let requests: Vec<Normal> = server.requests().iter().map(sent).collect();
    let token = requests[1].query["page_token"].clone();
    assert_eq!(token, first.response.unwrap().json()["next_page_token"]);
    for key in ["sort_by", "filter", "page_size"] {
        assert_eq!(requests[0].query[key], requests[1].query[key], "{key}");
    }
}
