//! The metadata store as it really is: its engine, filled with what a real KFP wrote.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use kfp_client::{
    Client,
    outputs::{RunOutputs, TaskState},
};
use serde_json::Value;

use super::client;

/// Runs that were recorded.
const SUCCEEDED: &str = "4194e839-20a4-44f5-b474-1eb98d8fbde8";
const CACHED: &str = "9c234137-4757-4f96-9f0e-edbcd138618d";
const FAILED: &str = "b17995c2-913d-48bd-add1-01b2f200abfd";
const CANCELLED: &str = "6204e2f3-a452-401d-966c-fab6f1e26856";

/// The engine behind gRPC-web; it ends with the test.
struct Engine {
    process: Child,
    client: Client,
}

impl Engine {
    fn start() -> Option<Self> {
        let python = kfp_test_support::stores_python()?;
        let tests = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");
        let mut process = Command::new(python)
            .args(["-I", &format!("{tests}/cluster/store.py")])
            .arg(format!("{tests}/data/mlmd.jsonl"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        let stdout = process.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut port).unwrap();
        let client = client(&format!("http://127.0.0.1:{}", port.trim()));
        Some(Self { process, client })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ended = self.process.wait();
    }
}

fn states(outputs: &RunOutputs) -> Vec<(&str, &str)> {
    let tasks = outputs.tasks.iter();
    tasks
        .map(|task| (task.task.as_str(), task.state.name()))
        .collect()
}

#[test]
fn the_real_engine_of_the_metadata_store_is_understood() {
    let Some(engine) = Engine::start() else {
        return;
    };
    let read = |run: &str| engine.client.outputs(run).unwrap();

    let outputs = read(SUCCEEDED);
    let expected = [
        ("data-ingestion", "CACHED"),
        ("data-preprocess", "SUCCEEDED"),
        ("train-eval", "SUCCEEDED"),
    ];
    assert_eq!(states(&outputs), expected);
    let train = outputs.task("train-eval").unwrap();
    assert_eq!(
        train.pod,
        "iris-strict-pbxx7-system-container-impl-1495988738"
    );
    assert_eq!(train.inputs["number_of_estimators"], 50);
    let artifacts: Vec<_> = train
        .artifacts
        .iter()
        .map(|one| (one.output.as_str(), one.schema_title.as_str()))
        .collect();
    let expected = [
        ("executor-logs", "system.Artifact"),
        ("mlpipeline_metrics", "system.Metrics"),
        ("mlpipeline_ui_metadata", "system.ClassificationMetrics"),
        ("model", "system.Model"),
    ];
    assert_eq!(artifacts, expected);
    let model = train.artifacts.last().unwrap();
    assert!(
        model
            .uri
            .starts_with("minio://mlpipeline/v2/artifacts/iris-strict/")
    );
    assert_eq!(model.metadata["framework"], "kfp-component/random-forest");
    assert_eq!(model.metadata.len(), 1, "{:?}", model.metadata);
    let session: Value = serde_json::from_str(&model.session).unwrap();
    assert_eq!(session["Provider"], "minio");
    let metrics = outputs.metrics();
    let [accuracy] = metrics.scalars.as_slice() else {
        panic!("{metrics:?}")
    };
    assert_eq!(accuracy.name, "accuracy_score");
    assert!((accuracy.value - 0.966_667).abs() < 1e-12);
    let [matrix] = metrics.confusion_matrices.as_slice() else {
        panic!("{metrics:?}")
    };
    assert_eq!(matrix.labels, ["Setosa", "Versicolor", "Virginica"]);
    let rows = [[10.0, 0.0, 0.0], [0.0, 10.0, 0.0], [0.0, 1.0, 9.0]];
    assert_eq!(matrix.rows, rows);

    let cached = read(CACHED);
    assert!(
        cached
            .tasks
            .iter()
            .all(|task| task.state == TaskState::Cached)
    );
    assert_eq!(cached.metrics(), metrics);
    let failed = read(FAILED);
    let expected = [("data-ingestion", "CACHED"), ("data-preprocess", "FAILED")];
    assert_eq!(states(&failed), expected);
    assert!(read(CANCELLED).tasks.is_empty());
    assert!(read("nobody").tasks.is_empty());
}
