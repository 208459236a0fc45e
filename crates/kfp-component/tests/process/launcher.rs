//! What a real KFP 2.17 handed to components, replayed: `tests/data/launcher`.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::program::{TestDir, run};

/// A recording, by the name of its file.
fn read(file: &str) -> Value {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/launcher"));
    let text = fs::read_to_string(folder.join(file)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The recorded argv without the program.
fn argv(file: &str) -> Vec<String> {
    texts(&read(file)).skip(1).collect()
}

/// The argv that the driver asked for, with the executor input it recorded beside it. The launcher would have replaced the
/// placeholders of outputs and filled in defaults; here the program has to do without.
fn driver_argv(file: &str) -> Vec<String> {
    let container = read(file);
    let launcher: Vec<_> = texts(&container["command"]).collect();
    let flag = launcher.iter().position(|it| it == "--executor_input");
    let input = launcher[flag.unwrap() + 1].clone();
    texts(&container["args"])
        .skip(1)
        .map(|it| if it == "{{$}}" { input.clone() } else { it })
        .collect()
}

fn texts(list: &Value) -> impl Iterator<Item = String> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|it| it.as_str().unwrap().to_owned())
}

/// Moves the recording below `dir`: paths by their text, and artifacts by the `customPath` that KFP itself has for that.
/// Input artifacts are created.
fn relocate(argv: &mut [String], dir: &TestDir) -> Value {
    for argument in argv.iter_mut() {
        for root in ["/minio/", "/tmp/kfp/"] {
            if argument.starts_with(root) || argument.starts_with('{') {
                *argument = argument.replace(root, &dir.at(&root[1..]));
            }
        }
    }
    let last = argv.last_mut().unwrap();
    let mut input: Value = serde_json::from_str(last).unwrap();
    for side in ["inputs", "outputs"] {
        let Some(artifacts) = input[side]["artifacts"].as_object_mut() else {
            continue;
        };
        for list in artifacts.values_mut() {
            let artifact = &mut list["artifacts"][0];
            let key = artifact["uri"].as_str().unwrap().replace("://", "/");
            artifact["customPath"] = dir.at(&key).into();
            if side == "inputs" {
                dir.file(&key, "a,b\n");
            }
        }
    }
    *last = input.to_string();
    input
}

/// What the program wrote as an output artifact or parameter.
fn written(dir: &TestDir, input: &Value, name: &str) -> String {
    let artifact = input["outputs"]["artifacts"][name]["artifacts"][0]["customPath"].as_str();
    let parameter = input["outputs"]["parameters"][name]["outputFile"].as_str();
    let path = artifact.or(parameter).unwrap();
    dir.read(
        Path::new(path)
            .strip_prefix(dir.path(""))
            .unwrap()
            .to_str()
            .unwrap(),
    )
}

fn executor_output(input: &Value) -> Value {
    let path = input["outputs"]["outputFile"].as_str().unwrap();
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The argv as the launcher and as the driver wrote it.
fn both(name: &str) -> [Vec<String>; 2] {
    [
        argv(&format!("{name}.argv.json")),
        driver_argv(&format!("{name}.podpatch.json")),
    ]
}

#[test]
fn every_recorded_value_of_the_probe_arrives() {
    let uri = "minio://mlpipeline/v2/artifacts/probe-all/828b0148-2750-4737-a80f-d3b9a8fc2d2b/data-ingestion/\
               eeaac640-315b-4c32-9257-2df3bc2acf68/data";
    let cases = [
        (
            "probe-all.probe",
            format!(
                "Some(\"here\") Some(-3) Some([\"q\"]) \"given\" false Pass\n\
                 Some(\"a,b\\n\") Some({uri:?}) Some(\"216\")"
            ),
        ),
        (
            "probe-least.probe",
            "None None None \"a b\" true Pass\nNone None None".into(),
        ),
        (
            "probe-empty.probe",
            "Some(\"\") Some(0) Some([]) \"\" false Pass\nNone None None".into(),
        ),
    ];
    for (name, seen) in cases {
        for mut argv in both(name) {
            let dir = TestDir::new();
            let input = relocate(&mut argv, &dir);
            run("probe", &argv).succeeded();
            assert_eq!(written(&dir, &input, "seen"), seen, "{name}");
            let values = &input["inputs"]["parameterValues"];
            assert_eq!(
                json!(written(&dir, &input, "text_out")),
                values["text"],
                "{name}"
            );
            for output in ["count", "flag", "items", "settings", "ratio"] {
                let text = written(&dir, &input, &format!("{output}_out"));
                let value: Value = serde_json::from_str(&text).unwrap();
                assert!(same(&value, &values[output]), "{name}: {text}");
            }
            let output = executor_output(&input);
            assert_eq!(
                output["artifacts"]["numbers"]["artifacts"][0]["metadata"],
                json!({"count": 3.0})
            );
            // KFP writes this one itself.
            assert_eq!(output["artifacts"].get("executor-logs"), None);
            assert_eq!(output["artifacts"].as_object().unwrap().len(), 5);
        }
    }
}

/// Equal as JSON numbers are, whether or not they have a fraction.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, value)| right.get(key).is_some_and(|it| same(value, it)))
        }
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        _ => left == right,
    }
}

#[test]
fn every_recorded_value_of_the_iris_pipeline_arrives() {
    for mut argv in both("iris-pipeline.data-preprocess") {
        let dir = TestDir::new();
        let input = relocate(&mut argv, &dir);
        run("preprocess", &argv).succeeded();
        let artifact = &input["inputs"]["artifacts"]["ingested_data"]["artifacts"][0];
        assert_eq!(written(&dir, &input, "x_train"), "a,b\n");
        assert_eq!(written(&dir, &input, "x_test"), "\"variety\" 0.2 42 true");
        assert_eq!(
            json!(written(&dir, &input, "y_train")),
            artifact["metadata"]["sha256"]
        );
        assert_eq!(json!(written(&dir, &input, "y_test")), artifact["uri"]);
    }
}

#[test]
fn every_recorded_value_of_an_ingestion_arrives() {
    let recorded = [
        argv("one.data-ingestion.argv.json"),
        driver_argv("one.data-ingestion.podpatch.json"),
        driver_argv("iris-pipeline.data-ingestion.podpatch.json"),
        driver_argv("probe-all.data-ingestion.podpatch.json"),
    ];
    for mut argv in recorded {
        let dir = TestDir::new();
        let input = relocate(&mut argv, &dir);
        run("ingestion", &argv).succeeded();
        let url = &input["inputs"]["parameterValues"]["url"];
        assert_eq!(
            written(&dir, &input, "data"),
            format!("{url} None 10737418240")
        );
        let artifact = &executor_output(&input)["artifacts"]["data"]["artifacts"][0];
        let provisioned = &input["outputs"]["artifacts"]["data"]["artifacts"][0];
        assert_eq!(artifact["uri"], provisioned["uri"]);
        assert_eq!(artifact["metadata"], json!({"sha256": "4d32"}));
    }
}

#[test]
fn no_recording_is_left_out() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/launcher");
    let names = fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().file_name());
    let count = names
        .filter(|name| name.to_string_lossy().ends_with(".json"))
        .count();
    assert_eq!(count, 5 + 7, "of argv and of the driver's containers");
}
