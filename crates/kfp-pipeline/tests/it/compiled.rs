//! Pipelines that kfp 2.17 compiled: `tests/kfp/pipelines.py`.

use std::{fs, path::Path};

use kfp_pipeline::{Pipeline, check, diagram};

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
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kfp/compiled");
    let mut count = 0;
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let pipeline = Pipeline::read(&fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
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
        count += 1;
    }
    assert_eq!(count, 56);
}
