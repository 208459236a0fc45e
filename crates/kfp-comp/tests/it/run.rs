//! The slow ones: what `init` and `new` write compiles, passes its tests and lints, and runs.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;
use snapbox::cmd::Command;
use tempfile::TempDir;

use crate::support::kfp_comp;

/// The repository these tests are part of, which is the SDK.
fn sdk() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// An argument of each type, and names that are awkward in Rust.
const EVERYTHING: &[&str] = &[
    "text: String = \"a \\\"quoted\\\" word\"",
    "whole: i64",
    "share: Option<f64>",
    "flag: bool = true",
    "list: Vec<String>",
    "map: std::collections::BTreeMap<String, f64>",
    "hash: HashMap<String, u8>",
    "json: Json<BTreeMap<String, f64>>",
    "r#type: String",
    "table: Input<Artifact>",
    "everything: Option<Input<Model>>",
    "testing: Input<Dataset>",
    "input: Input<Dataset>",
    "output: Output<Dataset>",
    "any: Output<Artifact>",
    "model: Output<Model>",
    "mlpipeline_metrics: Output<Metrics>",
    "mlpipeline_ui_metadata: Output<UiMetadata>",
    "classes: Output<ClassificationMetrics>",
    "slices: Output<SlicedClassificationMetrics>",
    "page: Output<Html>",
    "notes: Output<Markdown>",
    "word: Output<String>",
    "count: Output<i64>",
    "rate: Output<f64>",
    "ready: Output<bool>",
    "items: Output<Vec<i64>>",
    "object: Output<Json<BTreeMap<String, f64>>>",
    "weights: Output<BTreeMap<String, f64>>",
];

/// A component of somebody else's, with words and types that are not Rust's.
const OLD: &str = r#"
name: 'Train "TensorFlow" model'
description: |
  Trains a TensorFlowModel.

  - on data
  and more data

      code: here
inputs:
- {name: Training Data, type: CSV, description: "From <https://example.com>.\r\nIn UTF-8."}
- {name: class, type: String, default: 'a"b\c'}
- {name: options, type: JsonObject, default: '{"depth": 4}'}
- {name: layers, type: list, optional: true}
- {name: model, type: TensorFlowModel, optional: true}
outputs:
- {name: model, type: TensorFlowModel}
- {name: MLPipeline UI metadata}
implementation:
  container: {image: 'acme/train:1', command: [train]}
"#;

/// One workspace for all tests here, made by the program itself, compiled into one directory over many runs.
static WORKSPACE: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
    let directory = tempfile::tempdir().unwrap();
    kfp_comp(
        directory.path(),
        &["init", "x", "--sdk", sdk().to_str().unwrap()],
    )
    .assert()
    .success();
    let root = directory.path().join("x");
    // The versions this repository is built with are on this machine; others may not be.
    fs::copy(sdk().join("Cargo.lock"), root.join("Cargo.lock")).unwrap();
    kfp_comp(&root, &["new", "data-ingestion"])
        .assert()
        .success();
    let word_count = [
        "new",
        "word-count",
        "--arg",
        "text: Input<Dataset>",
        "--arg",
        "top: u32 = 10",
    ];
    let outputs = [
        "--arg",
        "counts: Output<Dataset>",
        "--arg",
        "words: Output<i64>",
        "--arg",
        "mlpipeline_metrics: Output<Metrics>",
    ];
    kfp_comp(&root, &[&word_count[..], &outputs].concat())
        .assert()
        .success();
    let everything: Vec<&str> = EVERYTHING
        .iter()
        .flat_map(|argument| ["--arg", *argument])
        .collect();
    kfp_comp(&root, &[&["new", "everything"][..], &everything].concat())
        .assert()
        .success();
    kfp_comp(&root, &["new", "no-files", "--arg", "limit: u32"])
        .assert()
        .success();
    fs::write(root.join("old.yaml"), OLD).unwrap();
    kfp_comp(&root, &["new", "old-thing", "--from", "old.yaml"])
        .assert()
        .success();
    (directory, root)
});

/// Runs of one component share a directory, so one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn offline(command: Command) -> Command {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scaffold");
    command
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_NET_OFFLINE", "true")
        .env("RUST_BACKTRACE", "0")
}

fn run(arguments: &[&str]) -> std::process::Output {
    offline(kfp_comp(&WORKSPACE.1, &[&["run"], arguments].concat()))
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_scaffolded_workspace_passes_its_own_ci() {
    let root = &WORKSPACE.1;
    let cargo = |arguments: &[&str]| {
        let command = offline(Command::new("cargo").current_dir(root))
            .env("KFP_COMP", snapbox::cmd::cargo_bin!("kfp-comp"));
        command.args(arguments).assert().success()
    };
    cargo(&["xtask", "ci"]);
    cargo(&[
        "clippy",
        "--package",
        "word-count",
        "--all-targets",
        "--",
        "-Dwarnings",
        "-Wclippy::pedantic",
    ]);
    cargo(&["xtask", "comp", "check"]);
    let missing = offline(Command::new("cargo").current_dir(root))
        .env("KFP_PUBLISH", "/no/such/program")
        .args(["xtask", "publish"])
        .assert()
        .code(1);
    let error = text(&missing.get_output().stderr);
    assert!(
        error.contains("could not run `/no/such/program`") && error.contains("crates/kfp-publish"),
        "{error}"
    );
    let listed = cargo(&["comp", "list"]).get_output().stdout.clone();
    assert!(
        text(&listed).starts_with("data-ingestion  0.1.0  Copies a table.\n"),
        "{}",
        text(&listed)
    );
}

#[test]
fn a_new_component_runs_at_once_under_both_protocols() {
    let _turn = alone();
    for (name, kfp) in [
        ("everything", "1"),
        ("everything", "2"),
        ("old-thing", "1"),
        ("old-thing", "2"),
    ] {
        let output = run(&[name, "--kfp", kfp, "--quiet"]);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{name}: {}",
            text(&output.stderr)
        );
    }
    for kfp in ["1", "2"] {
        let output = run(&["data-ingestion", "--kfp", kfp, "--json", "--quiet"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let copy = &report["outputs"][0];
        assert_eq!(
            (&copy["name"], &copy["bytes"]),
            (&"copy".into(), &8.into()),
            "{report}"
        );
        assert_eq!(
            fs::read_to_string(copy["path"].as_str().unwrap()).unwrap(),
            "a,b\n1,2\n"
        );
    }
}

#[test]
fn a_run_shows_files_values_and_metrics() {
    let _turn = alone();
    fs::write(WORKSPACE.1.join("mine.txt"), "one two\n").unwrap();
    let output = run(&["word-count", "--", "--text", "mine.txt", "--top=3"]);
    let (shown, log) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{log}");
    let counts = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scaffold/kfp/word-count/counts");
    assert_eq!(fs::read_to_string(counts).unwrap(), "text: 8 bytes\ntop: 3");
    let cells: Vec<Vec<&str>> = shown
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert!(cells.contains(&vec!["words", "1", "1", "B"]), "{shown}");
    assert!(cells.contains(&vec!["example", "0.5"]), "{shown}");
    assert!(
        log.contains("     Running word-count as KFP 2 would"),
        "{log}"
    );
}

#[test]
fn a_component_that_fails_says_why_to_people_and_scripts() {
    let _turn = alone();
    // A directory cannot be copied as a file.
    let output = run(&["data-ingestion", "--", "--source", "."]);
    assert_eq!(output.status.code(), Some(1));
    let log = text(&output.stderr);
    assert!(
        log.contains("\nerror: data-ingestion exited with 1\n  cause: data-ingestion: "),
        "{log}"
    );

    let output = run(&["data-ingestion", "--kfp=1", "--json", "--", "--source", "."]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&report["succeeded"], &report["exit_code"]),
        (&false.into(), &1.into())
    );
    let message = report["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("data-ingestion: "), "{report}");
    assert!(
        !report["error"]["causes"].as_array().unwrap().is_empty(),
        "{report}"
    );
    assert_eq!(report["outputs"], Value::Array(Vec::new()));
}

#[test]
fn wrong_inputs_are_usage_errors_under_both_protocols() {
    let _turn = alone();
    for (arguments, wanted) in [
        (
            &["--", "--tpo", "1"][..],
            "there is no input `--tpo`; the inputs are --text [--top]",
        ),
        (&["--", "--counts", "x"], "`--counts` is an output"),
        (
            &["--kfp=1", "--", "--top", "abc"],
            "`top` is `abc`, but must be a whole number",
        ),
        (
            &["--kfp=2", "--", "--top", "-1"],
            "`top` is `-1`, but must be a whole number",
        ),
    ] {
        let output = run(&[&["word-count"], arguments].concat());
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.contains(wanted), "{arguments:?}: {error}");
    }
}

#[test]
fn a_file_that_a_run_would_delete_is_not_accepted_as_input() {
    let _turn = alone();
    let inside = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scaffold/kfp/data-ingestion/mine");
    fs::create_dir_all(inside.parent().unwrap()).unwrap();
    fs::write(&inside, "precious").unwrap();
    let output = run(&["data-ingestion", "--", "--source", inside.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert_eq!(fs::read_to_string(inside).unwrap(), "precious");
}
