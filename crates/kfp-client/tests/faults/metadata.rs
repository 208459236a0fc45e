//! The metadata store and the content of artifacts.

use kfp_client::mlmd::{CONTENT_TYPE, frame, trailers};
use kfp_test_support::Reply;
use serde_json::json;

use super::{Fault, content, fault, good, json_of, outputs, page, survived};

// A row is a line.
#[rustfmt::skip]
pub(super) fn faults() -> Vec<Fault> {
    // The run, which has no tasks, is asked for first.
    let then = |answer: Reply| vec![good(), answer];
    let grpc = |bytes: Vec<u8>| Reply::status(200).header("content-type", CONTENT_TYPE).body(bytes);
    let trailers_only = |status: &str, message: &str| {
        grpc(Vec::new()).header("grpc-status", status).header("grpc-message", message)
    };
    let nothing = [frame(0, b""), trailers(0, "")].concat();
    let compressed = [frame(1, b"x"), trailers(0, "")].concat();
    let web_server = "does not lead to KFP's web server";
    vec![
        fault("a store that answers in its headers alone", outputs, then(trailers_only("13", "it%20broke")), "it broke (status 500)", "logs", 2),
        fault("a store that does not know the login", outputs, then(grpc(trailers(16, "who are you"))), "who are you (status 401)", "log in", 2),
        fault("a store that is gone", outputs, then(trailers_only("14", "upstream connect error")), "upstream connect error (status 503)", "get pods", 4),
        survived("a store that knows no run yet", outputs, then(grpc(trailers(5, "No type found for query, name: `system.PipelineRun`"))), "tasks: []", 2),
        survived("a store that does not know this run", outputs, then(grpc(nothing)), "tasks: []", 2),
        fault("a frame that is cut", outputs, then(grpc(vec![0, 0, 0, 0, 9, 1])), "ends within a frame", "KFP's web server", 2),
        fault("trailers that are missing", outputs, then(grpc(frame(0, b""))), "has no trailers", "KFP's web server", 2),
        fault("a message that is compressed", outputs, then(grpc(compressed)), "compressed", "KFP's web server", 2),
        fault("a message of another kind", outputs, then(grpc([frame(0, &[0xff; 9]), trailers(0, "")].concat())), "not one of a KFP API server", "KFP's web server", 2),
        fault("the API server in place of the web server", outputs, then(json_of(404, &json!({"code": 5, "message": "Not Found"}))), "Not Found", web_server, 2),
        fault("a web page in place of the store", outputs, then(page(200, "Kubeflow Pipelines")), "a web page", "log in", 2),
        fault("a store without such a key", content, vec![Reply::status(500).body("S3Error: The specified key does not exist.")], "key does not exist", "or it is a directory", 1),
        fault("no web server for artifacts", content, vec![json_of(404, &json!({"code": 5, "message": "Not Found"}))], "Not Found", web_server, 1),
        survived("an artifact that is a web page", content, vec![page(200, "A report")], "A report", 1),
    ]
}
