//! The official client and ours, at the same acts.

use std::{collections::BTreeMap, fmt::Write as _, process::Command};

use kfp_client::{
    Client, List, Result, Upload,
    model::{
        CronSchedule, Mode, NewExperiment, NewRecurringRun, NewRun, PeriodicSchedule,
        PipelineVersionReference, Run, RuntimeConfig, Source, State, Trigger,
    },
};
use kfp_test_cluster::{Cluster, Request};
use kfp_test_support::Sdk;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::{PIPELINE, client, ended, sources};

#[test]
fn the_official_client_finds_all_it_needs_and_both_clients_send_the_same_requests() {
    let Some(python) = Sdk::Kfp2.python() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let package = folder.path().join("measure.yaml");
    std::fs::write(&package, PIPELINE).unwrap();
    let cluster = Cluster::with(sources());
    let output = Command::new(python)
        .arg("-I")
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/cluster/official.py"
        ))
        .arg(cluster.url())
        .arg(&package)
        .env("HOME", folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{errors}");
    let calls = text.lines().find_map(|line| line.strip_prefix("calls "));
    let calls: u32 = calls.expect("the number of calls").parse().unwrap();
    assert!(calls >= 40, "{calls} calls");

    let ours = Cluster::with(sources());
    act(&client(&ours.url()), PIPELINE.as_bytes()).unwrap();
    let official = log(&cluster.requests());
    let ours = log(&ours.requests());
    for (index, (official, ours)) in official.iter().zip(&ours).enumerate() {
        assert_eq!(ours, official, "request {index}");
    }
    assert_eq!(ours.len(), official.len());
    assert!(ours.len() >= 40, "{} requests", ours.len());
}

/// What `official.py` does up to the end of the comparison, request for request.
fn act(client: &Client, content: &[u8]) -> Result<()> {
    client.health()?;
    client.health()?;
    let upload = Upload {
        name: "measure",
        description: "both clients",
        file_name: "measure.yaml",
        content,
        ..Upload::default()
    };
    let pipeline = client.upload_pipeline(&upload)?;
    let again = Upload {
        description: "",
        ..upload.clone()
    };
    refused(409, client.upload_pipeline(&again));
    let id = &pipeline.pipeline_id;
    let version = Upload {
        name: "v2",
        ..again
    };
    let version = client.upload_version(id, &version)?;
    client.pipeline(id)?;
    client.pipeline_by_name("measure", "")?;
    client.pipeline_by_name("nobody", "")?;
    let newest = List::all().sort_by("created_at desc").page_size(1);
    client.pipelines(&newest).next().transpose()?;
    let ten = List::all().page_size(10);
    client.versions(id, &ten).next().transpose()?;
    client.version(id, &version.pipeline_version_id)?;

    assert_eq!(client.experiment_by_name("both", "")?, None);
    let experiment = client.create_experiment(&NewExperiment {
        display_name: "both".to_owned(),
        description: "clients".to_owned(),
        ..NewExperiment::default()
    })?;
    client.experiment_by_name("both", "")?;
    client.experiment_by_name("both", "")?;
    client.experiment(&experiment.experiment_id)?;
    client.experiments(&ten).next().transpose()?;

    let reference = PipelineVersionReference {
        pipeline_id: id.clone(),
        pipeline_version_id: version.pipeline_version_id.clone(),
    };
    let run = |name: &str, parameters: Value| -> Result<Run> {
        client.create_run(&NewRun {
            display_name: name.to_owned(),
            experiment_id: experiment.experiment_id.clone(),
            source: Source::Version(reference.clone()),
            runtime_config: config(&parameters),
            ..NewRun::default()
        })
    };
    let good = run("good", json!({"how": "well", "rows": 8}))?;
    assert_eq!(ended(client, &good.run_id).state, State::Succeeded);
    let bad = run("bad", json!({"how": "fail"}))?;
    assert_eq!(ended(client, &bad.run_id).state, State::Failed);
    refused(400, run("typo", json!({"hwo": "well"})));
    refused(400, client.terminate_run(&bad.run_id));
    client.run(&good.run_id)?;
    let of_experiment = List::all().experiment(&experiment.experiment_id);
    let one = of_experiment.page_size(1);
    client.runs(&one).next().transpose()?;
    client.archive_run(&good.run_id)?;
    client.run(&good.run_id)?;
    client.unarchive_run(&good.run_id)?;

    schedules(client, &experiment.experiment_id, &reference)?;
    client.archive_experiment(&experiment.experiment_id)?;
    client.unarchive_experiment(&experiment.experiment_id)?;
    client.delete_run(&bad.run_id)?;
    client.delete_experiment(&experiment.experiment_id)?;
    refused(400, client.delete_pipeline(id, false));
    client.delete_version(id, &version.pipeline_version_id)
}

fn schedules(
    client: &Client,
    experiment_id: &str,
    reference: &PipelineVersionReference,
) -> Result<()> {
    let schedule = |name: &str, trigger: Trigger, mode: Mode, no_catchup: bool| {
        client.create_recurring_run(&NewRecurringRun {
            display_name: name.to_owned(),
            description: String::new(),
            experiment_id: experiment_id.to_owned(),
            pipeline_version_reference: reference.clone(),
            runtime_config: config(&json!({"how": "well"})),
            service_account: String::new(),
            trigger,
            mode,
            max_concurrency: 1,
            no_catchup,
        })
    };
    let cron = Trigger::CronSchedule(CronSchedule {
        cron: "0 0 5 * * *".to_owned(),
        ..CronSchedule::default()
    });
    let nightly = schedule("nightly", cron, Mode::Disable, false)?;
    let hourly = Trigger::PeriodicSchedule(PeriodicSchedule {
        interval_second: 3600,
        ..PeriodicSchedule::default()
    });
    let hourly = schedule("each hour", hourly, Mode::Enable, true)?;
    let ten = List::all().experiment(experiment_id).page_size(10);
    client.recurring_runs(&ten).next().transpose()?;
    client.enable_recurring_run(&nightly.recurring_run_id)?;
    client.recurring_run(&nightly.recurring_run_id)?;
    client.disable_recurring_run(&nightly.recurring_run_id)?;
    client.delete_recurring_run(&hourly.recurring_run_id)
}

fn config(parameters: &Value) -> RuntimeConfig {
    RuntimeConfig {
        parameters: parameters.as_object().cloned().unwrap_or_default(),
        ..RuntimeConfig::default()
    }
}

fn refused<T: std::fmt::Debug>(status: u16, result: Result<T>) {
    let error = result.unwrap_err();
    assert_eq!(error.api().unwrap().status, status, "{error}");
}

/// Method, path, query and body of each request, repeated polls taken together. Identifiers are numbered as they come,
/// parameters that say nothing are left out, and numbers are doubles.
fn log(requests: &[Request]) -> Vec<Value> {
    let mut names = BTreeMap::new();
    let mut log: Vec<Value> = Vec::new();
    for request in requests {
        if request.path() == "/end-of-comparison" {
            break;
        }
        let query = request
            .target
            .split_once('?')
            .map_or("", |(_, query)| query);
        let query: BTreeMap<String, Value> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| {
                let value = percent_decode_str(&value.replace('+', " "))
                    .decode_utf8_lossy()
                    .into_owned();
                let json = serde_json::from_str(&value)
                    .ok()
                    .filter(|_| name == "filter");
                (name.to_owned(), json.unwrap_or_else(|| value.into()))
            })
            .collect();
        let body = String::from_utf8_lossy(&request.body);
        let body = match body.lines().next().filter(|line| line.starts_with("--")) {
            Some(boundary) => body.replace(boundary, "--boundary").into(),
            None => doubles(serde_json::from_str(&body).unwrap_or_default()),
        };
        let line = json!({"request": request.line(), "query": query, "body": body});
        let line: Value = serde_json::from_str(&numbered(&line.to_string(), &mut names)).unwrap();
        if log.last() != Some(&line)
            || request.method != "GET"
            || !request.path().contains("/runs/")
        {
            log.push(line);
        }
    }
    log
}

/// UUIDs by the order in which they are first used.
fn numbered(text: &str, names: &mut BTreeMap<String, usize>) -> String {
    const LENGTH: usize = 36;
    let is_uuid = |part: &str| {
        part.char_indices().all(|(index, letter)| match index {
            8 | 13 | 18 | 23 => letter == '-',
            _ => letter.is_ascii_hexdigit(),
        })
    };
    let mut new = String::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let part = rest.get(..LENGTH).filter(|part| is_uuid(part));
        if let Some(part) = part {
            let next = names.len();
            let number = names.entry(part.to_owned()).or_insert(next);
            let _ = write!(new, "id-{number}");
            rest = &rest[LENGTH..];
        } else {
            new.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    new
}

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
