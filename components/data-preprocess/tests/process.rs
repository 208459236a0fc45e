//! The program as KFP starts it.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

const IRIS: &str = include_str!("../../../pipelines/iris/iris.csv");
const OUTPUTS: [&str; 4] = ["x_train", "x_test", "y_train", "y_test"];

fn program() -> Command {
    Command::cargo_bin("data-preprocess").expect("the program is built")
}

/// The flags of one run in `dir`, where `table.csv` is written.
fn with_flags(dir: &Path, table: impl AsRef<[u8]>, label: &str) -> Command {
    fs::write(dir.join("table.csv"), table).unwrap();
    let mut command = program();
    command
        .arg("--ingested-data")
        .arg(dir.join("table.csv"))
        .args(["--label-colname", label]);
    for output in OUTPUTS {
        command
            .arg(format!("--{}", output.replace('_', "-")))
            .arg(dir.join("out").join(output).join("data"));
    }
    command
}

fn written(dir: &Path, output: &str) -> String {
    fs::read_to_string(dir.join("out").join(output).join("data")).unwrap()
}

#[test]
fn kfp_1_gives_flags() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = with_flags(dir.path(), IRIS, "variety");
    command
        .args([
            "--test-fraction",
            "0.3",
            "--stratify",
            "True",
            "--executor-input",
            "{{$}}",
        ])
        .assert()
        .success();

    assert_eq!(written(dir.path(), "x_train").lines().count(), 106);
    assert_eq!(written(dir.path(), "y_test").lines().count(), 46);
}

#[test]
fn the_log_says_what_became_of_the_rows() {
    let dir = tempfile::tempdir().unwrap();
    let assert = with_flags(dir.path(), IRIS, "variety").assert().success();
    let stderr = String::from_utf8_lossy(&assert.get_output().stderr);
    assert!(
        stderr.contains("120 rows to train on, 30 to test on, 4 features\n3 classes of `variety`"),
        "{stderr}"
    );
}

#[test]
fn kfp_2_gives_executor_input_and_wants_an_answer() {
    let dir = tempfile::tempdir().unwrap();
    let answer = dir.path().join("executor_output.json");
    let outputs = OUTPUTS.map(|name| {
        format!(r#""{name}": {{"artifacts": [{{"name": "{name}", "type": {{"schemaTitle": "system.Dataset"}}, "uri": "minio://x/{name}"}}]}}"#)
    });
    let executor_input = format!(
        r#"{{"inputs": {{"parameterValues": {{"label_colname": "variety", "test_fraction": 0.2, "seed": 7.0, "stratify": true}}}},
             "outputs": {{"artifacts": {{{}}}, "outputFile": "{}"}}}}"#,
        outputs.join(", "),
        answer.display()
    );
    let mut command = with_flags(dir.path(), IRIS, "{{$.inputs.parameters['label_colname']}}");
    command
        .args(["--executor-input", &executor_input])
        .assert()
        .success();

    assert_eq!(written(dir.path(), "y_test").lines().count(), 31);
    let answer = fs::read_to_string(answer).unwrap();
    for output in OUTPUTS {
        assert!(answer.contains(&format!("minio://x/{output}")), "{answer}");
    }
}

#[test]
fn bad_data_fails_with_its_line_and_leaves_no_output() {
    let dir = tempfile::tempdir().unwrap();
    let assert = with_flags(dir.path(), "a,y\n1,x\n2,x\n3\n", "y")
        .assert()
        .code(1);

    let stderr = String::from_utf8_lossy(&assert.get_output().stderr);
    assert!(
        stderr.contains(
            "error: data-preprocess: `ingested_data`, line 4: the header names 2 columns, but the row has 1"
        ),
        "{stderr}"
    );
    let left: Vec<_> = OUTPUTS
        .iter()
        .flat_map(|output| fs::read_dir(dir.path().join("out").join(output)).unwrap())
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_reported_with_the_outputs_name() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(
        dir.path().join("table.csv"),
        format!("a,y\n{}", "1,x\n".repeat(20_000)),
    )
    .unwrap();
    let mut command = program();
    command
        .arg("--ingested-data")
        .arg(dir.path().join("table.csv"))
        .args(["--label-colname", "y"]);
    command
        .args(["--x-train", "/dev/full", "--x-test"])
        .arg(dir.path().join("x_test"));
    command
        .arg("--y-train")
        .arg(dir.path().join("y_train"))
        .arg("--y-test")
        .arg(dir.path().join("y_test"));

    let stderr =
        String::from_utf8_lossy(&command.assert().code(1).get_output().stderr).into_owned();
    assert!(
        stderr.contains(
            "error: data-preprocess: could not write output `x_train`\n  cause: /dev/full: No space left"
        ),
        "{stderr}"
    );
    assert!(!dir.path().join("x_test").exists());
}

#[test]
fn a_fraction_out_of_range_is_a_usage_error() {
    let dir = tempfile::tempdir().unwrap();
    let assert = with_flags(dir.path(), IRIS, "variety")
        .args(["--test-fraction", "1"])
        .assert()
        .code(2);

    let stderr = String::from_utf8_lossy(&assert.get_output().stderr);
    assert!(stderr.contains("`test_fraction` is `1`"), "{stderr}");
    assert!(!dir.path().join("out").exists());
}
