//! What a server with several users asks for beside what others ask for.

use kfp_test_support::{Reply, Request};
use serde_json::Value;

use crate::{reply::refused, request::Query};

const CHAIN: &str = "Failed to authorize the request: Invalid input error: ";

/// Lists name a namespace or an experiment, and what is created names where it belongs.
pub(crate) fn check(request: &Request, parts: &[&str], query: &Query) -> Result<(), Reply> {
    let ["apis", "v2beta1", collection] = parts else {
        return Ok(());
    };
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let is_given = |name: &str| {
        !query.get(name).is_empty() || body[name].as_str().is_some_and(|text| !text.is_empty())
    };
    let (is_named, message) = match (request.method.as_str(), *collection) {
        ("GET" | "POST", "experiments") => (
            is_given("namespace"),
            "In multi-user mode, namespace must be specified",
        ),
        ("GET", "runs" | "recurringruns") => (
            is_given("namespace") || is_given("experiment_id"),
            "In multi-user mode, namespace or experiment_id must be specified",
        ),
        ("POST", "runs" | "recurringruns") => (
            is_given("experiment_id"),
            "In multi-user mode, experiment_id must be specified",
        ),
        _ => return Ok(()),
    };
    if is_named {
        Ok(())
    } else {
        Err(refused(3, CHAIN, message))
    }
}
