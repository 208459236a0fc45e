//! Manifests as YAML.

use serde_json::Value;

/// A manifest as one YAML document, as `kubectl apply -f` reads it.
///
/// ```
/// let text = kfp_kserve::to_yaml(&serde_json::json!({ "kind": "Secret", "version": "1" }));
/// assert_eq!(text, "kind: Secret\nversion: \"1\"\n");
/// ```
pub fn to_yaml(manifest: &Value) -> String {
    let options =
        serde_saphyr::ser_options! { prefer_block_scalars: false, compact_list_indent: true };
    serde_saphyr::to_string_with_options(manifest, options).expect("JSON is YAML")
}
