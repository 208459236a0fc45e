use kfp_kserve::{Failure, Outcome};
use kfp_test_support::kube::Server;
use serde_json::{Value, json};

use crate::support::{deploy, iris, live, pod, pod_is_ready, pod_of, ready, status, waited};

/// A server of its own for the test, with the first version of the model deployed.
fn deployed(test: &str) -> Option<Server> {
    let server = Server::start(test)?;
    deploy(&server, &iris("1"));
    Some(server)
}

fn failed(outcome: Outcome) -> Failure {
    match outcome {
        Outcome::Failed(failure) => failure,
        other => panic!("{other:?}"),
    }
}

fn waiting(outcome: Outcome) -> String {
    match outcome {
        Outcome::TimedOut(failure) => failure.problem,
        other => panic!("{other:?}"),
    }
}

fn blocked(message: &str) -> Value {
    json!({
        "observedGeneration": 1,
        "conditions": [
            { "type": "PredictorReady", "status": "False", "reason": "MinimumReplicasUnavailable", "message": "no pod is ready" },
            { "type": "Ready", "status": "False" },
        ],
        "modelStatus": {
            "transitionStatus": "BlockedByFailedLoad",
            "states": { "targetModelState": "FailedToLoad" },
            "lastFailureInfo": { "reason": "ModelLoadFailed", "message": message, "exitCode": 1 },
        },
    })
}

#[test]
fn a_service_is_ready_when_kserve_and_a_pod_of_this_revision_say_so() {
    let Some(server) = deployed("ready") else {
        return;
    };
    assert_eq!(
        waiting(waited(&server, None)),
        "KServe has not looked at it yet"
    );
    status(&server, &ready(1));
    pod(&server, "iris-predictor-1", &pod_is_ready());
    let Outcome::Ready(endpoint) = waited(&server, None) else {
        panic!()
    };
    assert_eq!(endpoint.url, "http://iris.example.com");
    assert_eq!(endpoint.revision.len(), 16);
}

#[test]
fn the_readiness_of_the_revision_before_does_not_count() {
    let Some(server) = deployed("stale") else {
        return;
    };
    let old = live(&server);
    let old = old["spec"]["predictor"]["annotations"][kfp_kserve::REVISION]
        .as_str()
        .unwrap();
    pod_of(&server, "iris-predictor-old", old, &pod_is_ready());
    deploy(&server, &iris("2"));
    // KServe has not looked, then the new pod is still starting beside the old one.
    status(&server, &ready(1));
    assert_eq!(
        waiting(waited(&server, None)),
        "KServe has not taken up generation 2"
    );
    status(&server, &ready(2));
    pod(
        &server,
        "iris-predictor-new",
        &json!({ "phase": "Running" }),
    );
    assert_eq!(waiting(waited(&server, None)), "the new pod is not ready");
    pod(&server, "iris-predictor-new", &pod_is_ready());
    assert!(matches!(waited(&server, None), Outcome::Ready(_)));
    // The generation that KServe shows is its Deployment's, which may be behind for ever.
    status(&server, &ready(1));
    assert!(matches!(waited(&server, None), Outcome::Ready(_)));
}

#[test]
fn without_pods_the_generation_decides() {
    let Some(server) = deployed("generation") else {
        return;
    };
    deploy(&server, &iris("2"));
    status(&server, &ready(1));
    assert_eq!(
        waiting(waited(&server, None)),
        "KServe has not taken up generation 2"
    );
    status(&server, &ready(2));
    assert!(matches!(waited(&server, None), Outcome::Ready(_)));
}

#[test]
fn a_model_that_does_not_load_ends_the_wait_with_its_own_words() {
    let Some(server) = deployed("blocked") else {
        return;
    };
    status(
        &server,
        &blocked(
            "Traceback (most recent call last):\nRuntimeError: Failed to fetch model. No model found in s3://models/iris/1/.",
        ),
    );
    pod(
        &server,
        "iris-predictor-1",
        &json!({ "phase": "Pending", "initContainerStatuses": [{
            "name": "storage-initializer", "image": "i", "imageID": "", "ready": false, "restartCount": 2,
            "state": { "waiting": { "reason": "CrashLoopBackOff", "message": "back-off 20s" } },
            "lastState": { "terminated": { "exitCode": 1, "reason": "Error" } },
        }] }),
    );
    let event = json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": { "name": "e1" },
        "type": "Warning",
        "reason": "BackOff",
        "message": "Back-off restarting failed container storage-initializer",
        "lastTimestamp": "2026-11-26T19:00:00Z",
        "involvedObject": { "kind": "Pod", "name": "iris-predictor-1", "namespace": server.namespace },
    });
    server.put(&server.core("events"), &event);
    let failure = failed(waited(&server, None));
    assert_eq!(
        failure.problem,
        "ModelLoadFailed: RuntimeError: Failed to fetch model. No model found in s3://models/iris/1/. (exit code 1)"
    );
    assert_eq!(
        failure.conditions[0],
        "PredictorReady is False (MinimumReplicasUnavailable): no pod is ready"
    );
    assert_eq!(
        failure.events,
        ["iris-predictor-1: BackOff: Back-off restarting failed container storage-initializer"]
    );
}

#[test]
fn a_failure_from_before_the_change_is_not_one_of_the_change() {
    let Some(server) = deployed("old-failure") else {
        return;
    };
    status(&server, &blocked("no such bucket"));
    let before = live(&server)["status"].clone();
    deploy(&server, &iris("2"));
    assert!(waiting(waited(&server, Some(&before))).contains("PredictorReady is False"));
    status(&server, &blocked("access denied"));
    assert!(
        failed(waited(&server, Some(&before)))
            .problem
            .contains("access denied")
    );
}

#[test]
fn a_spec_that_kserve_refuses_ends_the_wait() {
    let Some(server) = deployed("invalid") else {
        return;
    };
    // KServe does not get as far as a Deployment, so it shows no generation.
    status(
        &server,
        &json!({ "modelStatus": {
        "transitionStatus": "InvalidSpec",
        "lastFailureInfo": { "reason": "RuntimeNotRecognized", "message": "Waiting for runtime to become available" },
    } }),
    );
    let failure = failed(waited(&server, None));
    assert_eq!(
        failure.problem,
        "RuntimeNotRecognized: Waiting for runtime to become available"
    );
}

#[test]
fn pods_that_cannot_start_end_the_wait_and_those_that_may_do_not() {
    let Some(server) = deployed("pods") else {
        return;
    };
    status(
        &server,
        &json!({ "observedGeneration": 1, "conditions": [{ "type": "Ready", "status": "Unknown" }] }),
    );
    let container = |state: Value, last: Value| {
        json!({ "phase": "Pending", "containerStatuses": [{
            "name": "kserve-container", "image": "i", "imageID": "", "ready": false, "restartCount": 3,
            "state": state, "lastState": last,
        }] })
    };
    let waits = |reason: &str, message: &str| json!({ "waiting": { "reason": reason, "message": message } });
    let crashed = json!({ "terminated": { "exitCode": 2, "reason": "Error", "message": "log\nerror: no model\n" } });
    let cases: [(Value, bool, &str); 5] = [
        (
            container(
                waits(
                    "ImagePullBackOff",
                    "Back-off pulling image \"example.com/x\"",
                ),
                json!({}),
            ),
            true,
            "ImagePullBackOff: Back-off pulling image",
        ),
        (
            container(waits("CrashLoopBackOff", "back-off 40s"), crashed.clone()),
            true,
            "it ended with exit code 2 (Error), restarts: 3: error: no model",
        ),
        (
            container(waits("ErrImagePull", "timeout"), json!({})),
            false,
            "ErrImagePull: timeout",
        ),
        (
            container(waits("ContainerCreating", ""), json!({})),
            false,
            "Ready is Unknown",
        ),
        (
            json!({ "phase": "Pending", "conditions": [{
                "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes are available: 3 Insufficient memory.",
            }] }),
            false,
            "pod iris-predictor-4: Unschedulable: 0/3 nodes are available",
        ),
    ];
    for (index, (state, is_final, said)) in cases.iter().enumerate() {
        let name = format!("iris-predictor-{index}");
        pod(&server, &name, state);
        let told = if *is_final {
            failed(waited(&server, None)).problem
        } else {
            waiting(waited(&server, None))
        };
        assert!(told.contains(said), "{said}: {told}");
        server
            .admin
            .delete(&server.core("pods"), &name, false)
            .unwrap();
    }
}

#[test]
fn a_pod_that_cannot_start_beside_one_that_answers_is_waited_for() {
    let Some(server) = deployed("beside") else {
        return;
    };
    status(&server, &ready(1));
    pod(&server, "iris-predictor-1", &pod_is_ready());
    let pulling = json!({ "phase": "Pending", "containerStatuses": [{
        "name": "kserve-container", "image": "i", "imageID": "", "ready": false, "restartCount": 0,
        "state": { "waiting": { "reason": "ImagePullBackOff", "message": "on this node only" } },
    }] });
    pod(&server, "iris-predictor-2", &pulling);
    assert!(waiting(waited(&server, None)).contains("on this node only"));
}

#[test]
fn who_may_not_read_pods_waits_by_the_status_alone() {
    let Some(server) = deployed("no-pods") else {
        return;
    };
    status(&server, &ready(1));
    let client = server.as_account("reader");
    server.let_read_services("reader");
    let deployer = kfp_kserve::Deployer::new(&client, &server.namespace);
    let zero = std::time::Duration::ZERO;
    let mut told = Vec::new();
    let outcome = deployer
        .wait("iris", zero, zero, None, |why| told.push(why.to_owned()))
        .unwrap();
    assert!(matches!(outcome, Outcome::Ready(_)), "{outcome:?}");
    assert!(
        told[0].starts_with("pods cannot be read (`system:serviceaccount:"),
        "{told:?}"
    );
    status(&server, &blocked("no such bucket"));
    let failure = failed(deployer.wait("iris", zero, zero, None, |_| ()).unwrap());
    assert!(
        failure.events.is_empty() && failure.logs.is_empty(),
        "{failure:?}"
    );
}

#[test]
fn what_could_not_be_read_of_a_failure_is_told_with_the_reason() {
    let Some(server) = deployed("unread") else {
        return;
    };
    status(&server, &blocked("no such bucket"));
    pod(&server, "iris-predictor-1", &json!({ "phase": "Pending" }));
    let client = server.as_account("reader");
    server.let_read_services("reader");
    server.allow("reader", "list", "", "pods");
    let deployer = kfp_kserve::Deployer::new(&client, &server.namespace);
    let zero = std::time::Duration::ZERO;
    let failure = failed(deployer.wait("iris", zero, zero, None, |_| ()).unwrap());
    let reader = format!("`system:serviceaccount:{}:reader`", server.namespace);
    assert_eq!(
        failure.unread,
        [
            format!("events: {reader} may not list events"),
            format!("log of iris-predictor-1 kserve-container: {reader} may not get pods/log"),
        ]
    );
    // Who may read everything asks the machine that the pod is on, which is not there.
    let bound = json!({
        "apiVersion": "v1",
        "kind": "Binding",
        "metadata": { "name": "iris-predictor-1" },
        "target": { "apiVersion": "v1", "kind": "Node", "name": "gone" },
    });
    let path = server.core("pods").object("iris-predictor-1") + "/binding";
    server.admin.post(&path, &bound).unwrap();
    let failure = failed(waited(&server, None));
    let [unread] = &failure.unread[..] else {
        panic!("{failure:?}")
    };
    let said = "log of iris-predictor-1 kserve-container: ";
    assert!(unread.starts_with(said), "{unread}");
    assert!(unread.contains("\"gone\" not found"), "{unread}");
}
