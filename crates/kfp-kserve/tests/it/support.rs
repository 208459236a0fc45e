//! Models to deploy, and what KServe and Kubernetes would make of them.

use std::time::Duration;

use kfp_kserve::{Deployer, Deployment, Format, Outcome, Protocol, REVISION, Serving, Storage};
use kfp_kube::{Collection, Resource};
use kfp_test_support::kube::Server;
use serde_json::{Value, json};

/// The model `iris` of a version.
pub(crate) fn iris(version: &str) -> Deployment {
    let storage = Storage::parse(&format!("s3://models/iris/{version}")).unwrap();
    let serving = Serving::model(Format::parse("onnx:1").unwrap(), Protocol::V2, None).unwrap();
    Deployment::new("iris", storage, serving).unwrap()
}

pub(crate) fn services(server: &Server) -> Collection {
    Resource::new("serving.kserve.io", "v1beta1", "inferenceservices").namespaced(&server.namespace)
}

pub(crate) fn deployer(server: &Server) -> Deployer<'_> {
    Deployer::new(&server.admin, &server.namespace)
}

/// Plans and applies.
pub(crate) fn deploy(server: &Server, deployment: &Deployment) -> Value {
    let deployer = deployer(server);
    let plan = deployer.plan(deployment).unwrap();
    deployer.apply(&plan).unwrap()
}

pub(crate) fn live(server: &Server) -> Value {
    deployer(server).live("iris").unwrap().unwrap()
}

/// Writes the status as KServe's controller does.
pub(crate) fn status(server: &Server, status: &Value) {
    let object = json!({
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": { "name": "iris" },
        "status": status,
    });
    let how = kfp_kube::Apply::as_manager("kserve")
        .force(true)
        .subresource("status");
    server
        .admin
        .apply(&services(server), "iris", &object, &how)
        .unwrap();
}

/// The status of a service that answers, as KServe writes it in Standard mode.
pub(crate) fn ready(generation: i64) -> Value {
    json!({
        "observedGeneration": generation,
        "deploymentMode": "Standard",
        "url": "http://iris.example.com",
        "conditions": [
            { "type": "PredictorReady", "status": "True" },
            { "type": "Ready", "status": "True" },
        ],
        "components": { "predictor": { "url": "http://iris-predictor.example.com" } },
        "modelStatus": {
            "transitionStatus": "UpToDate",
            "states": { "activeModelState": "Loaded", "targetModelState": "Loaded" },
        },
    })
}

/// A pod of the service as it is now, in this state.
pub(crate) fn pod(server: &Server, name: &str, status: &Value) {
    let service = live(server);
    let revision = &service["spec"]["predictor"]["annotations"][REVISION];
    pod_of(server, name, revision.as_str().unwrap(), status);
}

pub(crate) fn pod_of(server: &Server, name: &str, revision: &str, status: &Value) {
    let account =
        json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "default" } });
    server.put(&server.core("serviceaccounts"), &account);
    let pod = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "labels": { "serving.kserve.io/inferenceservice": "iris", "component": "predictor" },
            "annotations": { REVISION: revision },
        },
        "spec": { "containers": [{ "name": "kserve-container", "image": "example.com/server" }] },
        "status": status,
    });
    server.put(&server.core("pods"), &pod);
}

pub(crate) fn pod_is_ready() -> Value {
    json!({ "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }] })
}

/// What comes of waiting for so short a time that nothing else can happen.
pub(crate) fn waited(server: &Server, before: Option<&Value>) -> Outcome {
    let (limit, interval) = (Duration::ZERO, Duration::ZERO);
    deployer(server)
        .wait("iris", limit, interval, before, |_| ())
        .unwrap()
}
