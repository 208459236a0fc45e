//! What executor input decides, and what the executor output says.

use serde_json::{Value, json};

use crate::program::{Finished, Place, run, words};

/// Runs `everything` with nothing but executor input, changed by `change`.
fn run_with(place: &Place, change: impl FnOnce(&mut Value)) -> Finished {
    let artifact =
        |name: &str| json!({"artifacts": [{"name": name, "uri": place.at(name), "metadata": {}}]});
    place.file("table", "a,b\n");
    let mut input = json!({
        "inputs": {
            "parameterValues": {
                "text": "x", "count": 3, "share": 0.5, "flag": false, "items": [], "options": {}, "criterion": "gini",
            },
            "artifacts": {"table": artifact("table")},
        },
        "outputs": {
            "parameters": {"best": {"outputFile": place.at("best")}, "rows": {"outputFile": place.at("rows")}},
            "artifacts": {"seen": artifact("seen"), "mlpipeline_metrics": artifact("mlpipeline_metrics")},
            "outputFile": place.at("new/output_metadata.json"),
        },
    });
    change(&mut input);
    run(
        "everything",
        &["--executor-input".into(), input.to_string()],
    )
}

fn executor_output(place: &Place) -> Value {
    serde_json::from_str(&place.read("new/output_metadata.json")).unwrap()
}

#[test]
fn executor_input_alone_is_enough() {
    let place = Place::new();
    run_with(&place, |_| {}).succeeded();
    assert_eq!(place.read("best"), "x");
    assert!(
        place
            .read("seen")
            .starts_with("\"x\" 3 5e-1 false [] {} Gini\n10 0.1 ")
    );
}

#[test]
fn every_declared_artifact_is_listed_with_its_name_uri_and_metadata() {
    let place = Place::new();
    run_with(&place, |input| {
        let seen = &mut input["outputs"]["artifacts"]["seen"]["artifacts"][0];
        seen["uri"] = "minio://bucket/seen".into();
        seen["customPath"] = place.at("elsewhere/seen").into();
        seen["metadata"] = json!({"rows": 10, "nothing": null});
    })
    .succeeded();
    assert_eq!(
        executor_output(&place),
        json!({"artifacts": {
            "seen": {"artifacts": [
                {"name": "seen", "uri": "minio://bucket/seen", "metadata": {"rows": 10, "framework": "none"}},
            ]},
            "mlpipeline_metrics": {"artifacts": [{
                "name": "mlpipeline_metrics",
                "uri": place.at("mlpipeline_metrics"),
                "metadata": {"share": 0.5, "count": 1.0},
            }]},
        }})
    );
    assert!(
        place.list().contains(&"elsewhere/seen".to_owned()),
        "customPath is the local path"
    );
}

#[test]
fn unknown_fields_are_no_concern() {
    let place = Place::new();
    run_with(&place, |input| {
        input["inputs"]["parameterValues"]["later"] = json!(1);
        input["inputs"]["artifacts"]["table"]["artifacts"][0]["futureField"] = json!({"a": [1]});
        input["security"] = json!("high");
    })
    .succeeded();
    assert!(
        !place
            .read("new/output_metadata.json")
            .contains("futureField")
    );
}

#[test]
fn the_first_of_an_artifact_list_counts() {
    let place = Place::new();
    place.file("second", "c,d\n");
    run_with(&place, |input| {
        let list = input["inputs"]["artifacts"]["table"]["artifacts"]
            .as_array_mut()
            .unwrap();
        list.push(json!({"name": "table", "uri": place.at("second")}));
    })
    .succeeded();
    assert!(place.read("seen").contains("a,b"));
}

#[test]
fn executor_input_decides_before_the_flags_and_flags_fill_its_gaps() {
    let place = Place::new();
    let input = json!({
        "inputs": {"parameterValues": {"text": "from input", "note": null}, "artifacts": {}},
        "outputs": {"outputFile": place.at("executor_output.json")},
    });
    let table = place.file("table", "a,b\n");
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
        arguments.extend([format!("--{output}"), place.at(output)]);
    }
    arguments.extend(["--executor-input".into(), input.to_string()]);
    run("everything", &arguments).succeeded();
    assert_eq!(place.read("best"), "from input");
    assert!(
        place.read("seen").contains("None None None"),
        "null means left out, whatever the flag says"
    );
    assert_eq!(
        place.read("executor_output.json"),
        r#"{"artifacts":{}}"#,
        "nothing was provisioned"
    );
}

#[test]
fn a_missing_parameter_is_a_usage_error_that_names_it() {
    let place = Place::new();
    let finished = run_with(&place, |input| {
        input["inputs"]["parameterValues"]
            .as_object_mut()
            .unwrap()
            .remove("count");
    });
    finished.failed(2, "error: `count` is missing: give `--count <Integer>`\n");
    assert_eq!(place.list(), ["table"]);
}

#[test]
fn text_that_is_no_json_is_refused() {
    let finished = run("everything", &words(&["--executor-input", "{\"inputs\": "]));
    let message =
        "error: `--executor-input` is not JSON: EOF while parsing a value at line 1 column 11\n";
    finished.failed(2, message);
}
