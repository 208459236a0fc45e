//! Metrics that the official SDK logs.

use std::process::Command;

use kfp_client::{
    model::{NewRun, Source, State},
    outputs::RocPoint,
};
use kfp_runner::program::Sources;
use kfp_test_cluster::{Cluster, Options};
use kfp_test_support::Sdk;

use super::{client, ended};

#[test]
fn metrics_logged_by_the_official_sdk_come_back_from_both_forms() {
    let Some(python) = Sdk::Kfp2.python() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let compiled = folder.path().join("measured.yaml");
    let output = Command::new(&python)
        .args([
            "-I",
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cluster/metrics.py"),
        ])
        .arg(&compiled)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = std::fs::read_to_string(&compiled).unwrap();
    let spec = kfp_test_cluster::json_of_yaml(&text).unwrap();
    let metrics = [false, true].map(|is_native| {
        let cluster = Cluster::start(Options {
            sources: Sources {
                python: Some(python.clone()),
                ..Sources::default()
            },
            is_native,
            ..Options::default()
        });
        let client = client(&cluster.url());
        let run = NewRun {
            display_name: "measured".to_owned(),
            source: Source::Spec(spec.clone()),
            ..NewRun::default()
        };
        let id = client.create_run(&run).unwrap().run_id;
        let run = ended(&client, &id);
        let outputs = client.outputs(&id).unwrap();
        let log = client.log(&id, &outputs.tasks[0].pod);
        assert_eq!(run.state, State::Succeeded, "{log:?}");
        outputs.metrics()
    });
    let [store, native] = &metrics;
    assert_eq!(store, native);
    let scalars: Vec<_> = store
        .scalars
        .iter()
        .map(|one| {
            (
                one.task.as_str(),
                one.output.as_str(),
                one.name.as_str(),
                one.value,
            )
        })
        .collect();
    let expected = [
        ("measure", "metrics", "accuracy", 0.875),
        ("measure", "metrics", "epochs", 12.0),
    ];
    assert_eq!(scalars, expected);
    let matrix = &store.confusion_matrices[0];
    assert_eq!(matrix.labels, ["cat", "dog"]);
    assert_eq!(matrix.rows, [[9.0, 1.0], [0.0, 10.0]]);
    let point = |threshold, false_positive_rate, recall| RocPoint {
        threshold,
        false_positive_rate,
        recall,
    };
    let expected = [
        point(1.0, 0.0, 0.0),
        point(0.75, 0.25, 0.5),
        point(0.0, 1.0, 1.0),
    ];
    assert_eq!(store.roc_curves[0].points, expected);
}
