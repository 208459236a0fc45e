//! Answers of others: proxies, login pages, servers that are busy.

use kfp_test_support::Reply;
use serde_json::json;

use super::{
    Fault, create_run, fault, get_run, good, json_of, list_runs, page, refusal, survived, upload,
    watch_run,
};

// A row is a line.
#[rustfmt::skip]
pub(super) fn faults() -> Vec<Fault> {
    let redirect = |status: u16, to: &str| Reply::status(status).header("location", to);
    let unknown = || json_of(404, &json!({"code": 5, "error": "Not Found", "message": "Not Found"}));
    let running = || json_of(200, &json!({"run_id": "r", "state": "RUNNING"}));
    vec![
        fault("a login page in place of JSON", get_run, vec![page(200, "Sign in")], "wants a login: it answered with a web page", "log in", 1),
        fault("a login page after a change", create_run, vec![page(200, "Sign in")], "wants a login", "log in", 1),
        fault("a redirect to Dex", get_run, vec![redirect(302, "/dex/auth?state=secret")], "a redirect to /dex/auth", "log in", 1),
        fault("a redirect to another host", list_runs, vec![redirect(307, "https://accounts.example/o?token=secret")], "https://accounts.example/o", "log in", 1),
        fault("a redirect to https", get_run, vec![redirect(301, "https://127.0.0.1/apis")], "a redirect to https://127.0.0.1/apis", "write https://", 1),
        fault("a redirect without an address", upload, vec![Reply::status(302)], "another address", "log in", 1),
        fault("a server that knows nobody", get_run, vec![refusal(401, "there is no user identity header")], "no user identity header (status 401)", "log in", 1),
        fault("a page that knows nobody", get_run, vec![page(401, "401 Unauthorized")], "401 Unauthorized", "log in", 1),
        fault("a user without rights", get_run, vec![refusal(403, "User 'ann' is not authorized with reason: no")], "'ann' is not authorized", "kubeflow-edit", 1),
        fault("Istio's refusal", get_run, vec![Reply::status(403).body("RBAC: access denied")], "RBAC: access denied", "kubeflow-edit", 1),
        fault("a server of KFP 1", get_run, vec![unknown()], "Not Found (status 404)", "it is one of KFP 1", 1),
        fault("a wrong prefix", get_run, vec![page(404, "404 Not Found")], "a web page titled `404 Not Found`", "ends before `/apis`", 1),
        fault("a router's own 404", get_run, vec![Reply::status(404).body("404 page not found\n")], "404 page not found", "ends before `/apis`", 1),
        fault("a method that a proxy refuses", create_run, vec![Reply::status(405)], "status 405", "ends before `/apis`", 1),
        fault("a body that a proxy refuses", upload, vec![page(413, "413 Request Entity Too Large")], "413", "port-forward", 1),
        fault("a call of a newer server", create_run, vec![json_of(501, &json!({"code": 12, "message": "Method Not Allowed"}))], "Method Not Allowed", "older than this client", 1),
        survived("a server that starts", get_run, vec![refusal(503, "starting").header("retry-after", "0"), good()], "Succeeded", 2),
        fault("a server that starts, asked to change", create_run, vec![refusal(503, "starting").header("retry-after", "0"), good()], "starting (status 503)", "get pods", 1),
        survived("a server that is asked too often", get_run, vec![Reply::status(429).header("retry-after", "0"), good()], "Succeeded", 2),
        fault("a server that is asked to change too often", create_run, vec![Reply::status(429).header("retry-after", "0"), good()], "status 429", "less often", 1),
        survived("a date as the time to wait", get_run, vec![Reply::status(503).header("retry-after", "Thu, 26 Nov 2026 13:00:00 GMT"), good()], "Succeeded", 2),
        fault("a proxy whose server is gone", get_run, vec![page(502, "502 Bad Gateway")], "502 Bad Gateway", "get pods", 3),
        fault("a proxy that waits no longer", upload, vec![page(504, "504 Gateway Time-out")], "504 Gateway Time-out", "get pods", 1),
        fault("a token that expires while watching", watch_run, vec![running(), refusal(401, "token expired")], "token expired", "log in", 3),
        survived("a token that is renewed while watching", watch_run, vec![running(), refusal(401, "token expired"), good()], "RUNNING lost SUCCEEDED", 3),
        fault("a run that is deleted while watched", watch_run, vec![running(), refusal(404, "Run r not found")], "Run r not found", "it was deleted", 2),
    ]
}
