//! KFP writes pairs of a flag and its value. Whatever a value looks like, it is the value.

use std::fmt::Write as _;

use serde_json::json;

use crate::backend::{ALL, Backend, Input, Output};
use crate::program::{TestDir, run};

/// Texts that look like something else on a command line, in a shell, in JSON or to KFP.
const NASTY: [&str; 18] = [
    "",
    "null",
    "-",
    "--",
    "--first",
    "--second",
    "--second=x",
    "--note",
    "--limit",
    "--executor-input",
    "--executor-input={}",
    "--help",
    "--version",
    "--unknown",
    "{\"IfPresent\": {\"InputName\": \"note\", \"Then\": [\"--note\", \"x\"]}}",
    "{{$}}",
    "a\n\"b\" 'c' \\ $HOME `id` {{inputs.x}}",
    "größe 猫",
];

const OUTPUTS: [Output; 1] = [("seen", true)];

fn written(first: &str, second: &str, note: Option<&str>) -> String {
    let mut text = String::new();
    let _ = write!(text, "{first:?} {second:?} {note:?} Some(3)");
    text
}

/// What the backend makes of a text while it passes it on; some texts reach no program as they are.
fn survives(backend: Backend, text: &str) -> bool {
    // The launcher replaces this by the whole executor input.
    !(text.contains("{{$}}") && backend != Backend::Kfp18)
}

/// The arguments of a run that gives each input, as two texts that stand before each other and before a flag.
fn given(backend: Backend, dir: &TestDir, first: &str, second: &str) -> Vec<String> {
    let inputs = [
        Input::Required("first", json!(first)),
        Input::Required("second", json!(second)),
        Input::Optional("note", Some(json!(first))),
        Input::Optional("limit", Some(json!(3))),
    ];
    backend.arguments(dir, &inputs, &OUTPUTS)
}

/// Where the executor input decides, one value at a time is enough.
#[test]
fn every_value_arrives_from_every_backend() {
    for backend in ALL {
        for text in NASTY.iter().filter(|text| survives(backend, text)) {
            let dir = TestDir::new();
            run("pairs", &given(backend, &dir, text, "x")).succeeded();
            let wanted = written(text, "x", Some(text));
            assert_eq!(dir.read("out/seen"), wanted, "{backend:?}");
        }
    }
}

/// Where the flags decide: KFP 1, and a KFP 2 that has damaged the executor input.
#[test]
fn every_pair_of_values_arrives_by_flags() {
    let mut runs = 0;
    for backend in [Backend::Kfp18, Backend::V2_0To2_16] {
        let values = NASTY.iter().filter(|text| survives(backend, text));
        for first in values.clone() {
            for second in values.clone() {
                let dir = TestDir::new();
                let mut arguments = given(backend, &dir, first, second);
                if backend != Backend::Kfp18 {
                    let last = arguments.last_mut().unwrap();
                    *last = last.replacen("{\"inputs\":", "{\"x\":\"say \"hi\"\",\"inputs\":", 1);
                }
                let finished = run("pairs", &arguments);
                assert_eq!(finished.code, Some(0), "{arguments:?}: {}", finished.stderr);
                let is_damaged = finished
                    .stderr
                    .starts_with("warning: the executor input is not a JSON object");
                assert_eq!(is_damaged, backend != Backend::Kfp18, "{}", finished.stderr);
                let wanted = written(first, second, Some(first));
                assert_eq!(dir.read("out/seen"), wanted, "{backend:?}");
                runs += 1;
            }
        }
    }
    assert_eq!(runs, 18 * 18 + 17 * 17);
}

#[test]
fn every_value_arrives_without_the_optional_ones() {
    for backend in ALL {
        for first in NASTY.iter().filter(|text| survives(backend, text)) {
            let dir = TestDir::new();
            let inputs = [
                Input::Required("first", json!(first)),
                Input::Required("second", json!("--limit")),
                Input::Optional("note", None),
                Input::Optional("limit", Some(json!(3))),
            ];
            run("pairs", &backend.arguments(&dir, &inputs, &OUTPUTS)).succeeded();
            assert_eq!(
                dir.read("out/seen"),
                written(first, "--limit", None),
                "{backend:?}"
            );
        }
    }
}

/// What KFP 1 writes where a component.yaml lacks the condition round an optional input.
#[test]
fn a_flag_without_its_value_is_told_apart_where_that_is_possible() {
    let cases: [(&[&str], &str); 5] = [
        (
            &["--note", "--limit", "3", "--first", "a", "--second", "b"],
            "\"a\" \"b\" None Some(3)",
        ),
        (
            &["--limit", "--note", "x", "--first", "a", "--second", "b"],
            "\"a\" \"b\" Some(\"x\") None",
        ),
        (
            &[
                "--first", "--note", "--second", "--limit", "--note", "--limit", "3",
            ],
            "\"--note\" \"--limit\" None Some(3)",
        ),
        (
            &[
                "--first", "--note", "--second", "b", "--note", "--limit", "--limit", "3",
            ],
            "\"--note\" \"b\" Some(\"--limit\") Some(3)",
        ),
        (
            &[
                "--first=--note",
                "--second",
                "--first=x",
                "--limit=3",
                "--note=--note",
            ],
            "\"--note\" \"--first=x\" Some(\"--note\") Some(3)",
        ),
    ];
    for (words, wanted) in cases {
        let dir = TestDir::new();
        let mut arguments: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        arguments.extend(["--seen".into(), dir.at("seen")]);
        arguments.extend(["--executor-input".into(), "{{$}}".into()]);
        run("pairs", &arguments).succeeded();
        assert_eq!(dir.read("seen"), wanted, "{words:?}");
    }
}
