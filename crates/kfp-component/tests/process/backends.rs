//! The same function receives the same values, whoever starts it.

use serde_json::{Value, json};

use crate::backend::{ALL, Backend, Input, Output};
use crate::program::{TestDir, run};

const OUTPUTS: [Output; 4] = [
    ("seen", true),
    ("best", false),
    ("rows", false),
    ("mlpipeline_metrics", true),
];

fn required() -> Vec<Input> {
    vec![
        Input::Required("text", json!("grün \"--x\" -3")),
        Input::Required("count", json!(3)),
        Input::Required("share", json!(1e-5)),
        Input::Required("flag", json!(true)),
        Input::Required("items", json!([1, 2])),
        Input::Required("options", json!({"depth": 4, "width": 2})),
        Input::Required("criterion", json!("log loss")),
        Input::Artifact("table", "a,b\n"),
    ]
}

fn all(others_given: bool) -> Vec<Input> {
    required().into_iter().chain(others(others_given)).collect()
}

fn others(given: bool) -> Vec<Input> {
    let give = |value: Value| given.then_some(value);
    vec![
        Input::Defaulted("depth", give(json!(7)), json!(10), "10"),
        Input::Defaulted("rate", give(json!(0.5)), json!(0.1), "0.1"),
        Input::Defaulted(
            "title",
            give(json!("T")),
            json!("a, b: \"c\""),
            "a, b: \"c\"",
        ),
        Input::Defaulted("sizes", give(json!([3])), json!([1, 2]), "[1,2]"),
        Input::Optional("note", give(json!("null"))),
        Input::Optional("limit", give(json!(2.0))),
        Input::Optional("type", give(json!(-5))),
        Input::OptionalArtifact("extra", given.then_some("more")),
    ]
}

fn seen(backend: Backend, inputs: &[Input]) -> String {
    let dir = TestDir::new();
    run("everything", &backend.arguments(&dir, inputs, &OUTPUTS)).succeeded();
    dir.read("out/seen")
}

#[test]
fn values_given_arrive_the_same_from_every_backend() {
    for backend in ALL {
        assert_eq!(
            seen(backend, &all(true)),
            "\"grün \\\"--x\\\" -3\" 3 1e-5 true [1, 2] {\"depth\": 4, \"width\": 2} LogLoss\n\
             7 0.5 \"T\" [3] Some(\"null\") Some(2.0) Some(-5)\n\
             \"a,b\\n\" Some(\"more\")\n",
            "{backend:?}"
        );
    }
}

#[test]
fn values_left_out_are_defaults_and_none_from_every_backend() {
    for backend in ALL {
        assert_eq!(
            seen(backend, &all(false)),
            "\"grün \\\"--x\\\" -3\" 3 1e-5 true [1, 2] {\"depth\": 4, \"width\": 2} LogLoss\n\
             10 0.1 \"a, b: \\\"c\\\"\" [1, 2] None None None\n\
             \"a,b\\n\" None\n",
            "{backend:?}"
        );
    }
}

#[test]
fn outputs_are_the_same_from_every_backend() {
    for backend in ALL {
        let dir = TestDir::new();
        run(
            "everything",
            &backend.arguments(&dir, &all(false), &OUTPUTS),
        )
        .succeeded();
        assert_eq!(dir.read("out/best"), "grün \"--x\" -3", "{backend:?}");
        assert_eq!(dir.read("out/rows"), "10", "{backend:?}");
        let metrics: Value = serde_json::from_str(&dir.read("out/mlpipeline_metrics")).unwrap();
        assert_eq!(
            metrics,
            json!({"metrics": [
                {"name": "share", "numberValue": 1e-5, "format": "PERCENTAGE"},
                {"name": "count", "numberValue": 1.0, "format": "RAW"},
            ]}),
            "{backend:?}"
        );
    }
}

/// Without a condition round it, an omitted optional is odd text, one way on each backend.
#[test]
fn plain_flags_of_omitted_optionals_are_none() {
    let forms: [&[&str]; 4] = [
        &["--limit"],
        &["--limit", "null"],
        &["--limit", "{{$.inputs.parameters['limit']}}"],
        &["--limit", ""],
    ];
    for form in forms {
        let dir = TestDir::new();
        let mut arguments: Vec<String> = form.iter().map(|word| (*word).to_owned()).collect();
        arguments.extend(Backend::Kfp18.arguments(&dir, &required(), &OUTPUTS));
        run("everything", &arguments).succeeded();
        assert!(
            dir.read("out/seen").contains("[1, 2] None None None"),
            "{form:?}"
        );
    }
}
