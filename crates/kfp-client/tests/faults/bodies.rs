//! Answers that are not what was asked for, and odd ones that are.

use kfp_test_support::Reply;
use serde_json::json;

use super::{
    Fault, create_run, fault, get_run, good, json_of, list_runs, list_schedules, survived,
};

// A row is a line.
#[rustfmt::skip]
pub(super) fn faults() -> Vec<Fault> {
    let run = |fields: &str| {
        let body = format!("{{\"run_id\": \"r\", {fields}}}");
        Reply::status(200).header("content-type", "application/json").body(body)
    };
    let deep = "[".repeat(10_000);
    let other = "not one of a KFP API server";
    let address = "ends before `/apis`";
    let periodic = |seconds: &str| {
        let body = format!(
            r#"{{"recurringRuns": [{{"recurring_run_id": "s", "max_concurrency": {seconds}, "trigger": {{"periodic_schedule": {{"interval_second": {seconds}}}}}}}]}}"#
        );
        Reply::status(200).body(body)
    };
    vec![
        fault("JSON that is cut", get_run, vec![Reply::status(200).body("{\"run_id\": \"r\", \"sta")], other, address, 1),
        fault("JSON that is cut after a change", create_run, vec![Reply::status(200).body("{\"run_id\"")], other, address, 1),
        fault("no body", get_run, vec![Reply::status(200)], other, address, 1),
        fault("another program's JSON", get_run, vec![json_of(200, &json!({"status": "UP"}))], "it has no `run_id`", address, 1),
        fault("another program's JSON after a change", create_run, vec![json_of(200, &json!({}))], "it has no `run_id`", address, 1),
        fault("a list in place of a run", get_run, vec![json_of(200, &json!([1]))], other, address, 1),
        fault("a list whose items are not runs", list_runs, vec![json_of(200, &json!({"runs": ["a"]}))], other, address, 1),
        fault("bytes", get_run, vec![Reply::status(200).body(vec![0, 159, 146, 150])], other, address, 1),
        fault("JSON that is too deep", get_run, vec![run(&format!("\"pipeline_spec\": {deep}"))], other, address, 1),
        fault("a number beyond all doubles", get_run, vec![run("\"runtime_config\": {\"parameters\": {\"a\": 1e999}}")], other, address, 1),
        fault("a body without an end", get_run, vec![Reply::status(200).body("x".repeat(1 << 20)).endless()], "no answer", address, 1),
        survived("a wrong content type", get_run, vec![Reply::status(200).header("content-type", "text/plain").body(r#"{"run_id": "r", "state": "FAILED"}"#)], "Failed", 1),
        survived("a state of a newer server", get_run, vec![run(r#""state": "RESURRECTED", "storage_state": "FROZEN""#)], "RESURRECTED", 1),
        survived("fields of a newer server", get_run, vec![run(r#""tasks": {"a": 1}, "warmth": {"degrees": 3}, "state": "RUNNING""#)], "Running", 1),
        survived("the epoch for no time", get_run, vec![run(r#""finished_at": "1970-01-01T00:00:00Z""#)], "finished_at: None", 1),
        survived("the year 1 for no time", get_run, vec![run(r#""finished_at": "0001-01-01T00:00:00Z""#)], "finished_at: None", 1),
        survived("a time that is none", get_run, vec![run(r#""finished_at": "soon""#)], "finished_at: None", 1),
        survived("nulls", get_run, vec![run(r#""display_name": null, "run_details": null, "state_history": null, "state": "RUNNING""#)], "Running", 1),
        survived("a state without a name in the history", get_run, vec![run(r#""state_history": [{"state": "PENDING"}, {"update_time": "2026-11-26T13:31:40Z"}, {"state": null}]"#)], "Unspecified", 1),
        survived("giant numbers", get_run, vec![run(r#""runtime_config": {"parameters": {"a": 1e300, "b": 1180591620717411303424}}"#)], "1e+300", 1),
        survived("numbers as text", list_schedules, vec![periodic("\"9007199254740993\"")], "9007199254740993", 1),
        survived("numbers as numbers", list_schedules, vec![periodic("9")], "interval_second: 9", 1),
        survived("text that is not UTF-8", get_run, vec![Reply::status(200).body([&b"{\"run_id\": \"r\", \"display_name\": \""[..], &[0xff, 0xfe], b"\"}"].concat())], "\u{fffd}", 1),
        fault("a list that goes round in circles", list_runs, vec![json_of(200, &json!({"next_page_token": "a"}))], "does not go on", "the address ends before `/apis`", 2),
        survived("an empty list", list_runs, vec![json_of(200, &json!({}))], "0 []", 1),
        survived("an empty page among pages", list_runs, vec![json_of(200, &json!({"next_page_token": "a"})), json_of(200, &json!({"runs": [{"run_id": "r"}]}))], "1 [", 2),
        survived("a run among web pages' headers", get_run, vec![good().header("server", "envoy").header("x-powered-by", "Express")], "Succeeded", 1),
    ]
}
