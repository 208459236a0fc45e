//! What was deployed before, kept in an annotation of the service.

use serde_json::Value;

use crate::PREVIOUS;

/// The predictor that a service had before the present one.
pub(crate) fn previous(service: &Value) -> Option<Value> {
    serde_json::from_str(written(service)?).ok()
}

/// Whether a canary stands beside the predictor.
pub(crate) fn has_canary(service: &Value) -> bool {
    let canaries = service["spec"]["canary"].as_array();
    canaries.is_some_and(|canaries| !canaries.is_empty())
}

/// The annotation as it stands.
pub(crate) fn written(service: &Value) -> Option<&str> {
    service["metadata"]["annotations"][PREVIOUS].as_str()
}

/// What another model is to keep of a service: its predictor, or, of a canary, the one before, which has the other requests.
pub(crate) fn before_another(service: &Value) -> String {
    let predictor = &service["spec"]["predictor"];
    match written(service) {
        Some(stable) if !predictor["canaryTrafficPercent"].is_null() => stable.to_owned(),
        _ => snapshot(service),
    }
}

/// The predictor as it is, with its share of the requests.
pub(crate) fn snapshot(service: &Value) -> String {
    service["spec"]["predictor"].to_string()
}
