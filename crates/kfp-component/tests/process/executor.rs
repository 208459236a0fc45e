//! What executor input decides, and what the executor output says.

use serde_json::{Value, json};

use crate::program::{Finished, TestDir, run, words};

/// Runs `everything` with nothing but executor input, changed by `change`.
fn run_with(dir: &TestDir, change: impl FnOnce(&mut Value)) -> Finished {
    let artifact =
        |name: &str| json!({"artifacts": [{"name": name, "uri": dir.at(name), "metadata": {}}]});
    dir.file("table", "a,b\n");
    let mut input = json!({
        "inputs": {
            "parameterValues": {
                "text": "x", "count": 3, "share": 0.5, "flag": false, "items": [], "options": {}, "criterion": "gini",
            },
            "artifacts": {"table": artifact("table")},
        },
        "outputs": {
            "parameters": {"best": {"outputFile": dir.at("best")}, "rows": {"outputFile": dir.at("rows")}},
            "artifacts": {"seen": artifact("seen"), "mlpipeline_metrics": artifact("mlpipeline_metrics")},
            "outputFile": dir.at("new/output_metadata.json"),
        },
    });
    change(&mut input);
    run(
        "everything",
        &["--executor-input".into(), input.to_string()],
    )
}

fn executor_output(dir: &TestDir) -> Value {
    serde_json::from_str(&dir.read("new/output_metadata.json")).unwrap()
}

#[test]
fn executor_input_alone_is_enough() {
    let dir = TestDir::new();
    run_with(&dir, |_| {}).succeeded();
    assert_eq!(dir.read("best"), "x");
    assert!(
        dir.read("seen")
            .starts_with("\"x\" 3 5e-1 false [] {} Gini\n10 0.1 ")
    );
}

#[test]
fn every_declared_artifact_is_listed_with_its_name_uri_and_metadata() {
    let dir = TestDir::new();
    run_with(&dir, |input| {
        let seen = &mut input["outputs"]["artifacts"]["seen"]["artifacts"][0];
        seen["uri"] = "minio://bucket/seen".into();
        seen["customPath"] = dir.at("elsewhere/seen").into();
        seen["metadata"] = json!({"rows": 10, "nothing": null});
    })
    .succeeded();
    assert_eq!(
        executor_output(&dir),
        json!({"artifacts": {
            "seen": {"artifacts": [
                {"name": "seen", "uri": "minio://bucket/seen", "metadata": {"rows": 10, "framework": "none"}},
            ]},
            "mlpipeline_metrics": {"artifacts": [{
                "name": "mlpipeline_metrics",
                "uri": dir.at("mlpipeline_metrics"),
                "metadata": {"share": 0.5, "count": 1.0},
            }]},
        }})
    );
    assert!(
        dir.list().contains(&"elsewhere/seen".to_owned()),
        "customPath is the local path"
    );
}

#[test]
fn unknown_fields_are_no_concern() {
    let dir = TestDir::new();
    run_with(&dir, |input| {
        input["inputs"]["parameterValues"]["later"] = json!(1);
        input["inputs"]["artifacts"]["table"]["artifacts"][0]["futureField"] = json!({"a": [1]});
        input["security"] = json!("high");
    })
    .succeeded();
    assert!(!dir.read("new/output_metadata.json").contains("futureField"));
}

#[test]
fn the_first_of_an_artifact_list_counts() {
    let dir = TestDir::new();
    dir.file("second", "c,d\n");
    run_with(&dir, |input| {
        let list = input["inputs"]["artifacts"]["table"]["artifacts"]
            .as_array_mut()
            .unwrap();
        list.push(json!({"name": "table", "uri": dir.at("second")}));
    })
    .succeeded();
    assert!(dir.read("seen").contains("a,b"));
}

#[test]
fn executor_input_decides_before_the_flags_and_flags_fill_its_gaps() {
    let dir = TestDir::new();
    let input = json!({
        "inputs": {"parameterValues": {"text": "from input", "note": null}, "artifacts": {}},
        "outputs": {"outputFile": dir.at("executor_output.json")},
    });
    let table = dir.file("table", "a,b\n");
    let mut arguments = words(&[
        "--text",
        "from flag",
        "--note",
        "from flag",
        "--count",
        "3",
        "--share",
        "0.5",
    ]);
    arguments.extend(words(&[
        "--flag",
        "true",
        "--items",
        "[]",
        "--options",
        "{}",
        "--criterion",
        "gini",
    ]));
    arguments.extend(["--table".into(), table]);
    for output in ["seen", "best", "rows", "mlpipeline-metrics"] {
        arguments.extend([format!("--{output}"), dir.at(output)]);
    }
    arguments.extend(["--executor-input".into(), input.to_string()]);
    run("everything", &arguments).succeeded();
    assert_eq!(dir.read("best"), "from input");
    assert!(
        dir.read("seen").contains("None None None"),
        "null means left out, whatever the flag says"
    );
    assert_eq!(
        dir.read("executor_output.json"),
        r#"{"artifacts":{}}"#,
        "nothing was provisioned"
    );
}

#[test]
fn a_missing_parameter_is_a_usage_error_that_names_it() {
    let dir = TestDir::new();
    let finished = run_with(&dir, |input| {
        input["inputs"]["parameterValues"]
            .as_object_mut()
            .unwrap()
            .remove("count");
    });
    let hint = "hint: does component.yaml belong to this version of the program? `kfp-comp generate` renews it";
    finished.failed(
        2,
        &format!("error: `count` is missing: give `--count <Integer>`\n{hint}\n"),
    );
    assert_eq!(dir.list(), ["table"]);
}

/// From the field names of KFP's message, which the driver writes for the task of an exit handler.
#[test]
fn an_exit_handler_learns_how_the_tasks_ended_and_which_run_it_is() {
    let dir = TestDir::new();
    let root = "minio://mlpipeline/v2/artifacts/nightly/81d878bd/exit/f12b3a2f";
    let mut input = json!({
        "inputs": {"parameterValues": {"status": {
            "state": "FAILED",
            "pipelineTaskName": "exit-handler-1",
            "pipelineJobResourceName": "nightly-x7",
            "error": {"code": 9.0, "message": "exit code 1"},
        }}},
        "outputs": {
            "artifacts": {"seen": {"artifacts": [{
                "name": "seen", "uri": format!("{root}/seen"), "customPath": dir.at("seen"),
            }]}},
            "outputFile": dir.at("output_metadata.json"),
        },
    });
    run("exit", &["--executor-input".into(), input.to_string()]).succeeded();
    assert_eq!(
        dir.read("seen"),
        format!(
            "FAILED exit-handler-1 nightly-x7 Some(9) Some(\"exit code 1\")\n\
                 81d878bd nightly exit {root}/seen seen {{\"a\":1}}"
        )
    );

    input["inputs"] = json!({});
    let finished = run("exit", &["--executor-input".into(), input.to_string()]);
    finished.failed(
        2,
        "error: `status` is missing: KFP 2 gives it to exit handlers only, and KFP 1 to none\n\
         hint: take an `Option<TaskFinalStatus>` to do without\n",
    );

    // As kfp 1.8 compiles it: the flag without a value.
    let finished = run(
        "exit",
        &words(&["--status", "--seen", "x", "--executor-input", "{{$}}"]),
    );
    assert_eq!(finished.code, Some(2));
    assert!(
        finished.stderr.contains("and KFP 1 to none"),
        "{}",
        finished.stderr
    );
}

#[test]
fn a_metric_that_kfp_2_shows_as_zero_is_reported() {
    let dir = TestDir::new();
    let finished = run_with(&dir, |input| {
        input["inputs"]["parameterValues"]["share"] = json!(1e-7);
    });
    assert_eq!(finished.code, Some(0));
    let warning = "\nwarning: metric `share` is 1e-7, of which KFP 2 keeps six decimals: 0\n";
    assert!(finished.stderr.contains(warning), "{}", finished.stderr);
}
