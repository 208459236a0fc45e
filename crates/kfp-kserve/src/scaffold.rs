//! What a service needs beside itself: a login for the storage, and a runtime for our own server. No secret is read.

use serde_json::{Value, json};

use crate::serving::container;

/// Where KFP's own object store is, in an installation of Kubeflow.
pub const KUBEFLOW_STORE: &str = "minio-service.kubeflow:9000";

/// A secret to be filled in, and the service account that carries it: what KServe needs to read from an S3 store at an
/// endpoint, `HOST:PORT`, such as [`KUBEFLOW_STORE`].
///
/// ```
/// let [secret, account] = kfp_kserve::scaffold::s3_login("models", "minio-service.kubeflow:9000", false);
/// assert_eq!(account["secrets"][0]["name"], secret["metadata"]["name"]);
/// ```
pub fn s3_login(account: &str, endpoint: &str, uses_https: bool) -> [Value; 2] {
    let name = format!("{account}-s3");
    let secret = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": name,
            "annotations": {
                "serving.kserve.io/s3-endpoint": endpoint,
                "serving.kserve.io/s3-usehttps": if uses_https { "1" } else { "0" },
                "serving.kserve.io/s3-usevirtualbucket": "0",
            },
        },
        "type": "Opaque",
        "stringData": { "AWS_ACCESS_KEY_ID": "FILL-IN", "AWS_SECRET_ACCESS_KEY": "FILL-IN" },
    });
    let account = json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": { "name": account },
        "secrets": [{ "name": name }],
    });
    [secret, account]
}

/// A runtime of an image that takes our models: services name it in `runtime`, with the format `onnx`.
pub fn serving_runtime(name: &str, image: &str) -> Value {
    json!({
        "apiVersion": "serving.kserve.io/v1alpha1",
        "kind": "ServingRuntime",
        "metadata": { "name": name },
        "spec": {
            "annotations": { "prometheus.kserve.io/port": "8080", "prometheus.kserve.io/path": "/metrics" },
            "supportedModelFormats": [{ "name": "onnx", "version": "1", "autoSelect": false }],
            "protocolVersions": ["v2", "grpc-v2", "v1"],
            "containers": [container(image, "{{.Name}}")],
        },
    })
}
