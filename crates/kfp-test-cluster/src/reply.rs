//! Answers in the server's forms: protobuf's JSON, and its several forms of errors.

use kfp_test_support::Reply;
use serde_json::{Value, json};

/// An answer, or a refusal.
pub(crate) type Answer = Result<Reply, Reply>;

/// A resource, as the gRPC gateway sends it.
pub(crate) fn ok(value: &Value) -> Reply {
    Reply::status(200)
        .header("content-type", "application/json")
        .header("grpc-metadata-content-type", "application/grpc")
        .body(value.to_string())
}

/// What upload handlers and the health check send, which are no part of the gateway.
pub(crate) fn plain_json(status: u16, value: &Value) -> Reply {
    Reply::status(status)
        .header("content-type", "application/json")
        .body(value.to_string())
}

/// An error of the gRPC gateway: a message for users, and the chain it came through, which ends with it.
pub(crate) fn refused(code: u8, chain: &str, message: &str) -> Reply {
    let details = json!([{
        "@type": "type.googleapis.com/google.rpc.Status",
        "code": code,
        "message": message,
    }]);
    let body = json!({"code": code, "details": details, "message": format!("{chain}{message}")});
    plain_json(status_of(code), &body)
}

/// An internal error, whose message for users says nothing.
pub(crate) fn internal(chain: &str) -> Reply {
    let details = json!([{
        "@type": "type.googleapis.com/google.rpc.Status",
        "code": 13,
        "message": "Internal Server Error",
    }]);
    plain_json(
        500,
        &json!({"code": 13, "details": details, "message": chain}),
    )
}

/// An error of the gateway itself, before the server has seen the request.
pub(crate) fn gateway(code: u8, message: &str) -> Reply {
    plain_json(status_of(code), &json!({"code": code, "message": message}))
}

/// What is not there.
pub(crate) fn not_found(chain: &str, what: &str) -> Reply {
    refused(5, &format!("{chain}ResourceNotFoundError: "), what)
}

/// An error of the upload handlers, with a stack.
pub(crate) fn upload_refused(status: u16, content_type: &str, message: &str) -> Reply {
    let details = format!(
        "{message}\ngithub.com/kubeflow/pipelines/backend/src/apiserver/server.(*PipelineUploadServer).uploadPipeline\n\
         \tgithub.com/kubeflow/pipelines/backend/src/apiserver/server/pipeline_upload_server.go:185"
    );
    Reply::status(status)
        .header("content-type", content_type)
        .body(json!({"error_details": details, "error_message": message}).to_string())
}

fn status_of(code: u8) -> u16 {
    match code {
        3 | 9 | 11 => 400,
        16 => 401,
        7 => 403,
        5 => 404,
        6 | 10 => 409,
        8 => 429,
        12 => 501,
        14 => 503,
        4 => 504,
        _ => 500,
    }
}
