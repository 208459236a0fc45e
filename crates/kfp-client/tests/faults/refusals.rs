//! What the server itself refuses, in its own words.

use kfp_test_support::Reply;
use serde_json::json;

use super::{
    Fault, create_experiment, create_run, delete_pipeline, fault, get_run, json_of, list_runs, log,
    refusal, retry, survived, terminate, unarchive, upload,
};

const STACK: &str = "panic: runtime error: invalid memory address\n\ngoroutine 87 [running]:\nmain.main()\n\t/go/src/x.go:12";

// A row is a line.
#[rustfmt::skip]
pub(super) fn faults() -> Vec<Fault> {
    let of_upload = |status: u16, message: &str| {
        let details = format!("{message}\ngithub.com/kubeflow/pipelines/x.go:185\nruntime.goexit");
        json_of(status, &json!({"error_message": message, "error_details": details}))
    };
    let internal = |chain: &str| {
        let details = json!([{"message": "Internal Server Error"}]);
        json_of(500, &json!({"code": 13, "message": chain, "details": details}))
    };
    let kubernetes = json!({"kind": "Status", "reason": "ServiceUnavailable", "message": "no endpoints available for service \"ml-pipeline\"", "code": 503});
    let token = "page token does not match the supplied sort by and/or filtering criteria";
    let tail = r#"started{"error_details":"Failed to read logs from archive","error_message":"Failed to read logs"}"#;
    vec![
        fault("a run that nobody knows", get_run, vec![refusal(404, "Run r not found")], "Run r not found (status 404)", "list what there is", 1),
        fault("an experiment that nobody knows", create_run, vec![refusal(404, "Experiment e not found")], "Experiment e not found", "list what there is", 1),
        fault("an archived experiment", unarchive, vec![refusal(400, "Failed to unarchive a run as experiment is archived")], "experiment is archived", "unarchive the experiment", 1),
        fault("a pipeline's name that is taken", upload, vec![of_upload(409, "Failed to create a pipeline and a pipeline version")], "(status 409)", "the name is taken", 1),
        fault("an experiment's name that is taken", create_experiment, vec![refusal(409, "The name x already exists")], "already exists", "the name is taken", 1),
        fault("a retry of what has not failed", retry, vec![refusal(409, "Workflow must be Failed/Error to retry")], "must be Failed", "start a new one", 1),
        fault("a retry of what is being stopped", retry, vec![refusal(409, "Failed to retry run r due to error fetching workflow manifest")], "error fetching workflow manifest", "wait until it has", 1),
        fault("a termination that is too early", terminate, vec![refusal(400, "Failed to terminate a run r. Row not found")], "Row not found", "younger than a second", 1),
        fault("a page token of another filter", list_runs, vec![refusal(400, token)], "page token does not match", "from the first page", 1),
        fault("a page token of no server", list_runs, vec![refusal(400, "Invalid page token")], "Invalid page token", "from the first page", 1),
        fault("a parameter that nobody asks for", create_run, vec![refusal(400, "parameter(s) provided are not required by pipeline: a")], "not required by pipeline: a", "inputs of the pipeline", 1),
        fault("a parameter of a wrong type", create_run, vec![refusal(400, "input parameter a requires type string")], "requires type string", "inputs of the pipeline", 1),
        fault("a server with users", list_runs, vec![refusal(400, "Namespace is empty: invalid namespace")], "invalid namespace", "name the namespace", 1),
        fault("a field that an older server does not know", create_run, vec![json_of(400, &json!({"code": 3, "message": "proto: (line 1:2): unknown field \"tags\""}))], "unknown field", "older than this client", 1),
        fault("a pipeline that has versions", delete_pipeline, vec![refusal(400, "it has existing pipeline versions")], "existing pipeline versions", "delete its versions", 1),
        fault("a file that is not a pipeline", upload, vec![of_upload(400, "unknown template format")], "unknown template format", "kfp dsl compile", 1),
        fault("a stack of Go", get_run, vec![Reply::status(500).body(STACK)], "panic: runtime error: invalid memory address (status 500)", "logs deploy/ml-pipeline", 1),
        fault("a stack of Go in place of JSON's end", create_run, vec![Reply::status(500).body(STACK)], "panic: runtime error", "logs deploy/ml-pipeline", 1),
        fault("an unknown pipeline", create_run, vec![internal("Failed to create a run due to error fetching manifest: Pipeline p not found")], "Pipeline p not found", "list the versions", 1),
        fault("an empty name", create_run, vec![internal("Failed: Run name cannot be empty")], "cannot be empty", "give the run a name", 1),
        fault("a refusal without words", get_run, vec![Reply::status(500)], "the server answered with status 500", "logs deploy/ml-pipeline", 1),
        fault("a refusal of a megabyte", get_run, vec![Reply::status(500).body("x".repeat(1 << 20))], "xxx…", "logs deploy/ml-pipeline", 1),
        fault("a refusal that is cut", get_run, vec![Reply::status(500).header("content-length", "9000").body("{\"mess").cut(70)], "status 500", "logs deploy/ml-pipeline", 1),
        fault("the proxy of Kubernetes", terminate, vec![json_of(503, &kubernetes)], "no endpoints available", "get pods", 1),
        fault("an error behind a log", log, vec![Reply::status(200).body(tail)], "Failed to read logs", "executor-logs", 1),
        survived("a log that looks like an error", log, vec![Reply::status(200).body("{\"error_message\": \"x\"}\nand so on")], "and so on", 1),
    ]
}
