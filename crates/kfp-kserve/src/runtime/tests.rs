use std::collections::BTreeMap;
use std::path::Path;

use kfp_pyyaml::{NodeId, Tree, Value as Yaml};
use kfp_test_support::skip;

use super::*;

#[test]
fn the_runtime_of_each_format_and_protocol_is_the_one_that_kserve_chooses() {
    let unset = None;
    for (format, protocol, runtime) in [
        ("onnx:1", unset, "kserve-openvino"),
        ("onnx:1", Some(V1), "kserve-openvino"),
        ("onnx:1", Some(V2), "kserve-openvino"),
        ("xgboost:2", unset, "kserve-xgbserver"),
        ("xgboost:2", Some(V1), "kserve-xgbserver"),
        ("xgboost:2", Some(V2), "kserve-mlserver"),
        ("lightgbm:4", unset, "kserve-lgbserver"),
        ("lightgbm:4", Some(V1), "kserve-lgbserver"),
        ("lightgbm:4", Some(V2), "kserve-mlserver"),
        ("sklearn:1", unset, "kserve-sklearnserver"),
        ("sklearn:1", Some(V1), "kserve-sklearnserver"),
        ("sklearn:1", Some(V2), "kserve-mlserver"),
        ("onnx:1", Some(GrpcV2), "kserve-openvino"),
        ("tensorflow:2", Some(V1), "kserve-tensorflow-serving"),
        ("tensorflow:2", Some(V2), "kserve-tritonserver"),
        ("triton:2", Some(V2), "kserve-tritonserver"),
        ("sklearn", Some(V2), "kserve-mlserver"),
        ("vLLM:1", Some(V2), "kserve-vllmserver"),
    ] {
        let choice = choose(&Format::parse(format).unwrap(), protocol);
        assert_eq!(choice.runtime, Some(runtime), "{format} {protocol:?}");
    }
}

#[test]
fn what_no_runtime_serves_is_explained() {
    for (format, protocol, said) in [
        (
            "triton:2",
            Some(V1),
            "kserve-tritonserver  does not speak v1, but v2, grpc-v2",
        ),
        ("onnx:9", Some(V2), "takes version 1 only"),
        (
            "pytorch:1",
            Some(GrpcV1),
            "kserve-tritonserver  is used only where it is named",
        ),
    ] {
        let choice = choose(&Format::parse(format).unwrap(), protocol);
        assert_eq!(choice.runtime, None, "{format}");
        assert!(
            choice.explanation().contains(said),
            "{}",
            choice.explanation()
        );
    }
    assert!(
        choose(&Format::parse("cobol:1").unwrap(), None)
            .considered
            .is_empty()
    );
}

/// The table of runtimes beside KServe's own files.
#[test]
fn the_runtimes_are_those_that_kserve_ships() {
    let Some(kserve) = std::env::var_os("KFP_KSERVE") else {
        return skip(
            "KFP_KSERVE does not name KServe's sources; `cargo xtask test kube` fetches them",
        );
    };
    let mut theirs = BTreeMap::new();
    for entry in std::fs::read_dir(Path::new(&kserve).join("config/runtimes")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for tree in kfp_pyyaml::load_all(&text).unwrap() {
            let root = tree.root();
            let kind = tree.get(root, "kind").and_then(|id| tree.text(id));
            let spec = tree.get(root, "spec");
            if let (Some("ClusterServingRuntime"), Some(spec)) = (kind, spec)
                // One model on several nodes is another rule.
                && tree.get(spec, "workerSpec").is_none()
            {
                let name = tree
                    .get(root, "metadata")
                    .and_then(|id| tree.get(id, "name"))
                    .and_then(|id| tree.text(id));
                theirs.insert(name.unwrap().to_owned(), described(&tree, spec));
            }
        }
    }
    let ours: BTreeMap<String, String> = SHIPPED
        .iter()
        .map(|one| {
            let formats: Vec<String> = one
                .formats
                .iter()
                .map(|takes| format!("{takes:?}"))
                .collect();
            let protocols: Vec<&str> = one.protocols.iter().map(|one| one.word()).collect();
            (
                one.name.to_owned(),
                format!("{protocols:?} {}", formats.join(" ")),
            )
        })
        .collect();
    assert_eq!(ours, theirs);
}

fn described(tree: &Tree, spec: NodeId) -> String {
    let items = |key| {
        tree.get(spec, key)
            .map(|id| tree.items(id))
            .unwrap_or_default()
    };
    let protocols: Vec<&str> = items("protocolVersions")
        .iter()
        .filter_map(|id| tree.text(*id))
        .collect();
    let formats: Vec<String> = items("supportedModelFormats")
        .iter()
        .map(|id| {
            let value = |key| tree.get(*id, key).map(|id| tree.value(id));
            let text = |key| {
                tree.get(*id, key)
                    .and_then(|id| tree.text(id))
                    .unwrap_or_default()
            };
            let auto = value("autoSelect") == Some(&Yaml::Bool(true));
            let priority = match value("priority") {
                Some(Yaml::Int(number)) => Some(*number),
                _ => None,
            };
            format!("{:?}", (text("name"), text("version"), auto, priority))
        })
        .collect();
    format!("{protocols:?} {}", formats.join(" "))
}
