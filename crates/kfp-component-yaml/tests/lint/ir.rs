//! The IR of our own components, as a whole and in its corners.

use kfp_component_yaml::{ir, read};
use serde_json::json;

use super::{cases::CLEAN, shared::json as read_back};

fn compile(text: &str) -> ir::Pipeline {
    ir::compile(&read::read(text).unwrap()).unwrap()
}

fn args(text: &str) -> serde_json::Value {
    let pipeline = compile(&format!(
        "name: a\ninputs: [{{name: X y, type: String, optional: true}}]\noutputs: [{{name: o, type: Model}}, {{name: p, type: Float}}]\nimplementation: {{container: {{image: a, command: [/a], args: [{text}]}}}}"
    ));
    pipeline.spec.to_json()["deploymentSpec"]["executors"]["exec-a"]["container"]["args"].clone()
}

#[test]
fn a_component_becomes_a_pipeline_of_one_task() {
    let pipeline = compile(CLEAN);
    let spec = pipeline.spec.to_json();
    assert_eq!(
        spec["components"]["comp-score-customers"]["inputDefinitions"]["parameters"],
        json!({
            "label": {"isOptional": true, "parameterType": "STRING"},
            "rounds": {"defaultValue": 25.0, "isOptional": true, "parameterType": "NUMBER_INTEGER"},
        })
    );
    assert_eq!(
        spec["root"]["dag"]["tasks"]["score-customers"]["inputs"]["artifacts"],
        json!({"customers": {"componentInputArtifact": "customers"}})
    );
    assert_eq!(
        spec["root"]["dag"]["outputs"]["artifacts"]["scored"],
        json!({"artifactSelectors": [{"outputArtifactKey": "scored", "producerSubtask": "score-customers"}]})
    );
    assert_eq!(spec["schemaVersion"], "2.1.0");
}

#[test]
fn the_comment_on_top_lists_the_interface() {
    let header = compile(CLEAN).header();
    assert_eq!(
        header,
        "# PIPELINE DEFINITION\n# Name: score-customers\n# Description: Scores a table of customers.\n# Inputs:\n\
         #    customers: system.Dataset\n#    label: str\n#    rounds: int [Default: 25.0]\n# Outputs:\n\
         #    mlpipeline_metrics: system.Metrics\n#    scored: system.Dataset\n"
    );
}

#[test]
fn the_keys_of_a_default_are_sorted() {
    let pipeline = compile(
        "inputs: [{name: j, type: JsonObject, default: '{\"z\": 1, \"a\": {\"y\": 2, \"x\": 3}}'}]\n\
         implementation: {container: {image: a, command: [{inputValue: j}]}}",
    );
    assert!(
        pipeline
            .header()
            .contains("[Default: {'a': {'x': 3.0, 'y': 2.0}, 'z': 1.0}]"),
        "{}",
        pipeline.header()
    );
}

#[test]
fn no_character_of_a_text_spoils_the_comment_on_top() {
    let odd = r"\a \0 \e \x7F \x80 \uFFFE \uFEFF \r \r\n \n \v \N \L \P".split(' ');
    for odd in odd {
        let pipeline = compile(&format!(
            "name: a\ndescription: \"b{odd}c\"\ninputs: [{{name: x, type: String, default: \"d{odd}e\"}}]\n\
             implementation: {{container: {{image: a, command: [/a, {{inputValue: x}}]}}}}"
        ));
        assert_eq!(
            read_back(&pipeline.to_yaml()),
            pipeline.spec.to_json(),
            "{odd}"
        );
    }
}

#[test]
fn placeholders_become_the_strings_of_the_backend() {
    assert_eq!(
        args("{inputValue: X y}"),
        json!(["{{$.inputs.parameters['x_y']}}"])
    );
    assert_eq!(
        args("{outputPath: o}"),
        json!(["{{$.outputs.artifacts['o'].path}}"])
    );
    assert_eq!(
        args("{outputPath: p}"),
        json!(["{{$.outputs.parameters['p'].output_file}}"])
    );
    assert_eq!(args("{executorInput: null}"), json!(["{{$}}"]));
    assert_eq!(
        args("{if: {cond: {isPresent: X y}, then: [--é, {inputValue: X y}], else: none}}"),
        json!([
            r#"{"IfPresent": {"InputName": "x_y", "Then": ["--\u00e9", "{{$.inputs.parameters['x_y']}}"], "Else": "none"}}"#
        ])
    );
    assert_eq!(
        args("{concat: [a, {outputUri: o}]}"),
        json!([r#"{"Concat": ["a", "{{$.outputs.artifacts['o'].uri}}"]}"#])
    );
}

#[test]
fn an_output_is_no_final_status() {
    let pipeline = compile(
        "outputs: [{name: o, type: PipelineTaskFinalStatus}]\nimplementation: {container: {image: a}}",
    );
    let outputs = &pipeline.spec.root.output_definitions;
    assert_eq!(
        outputs.artifacts["o"].artifact_type.schema_title,
        "system.Artifact"
    );
}

#[test]
fn what_is_written_reads_back_to_the_same_values() {
    let awkward = [
        "yes",
        "1_000",
        "2021-10-22",
        "12:30",
        "1e3",
        "~",
        "<<",
        "=",
        "a: b",
        "\t",
        "x\ny\n",
        "é\u{85}\u{2028}",
        "'",
        "\"",
        " ",
        "",
        "0.0000001",
        "null",
    ];
    let text: Vec<String> = awkward
        .iter()
        .map(|text| serde_json::Value::from(*text).to_string())
        .collect();
    let source = format!(
        "name: a\ninputs:\n- {{name: f, type: Float, default: '1e-7'}}\n- {{name: g, type: Float, default: '1e300'}}\n\
         - {{name: j, type: JsonObject, default: '{{\"yes\": [1, 2.5, true, \"no\"]}}'}}\n\
         implementation:\n  container:\n    image: a\n    command: [{}]\n",
        text.join(", ")
    );
    let pipeline = compile(&source);
    assert_eq!(read_back(&pipeline.to_yaml()), pipeline.spec.to_json());
}

#[test]
fn of_two_names_that_become_one_the_last_is_left() {
    let pipeline = compile(
        "inputs: [{name: Row Limit, type: Integer}, {name: row-limit, type: String}]\nimplementation: {container: {image: a, command: [{inputValue: Row Limit}]}}",
    );
    assert_eq!(
        pipeline.spec.to_json()["root"]["inputDefinitions"]["parameters"],
        json!({"row_limit": {"parameterType": "STRING"}})
    );
}

#[test]
fn numbers_become_text_as_python_writes_them() {
    for (default, text) in [
        ("1.0", "1.0"),
        ("1.0e-7", "1e-07"),
        ("1.0e+16", "1e+16"),
        (".nan", "nan"),
        ("-.inf", "-inf"),
        ("yes", "True"),
    ] {
        let pipeline = compile(&format!(
            "inputs: [{{name: x, type: String, default: {default}}}]\nimplementation: {{container: {{image: a}}}}"
        ));
        assert_eq!(
            pipeline.spec.to_json()["root"]["inputDefinitions"]["parameters"]["x"]["defaultValue"],
            text
        );
    }
}
