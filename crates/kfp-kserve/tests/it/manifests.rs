use kfp_kserve::{
    Deployment, Format, Mode, Protocol, Resources, Serving, Storage, scaffold, seldon,
};

use crate::support::iris;

#[test]
fn everything_that_is_asked_for_is_written() {
    let mut deployment = iris("1");
    deployment.digest = Some("sha256:ab".to_owned());
    deployment.service_account = Some("models".to_owned());
    deployment.min_replicas = Some(0);
    deployment.max_replicas = Some(3);
    deployment.resources = Resources {
        cpu: Some("500m".to_owned()),
        memory: Some("256Mi".to_owned()),
    };
    deployment.mode = Some(Mode::Knative);
    let text = kfp_kserve::to_yaml(&deployment.manifest());
    let expected = r#"apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: iris
  annotations:
    serving.kserve.io/deploymentMode: Knative
spec:
  predictor:
    model:
      modelFormat:
        name: onnx
        version: "1"
      protocolVersion: v2
      runtime: kserve-openvino
      storageUri: s3://models/iris/1/
      resources:
        limits:
          cpu: 500m
          memory: 256Mi
        requests:
          cpu: 500m
          memory: 256Mi
    serviceAccountName: models
    annotations:
      kfp-component.github.io/model-digest: sha256:ab
      kfp-component.github.io/revision: REVISION
    minReplicas: 0
    maxReplicas: 3
"#;
    let revision = text
        .split("revision: ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap();
    assert_eq!(text.replace(revision, "REVISION"), expected);
}

#[test]
fn an_image_of_ones_own_is_told_where_the_model_is() {
    let serving = Serving::image("example.com/serve@sha256:ab", Protocol::V2).unwrap();
    let deployment = Deployment::new(
        "iris",
        Storage::parse("pvc://models/iris").unwrap(),
        serving,
    )
    .unwrap();
    let manifest = deployment.manifest();
    let container = &manifest["spec"]["predictor"]["containers"][0];
    assert_eq!(container["name"], "kserve-container");
    assert_eq!(container["env"][0]["value"], "pvc://models/iris");
    // KServe fills in placeholders of runtimes only.
    assert_eq!(container["args"][0], "--model_name=iris");
    assert_eq!(container["args"][1], "--model_dir=/mnt/models");
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
    let runtime = scaffold::serving_runtime("own", "example.com/serve@sha256:ab");
    let args = &runtime["spec"]["containers"][0]["args"];
    assert_eq!(args[0], "--model_name={{.Name}}");
    assert_eq!(args[1], container["args"][1]);
}

#[test]
fn names_and_numbers_that_kserve_would_refuse_are_refused_here() {
    let serving = || iris("1").serving().clone();
    let storage = || iris("1").storage().clone();
    let long = "a".repeat(41);
    for (name, hint) in [
        ("Iris", Some("--name iris")),
        ("iris_model 2", Some("--name iris-model-2")),
        ("2iris", Some("--name iris")),
        ("iris-", Some("--name iris")),
        ("", None),
        (long.as_str(), None),
    ] {
        let error = Deployment::new(name, storage(), serving()).unwrap_err();
        assert_eq!(error.hint().as_deref(), hint, "{name}");
    }
    let mut deployment = iris("1");
    (deployment.min_replicas, deployment.max_replicas) = (Some(3), Some(2));
    assert!(
        deployment
            .check()
            .unwrap_err()
            .to_string()
            .contains("max-replicas")
    );
    (deployment.min_replicas, deployment.max_replicas) = (Some(0), Some(0));
    assert!(deployment.check().is_err());
    (deployment.min_replicas, deployment.max_replicas) = (Some(0), Some(1));
    deployment.check().unwrap();
    for wrong in ["", ":1", "onnx:"] {
        assert!(Format::parse(wrong).is_err(), "{wrong}");
    }
    assert!(
        Protocol::parse("v3")
            .unwrap_err()
            .to_string()
            .contains("v1, v2, grpc-v1, grpc-v2")
    );
    assert!(Serving::image("a b", Protocol::V2).is_err());
    assert!(Serving::image("a", Protocol::GrpcV2).is_err());
    let error = Serving::model(Format::parse("triton:2").unwrap(), Protocol::V1, None).unwrap_err();
    assert!(
        error.hint().unwrap().contains("does not speak v1"),
        "{error:?}"
    );
}

#[test]
fn a_version_is_written_though_none_was_named() {
    for (format, protocol, version) in [
        ("sklearn", Protocol::V2, "1"),
        ("xgboost", Protocol::V1, "2"),
        ("onnx", Protocol::V2, "1"),
    ] {
        let serving = Serving::model(Format::parse(format).unwrap(), protocol, None).unwrap();
        let Serving::Model { format, .. } = serving else {
            unreachable!()
        };
        assert_eq!(format.version(), Some(version));
    }
    let own = Serving::model(Format::parse("cobol").unwrap(), Protocol::V2, Some("own")).unwrap();
    let Serving::Model { format, .. } = own else {
        unreachable!()
    };
    assert_eq!(format.version(), None);
}

#[test]
fn seldon_gets_manifests_of_both_its_cores_and_settings_for_mlserver() {
    let storage = || Storage::parse("gs://models/churn").unwrap();
    let of = |format: &str| {
        let serving = Serving::model(Format::parse(format).unwrap(), Protocol::V2, None).unwrap();
        Deployment::new("churn", storage(), serving).unwrap()
    };
    let model = seldon::model(&of("xgboost:2")).unwrap();
    assert_eq!(model["spec"]["requirements"][0], "xgboost");
    assert_eq!(model["spec"]["storageUri"], "gs://models/churn/");
    let first = seldon::seldon_deployment(&of("onnx:1")).unwrap();
    assert_eq!(
        first["spec"]["predictors"][0]["graph"]["implementation"],
        "TRITON_SERVER"
    );
    assert!(seldon::seldon_deployment(&of("lightgbm:4")).is_err());
    assert!(seldon::model_settings("churn", &Format::parse("onnx:1").unwrap()).is_err());
    let image = Serving::image("example.com/x", Protocol::V2).unwrap();
    assert!(seldon::model(&Deployment::new("churn", storage(), image).unwrap()).is_err());
}
