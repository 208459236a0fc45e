//! The recorded exchanges with a real KFP 2.17, sent in their order: the double gives the recorded statuses, the recorded
//! words, and JSON of the recorded form.

#![cfg(unix)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::PermissionsExt as _,
    thread,
    time::{Duration, Instant},
};

use kfp_runner::program::{Choice, Sources};
use kfp_test_cluster::Cluster;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

/// What a server that has just begun cannot have, or what no pipeline of ours is about.
const NOT_COMPARED: [&str; 1] = ["plugins_output"];
/// Keys whose values differ from run to run; that they are there, and their types, is compared.
const VOLATILE: [&str; 12] = [
    "created_at",
    "updated_at",
    "finished_at",
    "scheduled_at",
    "last_run_created_at",
    "state_history",
    "next_page_token",
    "total_size",
    "error_details",
    "task_details",
    "run_details",
    "pipeline_spec",
];
/// Lists of everything there is, whoever made it.
const OF_ALL: [u64; 4] = [10, 65, 66, 110];
/// The log endpoint's words about a store that the double does not have.
const OTHER_WORDS: [u64; 1] = [92];

/// Recorded identifiers, tokens and names of pods, and those of the double.
#[derive(Default)]
struct Names(BTreeMap<String, String>);

impl Names {
    fn translate(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (recorded, ours) in &self.0 {
            text = text.replace(recorded, ours);
        }
        text
    }

    /// Learns what stands in the same places.
    fn learn(&mut self, recorded: &Value, ours: &Value) {
        match (recorded, ours) {
            (Value::Object(recorded), Value::Object(ours)) => {
                for (key, value) in recorded {
                    let other = &ours.get(key).cloned().unwrap_or_default();
                    let is_name = key.ends_with("_id") || key == "next_page_token";
                    match (value.as_str(), other.as_str()) {
                        (Some(value), Some(other)) if is_name => {
                            self.0
                                .entry(value.to_owned())
                                .or_insert_with(|| other.to_owned());
                        }
                        _ if key == "task_details" => {}
                        _ => self.learn(value, other),
                    }
                }
            }
            (Value::Array(recorded), Value::Array(ours)) => {
                // What was created within the same second is in no order.
                for value in recorded {
                    let same = |other: &&Value| other["display_name"] == value["display_name"];
                    self.learn(value, ours.iter().find(same).unwrap_or(&Value::Null));
                }
            }
            _ => {}
        }
    }
}

/// A program for all images: it waits if it is told `nope`, and fails if it is told `nobody`.
fn sources(folder: &std::path::Path) -> Sources {
    let program = folder.join("program");
    let script = "#!/bin/sh\ncase \"$*\" in *nope*) sleep 60;; *nobody*) echo 'error: data_preprocess failed'; exit 1;; esac\n";
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let names = ["data-ingestion", "data-preprocess", "train-eval"];
    let choices = names.map(|name| (name.to_owned(), Choice::Native(program.clone())));
    Sources {
        choices: choices.into(),
        ..Sources::default()
    }
}

struct Session {
    agent: ureq::Agent,
    cluster: Cluster,
}

impl Session {
    fn send(
        &self,
        method: &str,
        target: &str,
        kind: Option<&str>,
        body: &str,
    ) -> (u16, String, String) {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(self.cluster.url() + target);
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        let mut response = self
            .agent
            .run(request.body(body.to_owned()).unwrap())
            .unwrap();
        let kind = response
            .headers()
            .get("content-type")
            .and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default().to_owned();
        let text = response.body_mut().read_to_string().unwrap();
        (response.status().as_u16(), kind, text)
    }

    /// Asks until a run is in that state, or in any state that is not final.
    fn poll(&self, target: &str, state: &str) -> (u16, String, String) {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let answer = self.send("GET", target, None, "");
            let run: Value = serde_json::from_str(&answer.2).unwrap_or_default();
            let is_final = matches!(state, "SUCCEEDED" | "FAILED");
            if !is_final || run["state"] == state {
                return answer;
            }
            assert!(
                Instant::now() < deadline,
                "{target} is {} and not {state}",
                run["state"]
            );
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn target(exchange: &Value, names: &Names) -> String {
    let path = names.translate(exchange["path"].as_str().unwrap());
    let pairs = exchange["query"].as_array().unwrap().iter();
    let pairs: Vec<String> = pairs
        .map(|pair| {
            let value = names.translate(pair[1].as_str().unwrap());
            let value = utf8_percent_encode(&value, NON_ALPHANUMERIC);
            format!("{}={value}", pair[0].as_str().unwrap())
        })
        .collect();
    if pairs.is_empty() {
        path
    } else {
        format!("{path}?{}", pairs.join("&"))
    }
}

/// What was there before the recording began.
fn before(session: &Session, exchanges: &[Value]) {
    let upload = |name: &str, file: &str| {
        let body = format!(
            "--B\r\nContent-Disposition: form-data; name=\"uploadfile\"; filename=\"a.yaml\"\r\n\r\n{file}\r\n--B--\r\n"
        );
        let target = format!("/apis/v2beta1/pipelines/upload?name={name}");
        let (status, _, text) = session.send(
            "POST",
            &target,
            Some("multipart/form-data; boundary=B"),
            &body,
        );
        assert_eq!(status, 200, "{text}");
    };
    upload("argo", "{kind: Workflow, spec: {}}");
    let failing = exchanges.iter().find(|one| one["n"] == 86).unwrap();
    let spec = &failing["response"]["json"]["pipeline_versions"][0]["pipeline_spec"];
    upload("t-fail", &spec.to_string());
    let experiment = json!({"display_name": "rec-2"}).to_string();
    let (status, ..) = session.send("POST", "/apis/v2beta1/experiments", None, &experiment);
    assert_eq!(status, 200);
}

#[test]
fn every_recorded_exchange_is_answered_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let text = include_str!("../../kfp-client/tests/data/exchanges.jsonl");
    let exchanges: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let session = Session {
        agent: ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .build()
            .into(),
        cluster: Cluster::with(sources(folder.path())),
    };
    before(&session, &exchanges);
    let mut names = Names::default();
    let mut compared = 0;
    for exchange in &exchanges {
        let n = exchange["n"].as_u64().unwrap();
        let about = format!("{n} {}", exchange["note"]);
        let recorded = &exchange["response"]["json"];
        let body = &exchange["request"];
        let body = body["text"].as_str().map_or_else(
            || body.get("json").map_or_else(String::new, Value::to_string),
            str::to_owned,
        );
        let target = target(exchange, &names);
        let method = exchange["method"].as_str().unwrap();
        if method == "POST" && target.ends_with(":terminate") && exchange["status"] == 200 {
            // It can be terminated once it is a second old.
            thread::sleep(Duration::from_millis(1100));
        }
        let (status, kind, text) = match recorded["state"].as_str() {
            Some(state) if method == "GET" => session.poll(&target, state),
            _ => session.send(
                method,
                &target,
                exchange["request_type"].as_str(),
                &names.translate(&body),
            ),
        };
        assert_eq!(exchange["status"], status, "{about}: {text}");
        let recorded_kind = exchange["headers"]["content-type"]
            .as_str()
            .unwrap_or_default();
        assert_eq!(kind, recorded_kind, "{about}");
        if exchange["path"].as_str().unwrap().ends_with("/log") && status == 200 {
            assert!(!text.is_empty(), "{about}");
            if n == 95 {
                assert!(text.contains("error: data_preprocess failed"), "{text}");
            }
        }
        if recorded.is_null() {
            continue;
        }
        let ours: Value = serde_json::from_str(&text).unwrap();
        if !OF_ALL.contains(&n) || n == 65 {
            names.learn(recorded, &ours);
        }
        learn_pods(&mut names, exchange, recorded, &ours);
        let translated: Value =
            serde_json::from_str(&names.translate(&recorded.to_string())).unwrap();
        let is_running = matches!(
            recorded["state"].as_str(),
            Some("PENDING" | "RUNNING" | "CANCELING")
        );
        compare(
            &about,
            &translated,
            &ours,
            is_running || OTHER_WORDS.contains(&n),
        );
        compared += 1;
    }
    assert_eq!((exchanges.len(), compared), (112, 108));
}

/// A pod has the number of its node; drivers and executors come before and after their task's name.
fn learn_pods(names: &mut Names, exchange: &Value, recorded: &Value, ours: &Value) {
    if exchange["n"] != 90 {
        return;
    }
    let child = |run: &Value, wanted: &str| {
        let tasks = run["run_details"]["task_details"]
            .as_array()
            .unwrap()
            .iter();
        let task = tasks.clone().find(|task| {
            task["display_name"] == wanted
                && task["child_tasks"].is_array()
                && task["state"] != "SKIPPED"
        });
        let id = task.unwrap()["child_tasks"][0]["pod_name"]
            .as_str()
            .unwrap();
        let (workflow, number) = id.rsplit_once('-').unwrap();
        (workflow.to_owned(), number.to_owned())
    };
    for (node, kind) in [
        ("executor", "container-impl"),
        ("root-driver", "dag-driver"),
    ] {
        // Only the task that failed has an executor that ran on the real server: the other was cached.
        let pod =
            |(workflow, number): (String, String)| format!("{workflow}-system-{kind}-{number}");
        let failed = |run: &Value| {
            let mut run = run.clone();
            if node == "executor" {
                let tasks = run["run_details"]["task_details"].as_array_mut().unwrap();
                tasks.retain(|task| task["state"] == "FAILED");
            }
            pod(child(&run, node))
        };
        names.0.insert(failed(recorded), failed(ours));
    }
}

/// The same keys, types and words; times and identifiers aside. What a run shows while it goes on depends on when one
/// looks.
fn compare(about: &str, recorded: &Value, ours: &Value, is_loose: bool) {
    match (recorded, ours) {
        (Value::Object(recorded), Value::Object(ours)) => {
            let keys = |map: &serde_json::Map<String, Value>| -> BTreeSet<String> {
                map.keys()
                    .filter(|key| !NOT_COMPARED.contains(&key.as_str()))
                    .cloned()
                    .collect()
            };
            let (mut wanted, mut got) = (keys(recorded), keys(ours));
            if is_loose {
                for optional in ["run_details", "state", "child_tasks"] {
                    wanted.remove(optional);
                    got.remove(optional);
                }
            }
            assert_eq!(wanted, got, "{about}");
            for key in &got {
                let at = format!("{about}.{key}");
                match key.as_str() {
                    "task_details" => elements(&at, &recorded[key], &ours[key]),
                    key if VOLATILE.contains(&key) => same_type(&at, &recorded[key], &ours[key]),
                    "message" | "error_message" | "state" if is_loose => {}
                    _ => compare(&at, &recorded[key], &ours[key], is_loose),
                }
            }
        }
        (Value::Array(wanted), Value::Array(got)) => {
            // The rest of a list that other people's work is in.
            for (index, (wanted, got)) in wanted.iter().zip(got).enumerate() {
                let is_resource = got.get("run_id").is_some() || got.get("pipeline_id").is_some();
                if is_resource || got.get("recurring_run_id").is_some() {
                    continue;
                }
                compare(&format!("{about}[{index}]"), wanted, got, is_loose);
            }
        }
        _ => {
            same_type(about, recorded, ours);
            let plain = |value: &Value| value.as_f64().map_or_else(|| value.clone(), Value::from);
            assert_eq!(plain(recorded), plain(ours), "{about}");
        }
    }
}

fn same_type(about: &str, recorded: &Value, ours: &Value) {
    let kind = |value: &Value| match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    assert_eq!(kind(recorded), kind(ours), "{about}: {ours}");
}

/// Elements whose keys are among those recorded, with all that every recorded element has.
fn elements(about: &str, recorded: &Value, ours: &Value) {
    let keys = |value: &Value| -> BTreeSet<String> {
        value.as_object().unwrap().keys().cloned().collect()
    };
    let all: Vec<_> = recorded.as_array().unwrap().iter().map(keys).collect();
    let union: BTreeSet<_> = all.iter().flatten().cloned().collect();
    let common = all
        .iter()
        .skip(1)
        .fold(all[0].clone(), |common, keys| &common & keys);
    for task in ours.as_array().unwrap() {
        let keys = keys(task);
        assert!(
            common.is_subset(&keys) && keys.is_subset(&union),
            "{about}: {task}"
        );
    }
    assert!(!ours.as_array().unwrap().is_empty(), "{about}");
}
