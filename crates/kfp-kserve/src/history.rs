//! What was deployed before, kept in an annotation of the service.

use serde_json::Value;

use crate::PREVIOUS;

/// Not part of a revision: traffic is what a rollback is about.
const TRAFFIC: &str = "canaryTrafficPercent";

/// The predictor that a service had before the present one.
pub(crate) fn previous(service: &Value) -> Option<Value> {
    serde_json::from_str(written(service)?).ok()
}

/// The annotation as it stands.
pub(crate) fn written(service: &Value) -> Option<&str> {
    service["metadata"]["annotations"][PREVIOUS].as_str()
}

/// The present predictor, to be gone back to.
pub(crate) fn snapshot(service: &Value) -> String {
    let mut predictor = service["spec"]["predictor"].clone();
    if let Some(fields) = predictor.as_object_mut() {
        fields.shift_remove(TRAFFIC);
    }
    predictor.to_string()
}
