use std::fs;
use std::thread;

use kfp_kserve::Deployer;
use kfp_kube::{Apply, Resource};
use kfp_test_support::kube::{Server, eventually};
use serde_json::{Value, json};

use crate::Protocol;
use crate::deploy::{How, run};
use crate::request::Request;

fn request() -> Request {
    Request {
        stored: None,
        name: "iris".to_owned(),
        format: "onnx:1".to_owned(),
        protocol: Protocol::V2,
        runtime: None,
        image: None,
        service_account: None,
        min_replicas: 1,
        max_replicas: 0,
        cpu: None,
        memory: None,
        canary_percent: 100,
    }
}

/// A model's folder of its own for each test.
fn folder(test: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("deploy-kserve-{test}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("model.onnx"), test).unwrap();
    folder
}

fn how(wait_seconds: u32) -> How {
    How {
        wait_seconds,
        roll_back: true,
        dry_run: false,
    }
}

/// KServe's controller: writes this status as soon as there is a service.
fn controller(server: &Server, generation: i64, status: Value) -> impl FnOnce() + Send {
    let services = Resource::new("serving.kserve.io", "v1beta1", "inferenceservices");
    let services = services.namespaced(&server.namespace);
    let client = kfp_kube::Client::new(server.admin.cluster().clone()).unwrap();
    move || {
        eventually(
            || client.get(&services, "iris").unwrap(),
            |live| {
                live.as_ref()
                    .is_some_and(|live| live["metadata"]["generation"] == generation)
            },
        );
        let object = json!({
            "apiVersion": "serving.kserve.io/v1beta1",
            "kind": "InferenceService",
            "metadata": { "name": "iris" },
            "status": status,
        });
        let how = Apply::as_manager("kserve")
            .force(true)
            .subresource("status");
        client.apply(&services, "iris", &object, &how).unwrap();
    }
}

#[test]
fn the_artifact_says_where_the_model_is() {
    let folder = folder("uri");
    let deployment = request()
        .deployment(Some("minio://mlpipeline/iris/model"), &folder)
        .unwrap();
    assert_eq!(
        deployment.storage().to_string(),
        "s3://mlpipeline/iris/model/"
    );
    assert!(deployment.digest.unwrap().starts_with("sha256:"));
    let named = Request {
        stored: Some("gs://models/iris".to_owned()),
        ..request()
    };
    let deployment = named
        .deployment(Some("minio://mlpipeline/iris/model"), &folder)
        .unwrap();
    assert_eq!(deployment.storage().to_string(), "gs://models/iris/");
    for (uri, said) in [
        (Some("/tmp/local_outputs/model"), "not under kfp.local"),
        (None, "name it with `storage_uri`"),
    ] {
        let error = request().deployment(uri, &folder).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn a_deployed_model_is_waited_for_and_a_broken_one_taken_back() {
    let Some(server) = Server::start("component") else {
        return;
    };
    let of = |version: &str| {
        let uri = format!("s3://models/iris/{version}");
        request().deployment(Some(&uri), &folder(version)).unwrap()
    };
    let deployed =
        thread::scope(|scope| {
            scope.spawn(controller(&server, 1, json!({
            "observedGeneration": 1,
            "url": "http://iris.example.com",
            "conditions": [{ "type": "Ready", "status": "True" }],
            "components": { "predictor": { "latestReadyRevision": "iris-predictor-00001" } },
        })));
            run(&server.admin, &server.namespace, &of("1"), &how(30)).unwrap()
        });
    assert_eq!(deployed.endpoint.url, "http://iris.example.com");
    assert_eq!(deployed.endpoint.revision, "iris-predictor-00001");
    assert_eq!(deployed.told["observedGeneration"], 1);
    assert_eq!(deployed.applied["spec"]["predictor"]["minReplicas"], 1);

    let error =
        thread::scope(|scope| {
            scope.spawn(controller(&server, 2, json!({
            "conditions": [{ "type": "Ready", "status": "False" }],
            "modelStatus": {
                "transitionStatus": "BlockedByFailedLoad",
                "states": { "targetModelState": "FailedToLoad" },
                "lastFailureInfo": { "reason": "ModelLoadFailed", "message": "No model found" },
            },
        })));
            run(&server.admin, &server.namespace, &of("2"), &how(30))
                .err()
                .unwrap()
        });
    let said = error.to_string();
    assert!(said.contains("ModelLoadFailed: No model found"), "{said}");
    assert!(
        said.ends_with("the model before has been put back"),
        "{said}"
    );
    let live = Deployer::new(&server.admin, &server.namespace)
        .live("iris")
        .unwrap()
        .unwrap();
    assert_eq!(
        live["spec"]["predictor"]["model"]["storageUri"],
        "s3://models/iris/1/"
    );
}

#[test]
fn a_model_that_is_only_scaled_is_not_taken_for_a_new_one_when_it_fails() {
    let Some(server) = Server::start("component-scaled") else {
        return;
    };
    let of = |version: &str, min_replicas| {
        let uri = format!("s3://models/iris/{version}");
        let request = Request {
            min_replicas,
            ..request()
        };
        request.deployment(Some(&uri), &folder("scaled")).unwrap()
    };
    for version in ["1", "2"] {
        run(&server.admin, &server.namespace, &of(version, 1), &how(0)).unwrap();
    }
    let error = thread::scope(|scope| {
        scope.spawn(controller(
            &server,
            3,
            json!({ "modelStatus": {
                "transitionStatus": "InvalidSpec",
                "lastFailureInfo": { "reason": "NoSupportingRuntime" },
            } }),
        ));
        run(&server.admin, &server.namespace, &of("2", 2), &how(30))
            .err()
            .unwrap()
    });
    let said = error.to_string();
    assert!(said.ends_with("NoSupportingRuntime"), "{said}");
    let deployer = Deployer::new(&server.admin, &server.namespace);
    let live = deployer.live("iris").unwrap().unwrap();
    let predictor = &live["spec"]["predictor"];
    assert_eq!(predictor["model"]["storageUri"], "s3://models/iris/2/");
    assert_eq!(predictor["minReplicas"], 2);
}

#[test]
fn a_dry_run_writes_nothing_and_a_missing_right_is_explained() {
    let Some(server) = Server::start("component-dry") else {
        return;
    };
    let deployment = request()
        .deployment(Some("s3://models/iris/1"), &folder("dry"))
        .unwrap();
    let dry = How {
        dry_run: true,
        ..how(30)
    };
    let done = run(&server.admin, &server.namespace, &deployment, &dry).unwrap();
    assert_eq!(done.endpoint.url, "");
    let deployer = Deployer::new(&server.admin, &server.namespace);
    assert!(deployer.live("iris").unwrap().is_none());
    let error = run(
        &server.as_account("pipeline-runner"),
        &server.namespace,
        &deployment,
        &dry,
    )
    .err()
    .unwrap();
    let said = error.to_string();
    assert!(
        said.contains("pipeline-runner` may not get inferenceservices")
            && said.contains("hint: an admin can allow it"),
        "{said}"
    );
}
