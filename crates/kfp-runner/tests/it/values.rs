//! Where values and artifacts come from and go to.

use kfp_runner::{engine::Options, record::State};
use serde_json::{Value, json};

use crate::support::{Build, constant, input, output_of, task};

fn parameter(name: &str, ty: &str) -> Value {
    json!({"parameters": {name: {"parameterType": ty}}})
}

fn from(task: &str, key: &str) -> Value {
    json!({"valueFromParameter": {"producerSubtask": task, "outputParameterKey": key}})
}

/// A pipeline with the output `out`, of a task.
fn returning(build: Build, ty: &str, task: &str, key: &str) -> Build {
    build
        .root("outputDefinitions", parameter("out", ty))
        .root("outputs", json!({"parameters": {"out": from(task, key)}}))
}

/// A component that hands a text on.
fn echo(build: Build) -> Build {
    build.script(
        "echo",
        &["text: STRING"],
        &["out: STRING"],
        "printf %s \"$text\" > $out",
    )
}

fn text(source: Value) -> Value {
    json!({"inputs": {"parameters": {"text": source}}})
}

#[test]
fn loops_within_loops_give_one_flat_list() {
    let body = task(
        "double",
        json!({"inputs": {"parameters": {"a": input("a"), "b": input("b")}}}),
    );
    let inner_loop = json!({
        "componentRef": {"name": "comp-inner"},
        "inputs": {"parameters": {"a": input("a")}},
        "parameterIterator": {"items": {"raw": "[1, 2]"}, "itemInput": "b"},
    });
    let numbers = |names: &[&str]| {
        let ports: serde_json::Map<String, Value> = names
            .iter()
            .map(|name| {
                (
                    (*name).to_owned(),
                    json!({"parameterType": "NUMBER_INTEGER"}),
                )
            })
            .collect();
        json!({"parameters": ports})
    };
    let build = Build::new()
        .script("double", &["a: NUMBER_INTEGER", "b: NUMBER_INTEGER"], &["out: NUMBER_INTEGER"], "printf %s $((a + b)) > $out")
        .component("comp-inner", json!({
            "inputDefinitions": numbers(&["a", "b"]),
            "outputDefinitions": parameter("all", "LIST"),
            "dag": {"tasks": {"double": body}, "outputs": {"parameters": {"all": from("double", "out")}}},
        }))
        .component("comp-outer", json!({
            "inputDefinitions": numbers(&["a"]),
            "outputDefinitions": parameter("all", "LIST"),
            "dag": {"tasks": {"inner": inner_loop}, "outputs": {"parameters": {"all": from("inner", "all")}}},
        }))
        .task("outer", "outer", json!({"parameterIterator": {"items": {"raw": "[10, 20]"}, "itemInput": "a"}}));
    let ran = returning(build, "LIST", "outer", "all").run();
    assert_eq!(ran.output("out"), json!([11, 12, 21, 22]));
    assert_eq!(ran.state("outer[1]/inner[0]/double"), State::Succeeded);
}

#[test]
fn of_several_artifacts_the_one_of_the_branch_that_ran_is_taken() {
    let dataset = json!({"artifacts": {"data": {"artifactType": {"schemaTitle": "system.Dataset", "schemaVersion": "0.0.1"}}}});
    let selector = |task: &str| json!({"producerSubtask": task, "outputArtifactKey": "data"});
    let branch = |word: &str| {
        json!({
            "outputDefinitions": dataset.clone(),
            "dag": {
                "tasks": {"make": task("make", json!({"inputs": {"parameters": {"text": constant(json!(word))}}}))},
                "outputs": {"artifacts": {"data": {"artifactSelectors": [selector("make")]}}},
            },
        })
    };
    let when = |component: &str, condition: &str| {
        task(
            component,
            json!({"triggerPolicy": {"condition": condition}}),
        )
    };
    let build = Build::new()
        .script("make", &["text: STRING"], &["data: system.Dataset"], "printf %s $text > $data")
        .script("read", &["data: system.Dataset"], &["out: STRING"], "cat $data > $out")
        .component("comp-one", branch("one"))
        .component("comp-two", branch("two"))
        .component("comp-branches", json!({
            "outputDefinitions": dataset,
            "dag": {
                "tasks": {"one": when("one", "1 > 2"), "two": when("two", "!(1 > 2)")},
                "outputs": {"artifacts": {"data": {"artifactSelectors": [selector("one"), selector("two")]}}},
            },
        }))
        .task("branches", "branches", json!({}))
        .task("read", "read", json!({"inputs": {"artifacts": {"data": {"taskOutputArtifact": {"producerTask": "branches", "outputArtifactKey": "data"}}}}}));
    assert_eq!(
        returning(build, "STRING", "read", "out")
            .run()
            .output("out"),
        "two"
    );
}

#[test]
fn what_is_left_out_is_absent_down_to_the_command_line() {
    let optional = json!({"parameters": {"text": {"parameterType": "STRING", "isOptional": true}}});
    let build = Build::new()
        .script("maybe", &["text: STRING?"], &["out: STRING"], "printf %s \"${text-absent}\" > $out")
        .component("comp-inner", json!({
            "inputDefinitions": optional,
            "outputDefinitions": parameter("out", "STRING"),
            "dag": {"tasks": {"maybe": task("maybe", text(input("text")))}, "outputs": {"parameters": {"out": from("maybe", "out")}}},
        }))
        .root("inputDefinitions", optional)
        .task("inner", "inner", text(input("text")));
    let build = returning(build, "STRING", "inner", "out").text();
    let run = |given: Value| {
        let root = tempfile::tempdir().unwrap();
        crate::support::run_text(root.path(), &build, given, Options::default()).output("out")
    };
    assert_eq!(run(json!({})), "absent");
    assert_eq!(run(json!({"text": ""})), "");
    assert_eq!(run(json!({"text": "x"})), "x");
}

#[test]
fn a_text_that_needs_what_was_left_out_fails_by_the_name_of_the_parameter() {
    let more = json!({"inputs": {"parameters": {
        "text": constant(json!("Hello {{$.inputs.parameters['pipelinechannel--name']}}")),
        "pipelinechannel--name": input("name"),
    }}});
    let ran = echo(Build::new())
        .root(
            "inputDefinitions",
            json!({"parameters": {"name": {"parameterType": "STRING", "isOptional": true}}}),
        )
        .task("echo", "echo", more)
        .run();
    assert_eq!(
        ran.error("echo"),
        "its input `pipelinechannel--name` has no value: the parameter `name` was left out and has no default"
    );
}

#[test]
fn texts_put_together_from_values_and_names_are_resolved() {
    let more = json!({"inputs": {"parameters": {
        "text": constant(json!("Hello {{$.inputs.parameters['pipelinechannel--name']}}, {{$.inputs.parameters['pipelinechannel--n']}}")),
        "pipelinechannel--name": constant(json!("Ada")),
        "pipelinechannel--n": constant(json!(3)),
    }}});
    let build = echo(Build::new()).task("echo", "echo", more);
    assert_eq!(
        returning(build, "STRING", "echo", "out")
            .run()
            .output("out"),
        "Hello Ada, 3"
    );
    let build = echo(Build::new()).task(
        "echo",
        "echo",
        text(constant(json!("{{$.pipeline_task_name}}"))),
    );
    assert_eq!(
        returning(build, "STRING", "echo", "out")
            .run()
            .output("out"),
        "echo"
    );
}

#[test]
fn a_part_of_a_value_is_selected() {
    let mut part = output_of("make", "out");
    part["parameterExpressionSelector"] = json!("parseJson(string_value)[\"b\"]");
    let build = echo(Build::new())
        .script(
            "make",
            &[],
            &["out: STRUCT"],
            "printf '{\"a\": 1, \"b\": [1, 2.5]}' > $out",
        )
        .task("make", "make", json!({}))
        .task("echo", "echo", text(part));
    assert_eq!(
        returning(build, "STRING", "echo", "out")
            .run()
            .output("out"),
        "[1,2.5]"
    );
}

fn importer(uri: &str) -> Build {
    let schema = json!({"schemaTitle": "system.Dataset", "schemaVersion": "0.0.1"});
    Build::new()
        .script("read", &["data: system.Dataset"], &["out: STRING"], "cat $data > $out")
        .executor("exec-import", json!({"importer": {"artifactUri": {"constant": uri}, "typeSchema": schema}}))
        .component("comp-import", json!({
            "executorLabel": "exec-import",
            "outputDefinitions": {"artifacts": {"artifact": {"artifactType": schema}}},
        }))
        .task("import", "import", json!({}))
        .task("read", "read", json!({"inputs": {"artifacts": {"data": {"taskOutputArtifact": {"producerTask": "import", "outputArtifactKey": "artifact"}}}}}))
}

#[test]
fn what_cannot_be_imported_fails_where_it_is_needed() {
    let ran = importer("/there/is/none").run();
    assert!(
        ran.error("import")
            .contains("could not import `/there/is/none`"),
        "{}",
        ran.error("import")
    );
    let ran = importer("s3://bucket/data.csv").run();
    assert_eq!(ran.state("import"), State::Succeeded);
    assert!(
        ran.error("read")
            .contains("`s3://bucket/data.csv`, which cannot be fetched here"),
        "{}",
        ran.error("read")
    );
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("data");
    std::fs::write(&file, "content").unwrap();
    let build = importer(&format!("file://{}", file.display()));
    assert_eq!(
        returning(build, "STRING", "read", "out")
            .run()
            .output("out"),
        "content"
    );
}
