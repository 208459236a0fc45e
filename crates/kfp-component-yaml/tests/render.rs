//! The component.yaml that a signature becomes, and that PyYAML reads back what was written.
use std::{
    collections::BTreeMap,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

use kfp_component_spec::{Argument, Component, Kind, Parameter, ParameterType, Presence, source};
use kfp_component_yaml::render::{Package, render};
use kfp_test_support::Sdk;

fn package() -> Package {
    Package {
        name: "my-component".to_owned(),
        version: "0.1.0".to_owned(),
        authors: vec!["Ada".to_owned(), "Grace <grace@example.org>".to_owned()],
        license: Some("MIT OR Apache-2.0".to_owned()),
        source: Some("https://example.org/repo".to_owned()),
        image: "ghcr.io/acme/my-component:0.1.0".to_owned(),
        annotations: BTreeMap::from([("team".to_owned(), "yes".to_owned())]),
    }
}

fn golden(name: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/render")
        .join(name);
    let signature = std::fs::read_to_string(path.with_extension("rs")).expect("the signature");
    let component = source::component(&signature).expect("a component");
    snapbox::assert_data_eq!(
        render(&component, &package()).unwrap(),
        snapbox::Data::read_from(&path.with_extension("yaml"), None).raw()
    );
}

#[test]
fn every_kind_of_input_and_output() {
    golden("every-kind");
}

#[test]
fn a_component_without_inputs_and_outputs() {
    golden("no-ports");
}

#[test]
fn the_output_both_uis_draw_has_no_type() {
    golden("ui-metadata");
}

#[test]
fn a_list_of_artifacts_makes_ir_of_it() {
    golden("list");
}

#[test]
fn how_tasks_ended_is_an_input_of_kfp_2() {
    golden("exit-handler");
}

/// Strings that YAML 1.1 takes for something else, or that end a scalar early.
const TRICKY: &[&str] = &[
    "yes",
    "No",
    "on",
    "~",
    "null",
    "1_000",
    "0o17",
    "0x1F",
    "12:30",
    "190:20:30.15",
    "1.10",
    "1e3",
    ".5",
    ".inf",
    ".NaN",
    "2021-10-22",
    "2001-12-14t21:59:43.10-05:00",
    "<<",
    "=",
    "-",
    "---",
    "?",
    "? a",
    ": a",
    "a: b",
    "a #b",
    "#a",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "@a",
    "`a",
    "%a",
    "{a}",
    "[a]",
    "a, b",
    "'a'",
    "\"a\"",
    "it's",
    "\\n",
    "{{$.inputs.parameters['x']}}",
    " a",
    "a ",
    "a\n",
    "\n",
    "a\n\nb",
    "\ta\nb",
    "a\r\nb",
    "\u{85}",
    "\u{2028}a",
    "\u{feff}a",
    "\u{7f}",
    "\u{1}",
    "größe",
    "🦀",
    "why? because: {yes, no}",
];

/// The strings of the shared reference, where it is.
fn shared_strings() -> Vec<String> {
    let Some(file) = kfp_test_support::find_shared("yaml-strings/cases.json") else {
        return Vec::new();
    };
    let text = std::fs::read_to_string(file).expect("the strings");
    serde_json::from_str(&text).expect("a list of strings")
}

#[test]
fn pyyaml_reads_every_string_back_unchanged() {
    let Some(python) = Sdk::Kfp2.python() else {
        return;
    };
    let strings: Vec<String> = TRICKY
        .iter()
        .map(|&text| text.to_owned())
        .chain(shared_strings())
        .collect();
    let cases: Vec<(String, String)> = strings
        .into_iter()
        .map(|text| (render_everywhere(&text), text))
        .collect();
    let mut child = Command::new(python)
        .args(["-c", READ_BACK])
        .stdin(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let json = serde_json::to_vec(&cases).expect("JSON");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(&json)
        .expect("Python reads");
    assert!(
        child.wait().expect("Python ends").success(),
        "PyYAML read something else"
    );
}

/// A component that has the text in every position where author text is written.
fn render_everywhere(text: &str) -> String {
    let parameter = Parameter {
        ty: ParameterType::String,
        presence: Presence::Default(text.to_owned()),
        choices: Vec::new(),
        range: None,
    };
    let argument = |name: &str, kind| Argument {
        kfp1_name: None,
        name: name.to_owned(),
        description: text.to_owned(),
        kind,
    };
    let component = Component {
        function: "f".to_owned(),
        title: Some(text.to_owned()),
        description: text.to_owned(),
        arguments: vec![
            argument("x", Kind::Parameter(parameter)),
            argument("y", Kind::OutputParameter(ParameterType::String)),
        ],
    };
    let package = Package {
        version: text.to_owned(),
        authors: vec![text.to_owned()],
        license: Some(text.to_owned()),
        source: Some(text.to_owned()),
        annotations: BTreeMap::from([("note".to_owned(), text.to_owned())]),
        ..package()
    };
    render(&component, &package).unwrap()
}

const READ_BACK: &str = r#"
import json, sys, yaml
wrong = 0
for text, want in json.load(sys.stdin):
    for loader in (yaml.SafeLoader, yaml.CSafeLoader):
        try:
            c = yaml.load(text, loader)
            got = [c["name"], *c["metadata"]["annotations"].values(), c["inputs"][0]["default"]]
            if want:
                got += [c["description"], c["inputs"][0]["description"], c["outputs"][0]["description"]]
            assert c["inputs"][0]["name"] == "x" and c["outputs"][0]["name"] == "y"
        except Exception as error:
            got = [repr(error)]
        if any(value != want for value in got):
            wrong += 1
            print(loader.__name__, repr(want), got, file=sys.stderr)
sys.exit(wrong > 0)
"#;
