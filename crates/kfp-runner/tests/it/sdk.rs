//! The same pipelines as kfp.local ran: equal outputs, executed tasks and final state, but for named differences.
//!
//! kfp.local's results are recorded by `crates/kfp-pipeline/tests/kfp/pipelines.py`. The components are lightweight
//! Python, so this needs a Python with kfp 2.17 too: `KFP2_PYTHON`.

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use kfp_pipeline::{Pipeline, parameters};
use kfp_runner::{
    engine::{Engine, Options, Request},
    program::{Sources, resolve},
    record::{Record, State},
    runs::Runs,
};
use serde::Deserialize;
use serde_json::{Map, Value};

/// What came of a pipeline.
#[derive(Debug, Deserialize, PartialEq)]
struct Result {
    succeeded: bool,
    outputs: BTreeMap<String, Value>,
    ran: Vec<String>,
}

fn run(name: &str, text: &str, python: &Path) -> Result {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let mut given = Map::new();
    given.insert("notes".into(), path("notes").to_str().into());
    if name == "imported" {
        fs::write(path("imported.txt"), "imported").unwrap();
        given.insert("uri".into(), path("imported.txt").to_str().into());
    }
    if name == "retried" {
        given.insert("counter".into(), path("counter").to_str().into());
    }
    let pipeline = Pipeline::read(text).unwrap();
    let parameters = parameters::complete(&pipeline.spec, given).unwrap();
    let sources = Sources {
        python: Some(python.to_owned()),
        ..Sources::default()
    };
    let programs = resolve(&pipeline.spec, &sources).unwrap();
    let mut run = Runs::new(path("runs"))
        .create(&pipeline, text, &parameters, 2, "test")
        .unwrap();
    let request = Request {
        pipeline: &pipeline,
        parameters,
        programs: &programs,
        options: Options::default(),
        directory: run.directory.clone(),
        names: run.names.clone(),
        done: BTreeMap::new(),
        done_in: None,
        selected: None,
        cache: None,
    };
    let mut watch = |_: &Record| {};
    let summary = Engine::new(request, &mut run.log, &mut watch)
        .0
        .run()
        .unwrap();
    let mut ran: Vec<String> = fs::read_to_string(path("notes"))
        .unwrap_or_default()
        .lines()
        .map(str::to_owned)
        .collect();
    ran.sort();
    let succeeded = summary.state == State::Succeeded;
    Result {
        succeeded,
        // kfp.local has no outputs of a pipeline that failed.
        outputs: if succeeded {
            summary.outputs.parameters
        } else {
            BTreeMap::new()
        },
        ran,
    }
}

/// A Python with kfp 2.17; without one the test says that it is skipped, or fails where it must not be.
fn python() -> Option<PathBuf> {
    let python = std::env::var_os("KFP2_PYTHON").map(PathBuf::from);
    if python.is_none() {
        let required = std::env::var("KFP_REQUIRE_TIERS").is_ok_and(|tiers| tiers == "1");
        assert!(!required, "KFP2_PYTHON must name a python with kfp 2.17");
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: KFP2_PYTHON does not name a python with kfp 2.17"
        );
    }
    python
}

#[test]
fn pipelines_come_out_as_with_kfp_local() {
    let Some(python) = python() else { return };
    let kfp = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kfp-pipeline/tests/kfp");
    let recorded = fs::read_to_string(kfp.join("kfp-local.json")).unwrap();
    let mut recorded: BTreeMap<String, Result> = serde_json::from_str(&recorded).unwrap();
    for difference in DIFFERENCES {
        (difference.instead)(recorded.get_mut(difference.pipeline).unwrap());
    }
    let mut wrong = Vec::new();
    for (name, wanted) in &recorded {
        let text = fs::read_to_string(kfp.join(format!("compiled/{name}.yaml"))).unwrap();
        let got = run(name, &text, &python);
        if got != *wanted {
            wrong.push(format!(
                "{name}\n  here:      {got:?}\n  kfp.local: {wanted:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(recorded.len(), 38);
}

/// A pipeline that comes out otherwise here, because KFP's backend is followed.
struct Difference {
    pipeline: &'static str,
    /// What comes of it instead, and why.
    instead: fn(&mut Result),
}

/// The first three: a backend's executor input has whole numbers without a fraction, kfp.local's with one.
const DIFFERENCES: &[Difference] = &[
    Difference {
        pipeline: "artifacts",
        instead: |result| result.ran[1] = "read some text 9".into(),
    },
    Difference {
        pipeline: "defaults",
        instead: |result| {
            let text = r#"{"e": {}, "k": [1, "x"]}"#;
            result.outputs.insert("Output".to_owned(), text.into());
            result.ran[0] = format!("describe {text}");
        },
    },
    Difference {
        pipeline: "floats",
        instead: |result| result.ran[0] = "scale 0.1 3".into(),
    },
    // A task that ignores a failure before it gets its default for what the failed task did not produce.
    Difference {
        pipeline: "ignored-failure",
        instead: |result| result.ran.push("patient nothing".to_owned()),
    },
];

#[test]
fn the_compiled_iris_pipeline_is_what_kfp_compiles() {
    let Some(python) = python() else { return };
    let iris = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipelines/iris");
    let directory = tempfile::tempdir().unwrap();
    let compiled = directory.path().join("iris.yaml");
    let output = Command::new(python)
        .arg(iris.join("kfp2.py"))
        .arg(&compiled)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let compiled = fs::read_to_string(compiled).unwrap();
    let kept = fs::read_to_string(iris.join("iris.yaml")).unwrap();
    assert!(
        kept == compiled,
        "compile it again: python pipelines/iris/kfp2.py pipelines/iris/iris.yaml"
    );
}
