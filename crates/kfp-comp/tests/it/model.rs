//! The folder of a trained model: shown, checked and exported.

use std::{
    fs,
    path::{Path, PathBuf},
};

use kfp_model::{Column, Forest, Manifest, Model, Node};
use serde_json::{Value, json};
use snapbox::str;
use tempfile::TempDir;

use crate::support::kfp_comp;

/// A directory with a model in `model`.
fn place() -> TempDir {
    let place = tempfile::tempdir().unwrap();
    let split = Node::Split {
        feature: 0,
        at_most: 2.45,
        then: 1,
        otherwise: 2,
    };
    let tree = vec![split, Node::Leaf { class: 0 }, Node::Leaf { class: 1 }];
    let mut length = Column::new("petal.length");
    (length.minimum, length.maximum) = (Some(1.0), Some(6.9));
    let columns = vec![length, Column::new("petal.width")];
    let classes = vec!["Setosa".to_owned(), "Virginica\u{1b}[31m".to_owned()];
    let mut manifest = Manifest::classification(columns, classes);
    manifest.label = Some("variety".to_owned());
    manifest.training_rows = Some(120);
    manifest.producer = Some("train-eval 0.1.0".to_owned());
    let model = Model::new(manifest, Forest { trees: vec![tree] }).unwrap();
    let model = model.with_score("accuracy", 29.0 / 30.0).unwrap();
    model.save(place.path().join("model")).unwrap();
    place
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn show_says_what_a_model_takes_and_answers() {
    let place = place();
    kfp_comp(place.path(), &["model", "show", "model"])
        .assert()
        .success()
        .stdout_eq(str![[r#"
A forest of one tree that predicts `variety`

Format: 2
Trained by: train-eval 0.1.0
Trained on: 120 rows
accuracy: 0.9667

Columns:
  petal.length  FP32  1 to 6.9
  petal.width   FP32

Classes:
  0  Setosa
  1  Virginica�[31m

Folders for runtimes:
  onnx       serving/onnx/model/1
  triton     serving/onnx
  openvino   serving/openvino
  mlserver   serving/xgboost
  xgbserver  serving/xgboost

"#]]);
    let json = kfp_comp(place.path(), &["model", "show", "model", "--json"]);
    let json = json.assert().success().get_output().stdout.clone();
    let json: Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["version"], 2);
    assert_eq!(json["trees"], 1);
    assert_eq!(json["columns"][0]["name"], "petal.length");
    assert_eq!(json["files"][0]["path"], "model.json");
}

#[test]
fn check_names_a_file_that_has_changed() {
    let place = place();
    kfp_comp(place.path(), &["model", "check", "model"])
        .assert()
        .success()
        .stderr_eq(str![[r#"
     Checked model

"#]]);
    fs::write(
        place.path().join("model/serving/onnx/model/1/model.onnx"),
        "x",
    )
    .unwrap();
    kfp_comp(place.path(), &["model", "check", "model"])
        .assert()
        .code(4)
        .stderr_eq(str![[r#"
error: model/serving/onnx/model/1/model.onnx: the file has changed: its SHA-256 is 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881, but the manifest says [..]
hint: fetch the folder again, or train the model again

"#]]);
    kfp_comp(place.path(), &["model", "check", "nothing"])
        .assert()
        .code(1)
        .stderr_eq(str![[r#"
error: could not access nothing/MANIFEST.json
  cause: No such file or directory (os error 2)

"#]]);
}

#[test]
fn check_says_what_a_runtime_would_stumble_over() {
    let place = place();
    let arguments = ["model", "check", "model", "--layout", "triton"];
    kfp_comp(place.path(), &arguments)
        .assert()
        .code(4)
        .stderr_eq(str![[r#"
error: model is not laid out for triton: it is the folder of a model, whose `serving/onnx` is

"#]]);
    let arguments = ["model", "check", "model", "--layout", "seldon"];
    kfp_comp(place.path(), &arguments)
        .assert()
        .code(2)
        .stderr_eq(str![[r#"
error: invalid value 'seldon' for '--layout <LAYOUT>': `seldon` is not a layout; these are: onnx, triton, openvino, mlserver, xgbserver

For more information, try '--help'.

"#]]);
}

#[test]
fn an_export_passes_the_check_and_replaces_nothing() {
    let place = place();
    for layout in kfp_model::Layout::ALL.map(kfp_model::Layout::name) {
        let export = ["model", "export", "model", "--layout", layout, "-o", layout];
        let check = ["model", "check", layout, "--layout", layout];
        kfp_comp(place.path(), &export).assert().success();
        kfp_comp(place.path(), &check).assert().success();
    }
    let export = [
        "model", "export", "model", "--layout", "onnx", "-o", "triton",
    ];
    kfp_comp(place.path(), &export)
        .assert()
        .code(1)
        .stderr_eq(str![[r#"
error: `triton` already exists
hint: nothing was written; choose another folder or remove it

"#]]);
    assert_eq!(
        files(place.path()),
        [
            "mlserver",
            "model",
            "onnx",
            "openvino",
            "triton",
            "xgbserver"
        ]
    );
}

#[test]
fn a_dry_run_of_an_export_writes_nothing() {
    let place = place();
    let export = [
        "model",
        "export",
        "model",
        "--layout",
        "triton",
        "--name",
        "iris",
        "-o",
        "out/triton",
        "--dry-run",
    ];
    kfp_comp(place.path(), &export)
        .assert()
        .success()
        .stderr_eq(str![[r#"
 Would write out/triton/iris/1/model.onnx

"#]]);
    assert_eq!(files(place.path()), ["model"]);
    let export = [
        "model", "export", "model", "--layout", "triton", "--name", "../x", "-o", "y",
    ];
    kfp_comp(place.path(), &export).assert().code(2);
    assert_eq!(files(place.path()), ["model"]);
}

#[test]
fn the_folder_above_a_model_is_answered_with_its_name() {
    let place = place();
    fs::create_dir(place.path().join("all")).unwrap();
    fs::rename(place.path().join("model"), place.path().join("all/one")).unwrap();
    kfp_comp(place.path(), &["model", "show", "all"])
        .assert()
        .code(1)
        .stderr_eq(str![[r#"
error: all is not the folder of a model: it has no MANIFEST.json
hint: name `all/one` instead

"#]]);
}

/// The model of a run of the iris pipeline, its test tables, and the confusion matrix that the pipeline recorded.
struct Iris {
    model: PathBuf,
    rows: Vec<f32>,
    labels: Vec<String>,
    recorded: Value,
}

impl Iris {
    fn run() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = root.canonicalize().unwrap();
        let url = format!("file://{}", root.join("pipelines/iris/iris.csv").display());
        let pipeline = "pipelines/iris/iris.yaml";
        let ran = kfp_comp(&root, &["run", pipeline, "--json", "--", "--url", &url]).assert();
        let events = ran.success().get_output().stdout.clone();
        let events = String::from_utf8(events).unwrap();
        let finish: Value = serde_json::from_str(events.lines().last().unwrap()).unwrap();
        let outputs = &finish["outputs"]["artifacts"];
        let model = PathBuf::from(outputs["model"][0]["uri"].as_str().unwrap());
        // runs/ID/tasks/train-eval/attempt-1/outputs/model
        let tasks = model.ancestors().nth(4).unwrap();
        let read = |name: &str| {
            let outputs = tasks.join("data-preprocess/attempt-1/outputs");
            let text = fs::read_to_string(outputs.join(name)).unwrap();
            let lines = text.lines().skip(1).map(str::to_owned);
            lines.collect::<Vec<String>>()
        };
        let rows = read("x_test");
        let cells = rows.iter().flat_map(|row| row.split(','));
        Self {
            rows: cells.map(|cell| cell.parse().unwrap()).collect(),
            labels: read("y_test"),
            recorded: outputs["confusion_matrix"][0]["metadata"]["confusionMatrix"].clone(),
            model,
        }
    }

    /// The confusion matrix of these predictions, as the pipeline records it.
    fn confusion(&self, classes: &[String], predicted: &[usize]) -> Value {
        let mut counts = vec![vec![0; classes.len()]; classes.len()];
        for (label, &class) in self.labels.iter().zip(predicted) {
            let truth = classes.iter().position(|class| class == label).unwrap();
            counts[truth][class] += 1;
        }
        let names = classes.iter().map(|class| json!({ "displayName": class }));
        let rows = counts.into_iter().map(|row| json!({ "row": row }));
        json!({
            "annotationSpecs": names.collect::<Vec<_>>(),
            "rows": rows.collect::<Vec<_>>(),
        })
    }
}

#[test]
fn the_model_of_the_iris_pipeline_predicts_what_the_pipeline_scored() {
    let iris = Iris::run();
    assert_eq!(iris.labels.len(), 30);
    let model = Model::load(&iris.model).unwrap();
    let values: Vec<f64> = iris.rows.iter().copied().map(f64::from).collect();
    let ours = model.predict(&values).unwrap();
    let confusion = iris.confusion(model.classes(), &ours.classes);
    assert_eq!(confusion, iris.recorded);

    let Some(python) = kfp_test_support::models_python() else {
        return;
    };
    let table = tempfile::NamedTempFile::new().unwrap();
    let bytes: Vec<u8> = iris
        .rows
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    fs::write(&table, bytes).unwrap();
    for file in [
        "serving/onnx/model/1/model.onnx",
        "serving/openvino/1/model.onnx",
    ] {
        let output = std::process::Command::new(&python)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../kfp-model/tests/scores.py"))
            .args([iris.model.join(file).as_path(), table.path()])
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
        let [theirs]: [Value; 1] = serde_json::from_slice(&output.stdout).unwrap();
        let labels: Vec<usize> = serde_json::from_value(theirs["labels"].clone()).unwrap();
        assert_eq!(iris.confusion(model.classes(), &labels), iris.recorded);
        let probabilities: Vec<f32> =
            serde_json::from_value(theirs["probabilities"].clone()).unwrap();
        assert_eq!(probabilities, ours.probabilities);
    }
}
