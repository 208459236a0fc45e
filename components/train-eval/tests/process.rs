//! The program as KFP starts it.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

const TABLES: [(&str, &str); 4] = [
    ("x_train", "a,b\n1,9\n2,8\n3,9\n11,1\n12,2\n13,1\n"),
    ("x_test", "a,b\n2,9\n12,1\n"),
    ("y_train", "y\nlow\nlow\nlow\nhigh\nhigh\nhigh\n"),
    ("y_test", "y\nlow\nhigh\n"),
];
const OUTPUTS: [&str; 3] = ["model", "metrics", "confusion_matrix"];

/// The flags of one run in `dir`, where the tables are written.
fn with_flags(dir: &Path) -> Command {
    let mut command = Command::cargo_bin("train-eval").expect("the program is built");
    for (name, table) in TABLES {
        fs::write(dir.join(name), table).unwrap();
        command
            .arg(format!("--{}", name.replace('_', "-")))
            .arg(dir.join(name));
    }
    for name in OUTPUTS {
        command
            .arg(format!("--{}", name.replace('_', "-")))
            .arg(dir.join("out").join(name).join("data"));
    }
    command
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn kfp_1_gets_files_its_ui_draws() {
    let dir = tempfile::tempdir().unwrap();
    with_flags(dir.path())
        .args(["--number-of-estimators", "5", "--executor-input", "{{$}}"])
        .assert()
        .success();

    let out = dir.path().join("out");
    let metrics = json(&out.join("metrics/data"));
    assert_eq!(metrics["metrics"][0]["name"], "accuracy_score");
    assert_eq!(metrics["metrics"][0]["format"], "PERCENTAGE");
    assert_eq!(metrics["metrics"][0]["numberValue"], 1.0);
    let drawn = json(&out.join("confusion_matrix/data"));
    let drawn: Vec<_> = drawn["outputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|view| view["type"].as_str().unwrap())
        .collect();
    assert_eq!(drawn, ["confusion_matrix", "roc"]);
    let trees = json(&out.join("model/data/model.json"));
    assert_eq!(trees.as_array().unwrap().len(), 5);
}

#[test]
fn the_log_says_what_was_trained_and_how_well() {
    let dir = tempfile::tempdir().unwrap();
    let assert = with_flags(dir.path()).assert().success();
    let stderr = String::from_utf8_lossy(&assert.get_output().stderr);
    let facts =
        "6 rows to train on, 2 to test on, 2 features\n100 trees, 2 classes, accuracy 1.0000\n";
    assert!(stderr.contains(facts), "{stderr}");
}

#[test]
fn the_log_warns_of_integers_that_a_model_cannot_tell_apart() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = with_flags(dir.path());
    let table = "a,b\n1,16777216\n2,16777217\n3,9\n11,33554433\n12,2.1\n13,1\n";
    fs::write(dir.path().join("x_train"), table).unwrap();
    let stderr = command.assert().success().get_output().stderr.clone();
    let stderr = String::from_utf8_lossy(&stderr);
    let warnings: Vec<_> = stderr
        .lines()
        .filter(|line| line.contains("warning"))
        .collect();
    assert_eq!(
        warnings,
        [
            "warning: `x_train`: column `b` has integers above 16777216, which are rounded to 32 bits"
        ]
    );
}

#[test]
fn kfp_2_gets_metadata() {
    let dir = tempfile::tempdir().unwrap();
    let artifact = |name: &str, kind: &str| {
        format!(
            r#""{name}": {{"artifacts": [{{"name": "{name}", "type": {{"schemaTitle": "system.{kind}"}}, "uri": "minio://x/{name}"}}]}}"#
        )
    };
    let outputs = [
        artifact("model", "Model"),
        artifact(OUTPUTS[1], "Metrics"),
        artifact(OUTPUTS[2], "ClassificationMetrics"),
    ];
    let answer = dir.path().join("executor_output.json");
    let executor_input = format!(
        r#"{{"inputs": {{"parameterValues": {{"number_of_estimators": 5.0, "seed": 42}}}},
             "outputs": {{"artifacts": {{{}}}, "outputFile": "{}"}}}}"#,
        outputs.join(", "),
        answer.display()
    );
    with_flags(dir.path())
        .args(["--executor-input", &executor_input])
        .assert()
        .success();

    let artifacts = &json(&answer)["artifacts"];
    assert_eq!(
        artifacts["metrics"]["artifacts"][0]["metadata"]["accuracy_score"],
        1.0
    );
    let drawn = &artifacts["confusion_matrix"]["artifacts"][0]["metadata"];
    assert_eq!(
        drawn["confusionMatrix"]["rows"][0]["row"],
        serde_json::json!([1, 0])
    );
    assert!(drawn["confidenceMetrics"].is_array());
}

#[test]
fn a_bad_cell_fails_with_its_line_and_leaves_no_output() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = with_flags(dir.path());
    fs::write(dir.path().join("x_test"), "a,b\n2,9\n12,one\n").unwrap();
    let assert = command.assert().code(1);

    let stderr = String::from_utf8_lossy(&assert.get_output().stderr);
    assert!(
        stderr.contains(
            "error: train-eval: `x_test`, line 3: column `b` is `one`, but must be a finite number"
        ),
        "{stderr}"
    );
    let left: Vec<_> = OUTPUTS
        .iter()
        .flat_map(|name| fs::read_dir(dir.path().join("out").join(name)).unwrap())
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn no_trees_are_a_usage_error() {
    let dir = tempfile::tempdir().unwrap();
    let assert = with_flags(dir.path())
        .args(["--number-of-estimators", "0"])
        .assert()
        .code(2);
    let stderr = String::from_utf8_lossy(&assert.get_output().stderr);
    assert!(stderr.contains("`number_of_estimators` is `0`"), "{stderr}");
}
