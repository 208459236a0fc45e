//! Deploying as a user does it: by the program, to a real API server with KServe's definitions.

use std::path::Path;

use kfp_kube::Resource;
use kfp_test_support::kube::Server;
use serde_json::{Value, json};
use snapbox::{cmd::OutputAssert, str};

use crate::support::kfp_comp;

const URI: &str = "s3://models/iris/1";

fn deploy(kubeconfig: &Path, namespace: &str, arguments: &[&str]) -> OutputAssert {
    let mut all = vec!["deploy"];
    all.extend(arguments);
    if arguments[0] != "print" {
        all.extend(["--namespace", namespace]);
    }
    kfp_comp(&std::env::temp_dir(), &all)
        .env("KUBECONFIG", kubeconfig)
        .assert()
}

fn status(server: &Server, status: &Value) {
    let object = json!({
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": { "name": "iris" },
        "spec": { "predictor": {} },
        "status": status,
    });
    let services = Resource::new("serving.kserve.io", "v1beta1", "inferenceservices");
    server.put(&services.namespaced(&server.namespace), &object);
}

#[test]
fn a_manifest_is_printed_and_its_runtime_explained_without_a_cluster() {
    let nowhere = Path::new("there-is-none");
    deploy(nowhere, "", &["print", URI, "--name", "iris", "--explain"])
        .success()
        .stdout_eq(str![[r#"
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: iris
spec:
  predictor:
    model:
      modelFormat:
        name: onnx
        version: "1"
      protocolVersion: v2
      runtime: kserve-openvino
      storageUri: s3://models/iris/1/
    annotations:
      kfp-component.github.io/revision: [..]

"#]])
        .stderr_eq(str![[r#"
kserve-openvino      chosen: priority 2 for onnx
kserve-tritonserver  fits, but comes later: priority 1 for onnx

"#]]);
}

#[test]
fn what_is_wrong_with_an_argument_is_told_before_the_cluster_is_asked() {
    let nowhere = Path::new("there-is-none");
    deploy(nowhere, "n", &["apply", "/tmp/model", "--name", "iris"])
        .code(2)
        .stdout_eq(str![])
        .stderr_eq(str![[r#"
error: storage: `/tmp/model` is a path on one machine, from which no pod can download
hint: name where the model is stored, such as s3://BUCKET/KEY; an artifact has such a URI on a cluster, but not under kfp.local

"#]]);
    deploy(nowhere, "n", &["apply", URI, "--name", "Iris 2"])
        .code(2)
        .stderr_eq(str![[r#"
error: name: `Iris 2` is not a name of lower-case letters, digits and `-` that begins with a letter
hint: --name iris-2

"#]]);
}

#[test]
fn a_cluster_that_cannot_be_reached_has_an_exit_code_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kubeconfig");
    let text = "current-context: c\nclusters: [{name: c, cluster: {server: 'http://127.0.0.1:1'}}]\ncontexts: [{name: c, context: {cluster: c}}]\n";
    std::fs::write(&file, text).unwrap();
    deploy(&file, "n", &["apply", URI, "--name", "iris"])
        .code(4)
        .stderr_eq(str![[r#"
error: cannot read InferenceService iris in namespace `n`: GET http://127.0.0.1:1/apis/serving.kserve.io/v1beta1/namespaces/n/inferenceservices/iris: no answer from the API server: io: Connection refused[..]
hint: see whether `kubectl version` reaches it: a VPN or a cluster that is not running

"#]]);
    deploy(Path::new("there-is-none"), "n", &["delete", "iris"])
        .code(4)
        .stderr_eq(str![[r#"
error: there-is-none: No such file or directory (os error 2)

"#]]);
    for arguments in [["wait", "iris"], ["rollback", "iris"]] {
        deploy(Path::new("there-is-none"), "n", &arguments).code(4);
        deploy(&file, "n", &arguments).code(4);
    }
}

#[test]
fn a_model_is_deployed_changed_rolled_back_and_deleted() {
    let Some(server) = Server::start("comp") else {
        return;
    };
    let on = |arguments: &[&str]| deploy(&server.kubeconfig, &server.namespace, arguments);
    let apply = |uri: &'static str, more: &[&'static str]| {
        let mut arguments = vec!["apply", uri, "--name", "iris", "--no-wait"];
        arguments.extend(more);
        on(&arguments)
    };
    apply(URI, &["--dry-run"]).success().stderr_eq(str![[r#"
Would create InferenceService iris: s3://models/iris/1/

"#]]);
    on(&["delete", "iris"]).success().stderr_eq(str![[r#"
      Absent InferenceService iris in namespace [..]

"#]]);
    apply(URI, &[])
        .success()
        .stdout_eq(str![])
        .stderr_eq(str![[r#"
     Created InferenceService iris: s3://models/iris/1/

"#]]);
    apply(URI, &[]).success().stderr_eq(str![[r#"
   Unchanged InferenceService iris: s3://models/iris/1/

"#]]);
    on(&["diff", "s3://models/iris/2", "--name", "iris"])
        .code(4)
        .stdout_eq(str![[r#"
--- live
+++ applied
@@ [..] @@
 spec:
   predictor:
     annotations:
-      kfp-component.github.io/revision: [..]
+      kfp-component.github.io/revision: [..]
     model:
       modelFormat:
         name: onnx
         version: "1"
       protocolVersion: v2
       runtime: kserve-openvino
-      storageUri: s3://models/iris/1/
+      storageUri: s3://models/iris/2/

"#]]);
    on(&["diff", URI, "--name", "iris"])
        .success()
        .stdout_eq(str![]);
    apply("s3://models/iris/2", &[]).success();
    on(&["rollback", "iris", "--no-wait"])
        .success()
        .stderr_eq(str![[r#"
     Updated InferenceService iris: s3://models/iris/1/

"#]]);
    status(
        &server,
        &json!({
            "observedGeneration": 3,
            "deploymentMode": "Knative",
            "url": "http://iris.example.com",
            "conditions": [{ "type": "Ready", "status": "True" }],
            "components": { "predictor": { "latestReadyRevision": "iris-predictor-00003" } },
        }),
    );
    on(&["wait", "iris"])
        .success()
        .stdout_eq("http://iris.example.com\n")
        .stderr_eq(str![[r#"
       Ready iris at http://iris.example.com

"#]]);
    apply("s3://models/iris/2", &["--canary", "10"])
        .success()
        .stderr_eq(str![[r#"
     Updated InferenceService iris: s3://models/iris/2/, 10 % of the requests

"#]]);
    on(&["delete", "iris"]).success().stderr_eq(str![[r#"
     Deleted InferenceService iris in namespace [..]

"#]]);
}

#[test]
fn a_model_that_does_not_load_is_told_with_what_kserve_says() {
    let Some(server) = Server::start("comp-fails") else {
        return;
    };
    let on = |arguments: &[&str]| deploy(&server.kubeconfig, &server.namespace, arguments);
    on(&["apply", URI, "--name", "iris", "--timeout", "0s"])
        .code(124)
        .stdout_eq(str![])
        .stderr_eq(str![[r#"
     Created InferenceService iris: s3://models/iris/1/
error: iris is not ready after 0s: KServe has not looked at it yet
hint: `kfp-comp deploy wait iris -n [..]` waits on

"#]]);
    status(
        &server,
        &json!({
            "conditions": [{ "type": "PredictorReady", "status": "False", "reason": "MinimumReplicasUnavailable", "message": "no pod is ready" }],
            "modelStatus": {
                "transitionStatus": "BlockedByFailedLoad",
                "states": { "targetModelState": "FailedToLoad" },
                "lastFailureInfo": { "reason": "ModelLoadFailed", "exitCode": 1, "message": "Traceback\nRuntimeError: Failed to fetch model. No model found in s3://models/iris/1/." },
            },
        }),
    );
    on(&["apply", URI, "--name", "iris"]).code(1).stdout_eq(str![]).stderr_eq(str![[r#"
   Unchanged InferenceService iris: s3://models/iris/1/
   Condition PredictorReady is False (MinimumReplicasUnavailable): no pod is ready
error: iris does not start: ModelLoadFailed: RuntimeError: Failed to fetch model. No model found in s3://models/iris/1/. (exit code 1)
hint: `kfp-comp deploy wait iris -n [..]` looks again

"#]]);
    // A model that has another one before it, and then the same model with more pods.
    let to_another = "hint: `kfp-comp deploy rollback iris -n [..]` goes back to the model before; `kfp-comp deploy wait iris -n [..]` looks again\n";
    let apply = |more: &[&'static str]| {
        let mut arguments = vec!["apply", "s3://models/iris/2", "--name", "iris"];
        arguments.extend(more);
        on(&arguments)
    };
    apply(&["--no-wait"]).success();
    apply(&[]).code(1).stderr_eq(format!("...\n{to_another}"));
    apply(&["--min-replicas", "2", "--no-wait"]).success();
    on(&["wait", "iris"])
        .code(1)
        .stderr_eq(format!("...\n{to_another}"));
}

#[test]
fn json_says_what_is_applied_whether_or_not_it_is_written_and_waited_for() {
    let Some(server) = Server::start("comp-json") else {
        return;
    };
    for (options, change) in [
        (&["--dry-run"][..], "would create"),
        (&["--no-wait"], "created"),
        (&["--no-wait"], "unchanged"),
        (&["--timeout", "0s"], "unchanged"),
    ] {
        let arguments = [&["apply", URI, "--name", "iris", "--json"], options].concat();
        let output = deploy(&server.kubeconfig, &server.namespace, &arguments);
        let told: Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
        assert_eq!(told["name"], "iris");
        assert_eq!(told["change"], change, "{options:?}");
        let model = &told["manifest"]["spec"]["predictor"]["model"];
        assert_eq!(model["storageUri"], "s3://models/iris/1/", "{options:?}");
    }
}

#[test]
fn who_has_no_right_is_told_which_and_how_to_get_it() {
    let Some(server) = Server::start("comp-rights") else {
        return;
    };
    let kubeconfig = server.kubeconfig_of("deployer");
    deploy(&kubeconfig, &server.namespace, &["apply", URI, "--name", "iris"]).code(1).stderr_eq(str![[r#"
    Insecure nothing proves that https://127.0.0.1:[..] is the cluster: the kubeconfig skips TLS verification
error: cannot read InferenceService iris in namespace `[..]`: `system:serviceaccount:[..]:deployer` may not get inferenceservices.serving.kserve.io
hint: an admin can allow it: kubectl -n [..] create role deploy-models --verb=get,list,watch,create,patch,delete --resource=inferenceservices.serving.kserve.io && kubectl -n [..] create rolebinding deploy-models --role=deploy-models --serviceaccount=[..]:deployer

"#]]);
}
