//! The same pipelines as kfp.local ran: equal outputs, executed tasks and final state, but for named differences.
//!
//! kfp.local's results are recorded by `crates/kfp-pipeline/tests/kfp/pipelines.py`. The components are lightweight
//! Python, so this needs a Python with kfp 2.17 too: `KFP2_PYTHON`.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use kfp_pipeline::{Pipeline, parameters};
use kfp_runner::{
    engine::{Engine, Options, Request},
    platform::ClusterObjects,
    program::{Sources, resolve},
    record::{Record, State},
    runs::Runs,
};
use kfp_test_support::Sdk;
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
    if matches!(name, "imported" | "reimported") {
        fs::write(path("imported.txt"), "imported").unwrap();
        given.insert("uri".into(), path("imported.txt").to_str().into());
    }
    if name.starts_with("retried") {
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
        // kfp.local knows no secrets, and a task does not start without one that it names.
        cluster_objects: ClusterObjects {
            secrets: [(
                "login".to_owned(),
                [("password".to_owned(), "x".to_owned())].into(),
            )]
            .into(),
            ..ClusterObjects::default()
        },
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

#[test]
fn pipelines_come_out_as_with_kfp_local() {
    let Some(python) = Sdk::Kfp2.python() else {
        return;
    };
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
    assert_eq!(recorded.len(), 56);
}

/// A pipeline that comes out otherwise here, because KFP's backend is followed.
struct Difference {
    pipeline: &'static str,
    /// The row of the documentation's table.
    row: &'static str,
    /// What comes of it instead.
    instead: fn(&mut Result),
}

const NUMBERS: &str = "a whole number inside a list, an object or metadata, and a whole Float";
const CONDITIONS: &str = "a condition that cannot be evaluated";
const CHOSEN: &str = "`OneOf` of artifacts";

const DIFFERENCES: &[Difference] = &[
    Difference {
        pipeline: "artifacts",
        row: NUMBERS,
        instead: |result| result.ran[1] = "read some text 9".into(),
    },
    Difference {
        pipeline: "defaults",
        row: NUMBERS,
        instead: |result| {
            let text = r#"{"e": {}, "k": [1, "x"]}"#;
            result.outputs.insert("Output".to_owned(), text.into());
            result.ran[0] = format!("describe {text}");
        },
    },
    Difference {
        pipeline: "floats",
        row: NUMBERS,
        instead: |result| result.ran[0] = "scale 0.1 3".into(),
    },
    Difference {
        pipeline: "ignored-failure",
        row: "a missing input of a task that ignores a failure before it",
        instead: |result| result.ran.push("patient nothing".to_owned()),
    },
    Difference {
        pipeline: "for-nested-collected",
        row: "outputs of a loop within a loop",
        instead: |result| result.succeed(66.into(), &["total [11, 21, 12, 22]"]),
    },
    Difference {
        pipeline: "for-empty",
        row: "a `Collected` of an empty loop",
        instead: |result| result.succeed(0.into(), &["total []"]),
    },
    Difference {
        pipeline: "for-named-output",
        row: "a loop over one of several outputs of a task",
        instead: |result| result.succeed(9.into(), &["add 3 1", "add 4 1", "total [4, 5]"]),
    },
    Difference {
        pipeline: "one-of-artifacts",
        row: CHOSEN,
        instead: |result| result.succeed("other".into(), &["read other 5"]),
    },
    Difference {
        pipeline: "one-of-artifacts-in-a-loop",
        row: CHOSEN,
        instead: |result| {
            let texts = ["one:3", "other:5"].map(Value::from).to_vec();
            result.succeed(texts.into(), &["read all ['one:3', 'other:5']"]);
        },
    },
    Difference {
        pipeline: "left-out",
        row: "an optional parameter without default",
        instead: |result| result.succeed("None 2".into(), &["maybe None 2"]),
    },
    Difference {
        pipeline: "placeholders-in-strings",
        row: "a placeholder within a longer text",
        instead: |result| result.ran[0] = "is filled in False".into(),
    },
    Difference {
        pipeline: "quoted",
        row: CONDITIONS,
        instead: |result| result.succeeded = false,
    },
];

impl Result {
    /// The pipeline succeeds, and more of its tasks run.
    fn succeed(&mut self, output: Value, more: &[&str]) {
        self.succeeded = true;
        self.outputs.insert("Output".to_owned(), output);
        self.ran.extend(more.iter().map(ToString::to_string));
        self.ran.sort();
    }
}

/// Rows that Python components do not show, and the tests that do.
const OTHER_ROWS: &[(&str, &str)] = &[
    (
        "independent tasks",
        "independent_tasks_run_at_the_same_time_up_to_the_number_of_jobs",
    ),
    (
        "iterations of a loop",
        "no_more_iterations_run_at_a_time_than_the_loop_allows",
    ),
    (
        "a task after a condition that is false",
        "a_false_condition_omits_what_waits_for_it_and_the_run_succeeds",
    ),
    (
        "an output parameter of the wrong type",
        "what_kfp_would_not_take_fails_the_task",
    ),
    (
        "a second attempt at a task",
        "a_task_that_fails_twice_succeeds_in_its_third_attempt_with_only_its_outputs",
    ),
    (
        "final status given to an exit task",
        "an_exit_task_runs_after_a_failure_and_is_told_of_it",
    ),
    (
        "the cache",
        "a_task_whose_inputs_have_the_same_bytes_is_not_run_again_though_their_producer_was",
    ),
];

#[test]
fn every_difference_in_the_documentation_has_a_test() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(package.join("../../docs/local-pipelines.md")).unwrap();
    let (_, table) = text.split_once("| | kfp.local 2.17 |").unwrap();
    let mut documented: Vec<&str> = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            line.split('|')
                .nth(1)
                .unwrap()
                .trim()
                .trim_end_matches(" *")
        })
        .collect();
    let tests: String = [
        "tests/it/flow.rs",
        "tests/it/cache.rs",
        "src/task/outputs.rs",
    ]
    .map(|file| fs::read_to_string(package.join(file)).unwrap())
    .concat();
    for (row, test) in OTHER_ROWS {
        assert!(tests.contains(&format!("fn {test}()")), "{row}: {test}");
    }
    let mut tested: Vec<&str> = DIFFERENCES
        .iter()
        .map(|difference| difference.row)
        .chain(OTHER_ROWS.iter().map(|(row, _)| *row))
        .collect();
    documented.sort_unstable();
    tested.sort_unstable();
    tested.dedup();
    assert_eq!(documented, tested);
}

#[test]
fn the_compiled_iris_pipeline_is_what_kfp_compiles() {
    let Some(python) = Sdk::Kfp2.python() else {
        return;
    };
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
