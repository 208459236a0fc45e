//! Pipelines that kfp 2.17 compiled: `tests/kfp/pipelines.py`.

use std::{fs, path::Path};

use kfp_pipeline::{Pipeline, check, diagram, documents, value};
use serde_json::Value;

#[test]
fn a_graph_shows_conditions_loops_and_what_waits_for_what() {
    let read = |text: &str| Pipeline::read(text).unwrap().spec;
    let spec = read(include_str!("../kfp/compiled/for-if.yaml"));
    assert_eq!(
        diagram::text(&spec),
        "for-if\n  \
           for-loop-2: for each of [1, 2, 3]\n    \
             condition-3: if int(inputs.parameter_values['pipelinechannel--loop-item-param-1']) > 1\n      \
               add: python:3.11\n"
    );
    let spec = read(include_str!("../kfp/compiled/exit-failure.yaml"));
    assert_eq!(
        diagram::mermaid(&spec),
        "flowchart TD\n  \
           subgraph exit-handler-1 [\"exit-handler-1\"]\n    \
             exit-handler-1.fail[\"fail\"]\n    \
             exit-handler-1.say[\"say\"]\n    \
             exit-handler-1.fail --> exit-handler-1.say\n  \
           end\n  \
           tell[\"tell<br>whatever happened before\"]\n  \
           exit-handler-1 --> tell\n"
    );
}

#[test]
fn what_kfp_compiles_is_read_and_nothing_is_wrong_with_it_but_a_quote() {
    for (name, text) in compiled() {
        let pipeline = Pipeline::read(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(pipeline.spec.pipeline_info.name, name);
        let errors: Vec<String> = check(&pipeline)
            .iter()
            .filter(|problem| problem.is_error())
            .map(ToString::to_string)
            .collect();
        if name == "quoted" {
            // kfp compiles a quote in a text to a condition that no backend can read.
            assert!(errors[0].contains("is not CEL"), "{errors:?}");
        } else {
            assert_eq!(errors, [""; 0], "{name}");
        }
    }
}

#[test]
fn what_kfp_compiles_is_written_as_it_was_read() {
    for (name, text) in compiled() {
        let spec = Pipeline::read(&text).unwrap().spec;
        let read = documents(&text).unwrap().swap_remove(0);
        assert_eq!(
            without_empty(value::normalized(spec.to_json())),
            without_empty(read),
            "{name}"
        );
    }
}

/// The pipelines by name.
fn compiled() -> Vec<(String, String)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kfp/compiled");
    let file = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, fs::read_to_string(&path).unwrap())
    };
    let all: Vec<_> = fs::read_dir(directory).unwrap().map(file).collect();
    assert_eq!(all.len(), 56);
    all
}

/// An empty message means the same as one that is not there.
fn without_empty(mut json: Value) -> Value {
    match &mut json {
        Value::Object(map) => {
            *map = std::mem::take(map)
                .into_iter()
                .map(|(key, value)| (key, without_empty(value)))
                .filter(|(_, value)| *value != serde_json::json!({}))
                .collect();
        }
        Value::Array(items) => {
            *items = std::mem::take(items)
                .into_iter()
                .map(without_empty)
                .collect();
        }
        _ => {}
    }
    json
}
