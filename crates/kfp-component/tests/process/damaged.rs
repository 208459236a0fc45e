//! What KFP damaged or left unfinished never costs the value.

use serde_json::{Value, json};

use crate::backend::{ALL, Backend, Input, Output};
use crate::program::{Finished, TestDir, run};

const OUTPUTS: [Output; 4] = [
    ("seen", true),
    ("best", false),
    ("rows", false),
    ("mlpipeline_metrics", true),
];

fn inputs(text: &str, items: Value, note: Option<Value>) -> Vec<Input> {
    vec![
        Input::Required("text", json!(text)),
        Input::Required("count", json!(3)),
        Input::Required("share", json!(0.5)),
        Input::Required("flag", json!(true)),
        Input::Required("items", items),
        Input::Required("options", json!({"depth": 4})),
        Input::Required("criterion", json!("gini")),
        Input::Optional("note", note),
        Input::Artifact("table", "a,b\n"),
    ]
}

/// Runs `everything` with the executor input changed by `change`.
fn run_with(
    backend: Backend,
    dir: &TestDir,
    inputs: &[Input],
    change: impl FnOnce(String) -> String,
) -> Finished {
    let mut arguments = backend.arguments(dir, inputs, &OUTPUTS);
    let last = arguments.pop().unwrap();
    arguments.push(change(last));
    run("everything", &arguments)
}

const NAME: &str = "{{$.inputs.parameters['pipelinechannel--name']}}";
const N: &str = "{{$.inputs.parameters['pipelinechannel--n']}}";

/// Drivers before 2.5 leave these in about half of all runs.
#[test]
fn placeholders_are_replaced_by_the_values_beside_them() {
    for backend in ALL.into_iter().filter(|it| *it != Backend::Kfp18) {
        let dir = TestDir::new();
        let inputs = inputs(
            &format!("Hello {NAME}"),
            json!([N, 2]),
            Some(json!(format!("{N}/{NAME}"))),
        );
        let add = |input: String| {
            let mut input: Value = serde_json::from_str(&input).unwrap();
            let values = &mut input["inputs"]["parameterValues"];
            values["pipelinechannel--name"] = "Ada".into();
            values["pipelinechannel--n"] = 7.into();
            values["options"] = json!({N: N});
            input.to_string()
        };
        run_with(backend, &dir, &inputs, add).succeeded();
        let seen = dir.read("out/seen");
        assert!(
            seen.starts_with("\"Hello Ada\" 3 5e-1 true [7, 2] {\"7\": 7} Gini\n"),
            "{backend:?}: {seen}"
        );
        assert!(seen.contains("Some(\"7/Ada\")"), "{backend:?}: {seen}");
    }
}

#[test]
fn a_placeholder_that_stands_for_nothing_stays_and_is_reported() {
    let dir = TestDir::new();
    let text = format!("Hello {NAME}");
    let finished = run_with(
        Backend::V2_17_1,
        &dir,
        &inputs(&text, json!([]), None),
        |input| input,
    );
    assert_eq!(finished.code, Some(0));
    assert!(
        finished.stderr.starts_with(&format!(
            "warning: KFP did not replace `{NAME}` in `text`, and its value is not in the executor input\n"
        )),
        "{}",
        finished.stderr
    );
    assert!(dir.read("out/seen").starts_with(&format!("{text:?} 3 ")));
}

#[test]
fn text_with_braces_is_text_where_no_kfp_2_is() {
    for text in [
        NAME,
        "{{$.x}}",
        "use {{$.inputs.parameters['text']}}",
        "{{$}}",
    ] {
        let dir = TestDir::new();
        let inputs = inputs(text, json!([]), None);
        run_with(Backend::Kfp18, &dir, &inputs, |input| input).succeeded();
        assert!(dir.read("out/seen").starts_with(&format!("{text:?} 3 ")));
    }
}

/// Puts the value of a formatted string in as the launcher does, and beside it the value itself.
fn paste(input: &str, value: &str) -> String {
    let channel = format!(
        "\"parameterValues\":{{\"pipelinechannel--q\":{},",
        json!(value)
    );
    input
        .replace("\"PASTED\"", &format!("\"Q: {value}\""))
        .replace("\"parameterValues\":{", &channel)
}

#[test]
fn an_executor_input_that_kfp_damaged_leaves_the_flags() {
    let values = [
        "say \"hi\"",
        "C:\\dir",
        "two\nlines",
        "\"",
        "\\",
        "\",\"text\":\"x",
    ];
    for backend in ALL.into_iter().filter(|it| *it != Backend::Kfp18) {
        for value in values {
            let dir = TestDir::new();
            let inputs = inputs("PASTED", json!([1]), Some(json!("n")));
            let mut arguments = backend.arguments(&dir, &inputs, &OUTPUTS);
            arguments[1] = format!("Q: {value}");
            let last = arguments.last_mut().unwrap();
            *last = paste(last, value);
            let finished = run("everything", &arguments);
            let warning = "warning: KFP put the value of `pipelinechannel--q` into the executor input without quoting it, \
                           so the arguments are used instead\n";
            assert_eq!(
                finished.code,
                Some(0),
                "{backend:?} {value:?}: {}",
                finished.stderr
            );
            assert!(finished.stderr.starts_with(warning), "{}", finished.stderr);
            let seen = dir.read("out/seen");
            let wanted = format!(
                "{:?} 3 5e-1 true [1] {{\"depth\": 4}} Gini\n",
                format!("Q: {value}")
            );
            assert!(seen.starts_with(&wanted), "{backend:?}: {seen}");
            assert!(seen.contains("Some(\"n\")"), "{backend:?}: {seen}");
            // The artifacts are still announced, or they would not exist for the next task.
            let file = if backend == Backend::Local {
                "executor_output"
            } else {
                "output_metadata"
            };
            let output: Value =
                serde_json::from_str(&dir.read(&format!("meta/{file}.json"))).unwrap();
            assert_eq!(
                output["artifacts"]["mlpipeline_metrics"]["artifacts"][0]["metadata"]["share"],
                0.5
            );
        }
    }
}

/// From KFP's local runner 2.17: the flag has the placeholder, and the executor input is damaged by its value.
#[test]
fn a_flag_with_a_placeholder_is_completed_from_a_damaged_executor_input() {
    let dir = TestDir::new();
    let inputs = inputs("x", json!([1, 2]), None);
    let mut arguments = Backend::Local.arguments(&dir, &inputs, &OUTPUTS);
    let index = arguments.iter().position(|it| it == "--items").unwrap();
    arguments[index + 1] = "[\"{{$.inputs.parameters['pipelinechannel--n']}}\", 2]".into();
    let last = arguments.last_mut().unwrap();
    *last = last.replace(
        "\"parameterValues\":{",
        "\"parameterValues\":{\"pipelinechannel--n\":7,\"pipelinechannel--l\":[\"a\"],\"x\":{\"l\":\"[\"a\"]\"},",
    );
    let finished = run("everything", &arguments);
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    assert!(
        finished.stderr.contains("`pipelinechannel--l`"),
        "{}",
        finished.stderr
    );
    assert!(dir.read("out/seen").contains(" true [7, 2] "));
}

#[test]
fn where_the_flags_do_not_suffice_the_pipeline_s_author_is_told_what_to_do() {
    let input = r#"{"inputs":{"parameterValues":{"text":"Q: say "hi"","pipelinechannel--q":"say \"hi\""}}}"#;
    let finished = run("everything", &["--executor-input".into(), input.into()]);
    finished.failed(
        2,
        "warning: KFP put the value of `pipelinechannel--q` into the executor input without quoting it, so the arguments \
         are used instead\n\
         error: `text` is missing: give `--text <String>`\n\
         hint: in the pipeline, pass the value as an argument, not inside an f-string, a list or a dictionary\n",
    );
}

#[test]
fn an_executor_input_that_is_something_else_is_shown() {
    for (input, reason) in [
        (
            "{\"inputs\": ",
            "EOF while parsing a value at line 1 column 11",
        ),
        ("", "EOF while parsing a value at line 1 column 0"),
        ("[]", "other JSON"),
    ] {
        let finished = run("everything", &["--executor-input".into(), input.into()]);
        assert_eq!(finished.code, Some(2));
        let warning = format!(
            "warning: the executor input is not a JSON object ({reason}), so the arguments are used instead\nerror: `text` is missing"
        );
        assert!(finished.stderr.starts_with(&warning), "{}", finished.stderr);
    }
}

/// Text takes what a Python component would print: a number of a loop, of `kfp.local`, or inside a dictionary.
#[test]
fn a_value_of_another_kind_becomes_its_text() {
    let cases = [
        (json!(1.0), "1.0"),
        (json!(1), "1"),
        (json!(1e-7), "1e-07"),
        (json!(true), "true"),
        (json!(["ü", 1]), "[\"\\u00fc\", 1]"),
        (json!({"a": null}), "{\"a\": null}"),
    ];
    for (value, wanted) in cases {
        let dir = TestDir::new();
        let change = |input: String| {
            let mut input: Value = serde_json::from_str(&input).unwrap();
            input["inputs"]["parameterValues"]["text"] = value.clone();
            input.to_string()
        };
        run_with(Backend::Local, &dir, &inputs("x", json!([]), None), change).succeeded();
        assert_eq!(dir.read("out/best"), wanted);
    }
}

/// What the form of KFP's UI sends for an optional input that was typed and cleared.
#[test]
fn the_empty_text_is_no_value_but_of_text() {
    let dir = TestDir::new();
    let change = |input: String| {
        let mut input: Value = serde_json::from_str(&input).unwrap();
        let values = &mut input["inputs"]["parameterValues"];
        for name in ["limit", "type", "depth", "sizes", "note"] {
            values[name] = "".into();
        }
        input.to_string()
    };
    run_with(
        Backend::V2_17_1,
        &dir,
        &inputs("x", json!([]), None),
        change,
    )
    .succeeded();
    assert!(
        dir.read("out/seen")
            .contains("\n10 0.1 \"a, b: \\\"c\\\"\" [1, 2] Some(\"\") None None\n")
    );
}

/// A component.yaml written by hand may say what to pass instead of an input that was left out.
#[test]
fn a_condition_that_was_passed_on_literally_is_read_with_its_alternative() {
    let dir = TestDir::new();
    let inputs = inputs("x", json!([]), None);
    let mut arguments = Backend::V2_0To2_16.arguments(&dir, &inputs, &OUTPUTS);
    let index = arguments
        .iter()
        .position(|it| it.starts_with("{\"IfPresent\""));
    arguments[index.unwrap()] = r#"{"IfPresent": {"InputName": "note", "Then": ["--note", "say "hi", "], "Else": ["], "Else": ["--note", "none"]}}"#.into();
    let last = arguments.last_mut().unwrap();
    last.insert(1, '"');
    let finished = run("everything", &arguments);
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    let seen = dir.read("out/seen");
    assert!(
        seen.contains(r#"Some("say \"hi\", \"], \"Else\": [")"#),
        "{seen}"
    );
}
