//! Manifests of Seldon Core, and the settings file of MLServer, to be printed.
//!
//! Seldon Core 2 is under the Business Source License 1.1 since January 2024; MLServer stays under Apache-2.0.

use serde_json::{Value, json};

use crate::{Deployment, Error, Format, Result, Serving};

/// A `Model` of Seldon Core 2.
///
/// # Errors
/// If an image of one's own is to serve it: Seldon's servers load formats.
pub fn model(deployment: &Deployment) -> Result<Value> {
    let format = format(deployment)?;
    let mut spec = json!({
        "storageUri": deployment.storage().to_string(),
        "requirements": [format.name()],
    });
    if let Some(memory) = &deployment.resources.memory {
        spec["memory"] = memory.as_str().into();
    }
    for (key, replicas) in [
        ("minReplicas", deployment.min_replicas),
        ("maxReplicas", deployment.max_replicas),
    ] {
        if let Some(replicas) = replicas {
            spec[key] = replicas.into();
        }
    }
    Ok(json!({
        "apiVersion": "mlops.seldon.io/v1alpha1",
        "kind": "Model",
        "metadata": { "name": deployment.name() },
        "spec": spec,
    }))
}

/// A `SeldonDeployment` of Seldon Core 1.
///
/// # Errors
/// If none of its servers takes the format.
pub fn seldon_deployment(deployment: &Deployment) -> Result<Value> {
    let format = format(deployment)?;
    let server = match format.name() {
        "sklearn" => "SKLEARN_SERVER",
        "xgboost" => "XGBOOST_SERVER",
        "mlflow" => "MLFLOW_SERVER",
        "onnx" | "triton" | "tensorflow" | "pytorch" | "tensorrt" => "TRITON_SERVER",
        other => {
            return Err(Error::argument(
                "format",
                format!("Seldon Core 1 has no server for {other}"),
            ));
        }
    };
    let mut graph = json!({
        "name": deployment.name(),
        "implementation": server,
        "modelUri": deployment.storage().to_string(),
    });
    if let Some(account) = &deployment.service_account {
        graph["serviceAccountName"] = account.as_str().into();
    }
    Ok(json!({
        "apiVersion": "machinelearning.seldon.io/v1",
        "kind": "SeldonDeployment",
        "metadata": { "name": deployment.name() },
        "spec": {
            "protocol": "v2",
            "predictors": [{
                "name": "default",
                "replicas": deployment.min_replicas.unwrap_or(1),
                "graph": graph,
            }],
        },
    }))
}

/// MLServer's `model-settings.json` for a model whose files stand beside it.
///
/// ```
/// use kfp_kserve::{Format, seldon};
///
/// let settings = seldon::model_settings("iris", &Format::parse("xgboost:2")?)?;
/// assert_eq!(settings["implementation"], "mlserver_xgboost.XGBoostModel");
/// # Ok::<(), kfp_kserve::Error>(())
/// ```
///
/// # Errors
/// If MLServer has no runtime for the format; it has none for ONNX.
pub fn model_settings(name: &str, format: &Format) -> Result<Value> {
    let implementation = match format.name() {
        "sklearn" => "mlserver_sklearn.SKLearnModel",
        "xgboost" => "mlserver_xgboost.XGBoostModel",
        "lightgbm" => "mlserver_lightgbm.LightGBMModel",
        "mlflow" => "mlserver_mlflow.MLflowRuntime",
        other => {
            let problem = format!("MLServer has no runtime for {other}");
            return Err(Error::hinted(
                "format",
                problem,
                "serve it by Triton or OpenVINO, or by an image of your own",
            ));
        }
    };
    Ok(json!({ "name": name, "implementation": implementation, "parameters": { "uri": "." } }))
}

fn format(deployment: &Deployment) -> Result<&Format> {
    match deployment.serving() {
        Serving::Model { format, .. } => Ok(format),
        Serving::Image { .. } => Err(Error::argument(
            "image",
            "Seldon's servers load formats: name one with --format",
        )),
    }
}
