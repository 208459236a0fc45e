//! Executor input, as it reaches the process of a component.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{rounds, text_of};

const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "null",
    "true",
    "3",
    "-1",
    "1e999",
    "0.5",
    "\"inputs\":",
    "\"outputs\":",
    "\"parameterValues\":",
    "\"artifacts\":",
    "\"parameters\":",
    "\"outputFile\":",
    "\"outputFile\":\"FOLDER/out\"",
    "\"text\":",
    "\"count\":",
    "\"share\":",
    "\"flag\":",
    "\"list\":",
    "\"map\":",
    "\"data\":",
    "\"copy\":",
    "\"length\":",
    "\"uri\":",
    "\"uri\":\"FOLDER/uri\"",
    "\"customPath\":",
    "\"metadata\":{}",
    "\"x\"",
    "{{$}}",
    "{{$.inputs.parameters['text']}}",
    "{\"artifacts\":[{\"uri\":\"s3://b/k\"}]}",
    "{\"IfPresent\":{}}",
    "$",
    "\u{0}",
    "é",
    "\n",
    " ",
];

/// The component: an example of this package, which cargo builds before its tests.
fn program() -> PathBuf {
    let tests = std::env::current_exe().expect("this program");
    let directory = tests.ancestors().nth(2).expect("cargo's directory");
    directory
        .join("examples")
        .join(format!("every_kind{}", std::env::consts::EXE_SUFFIX))
}

/// Starts the component with this executor input, in a folder where it may write.
fn run(folder: &Path, input: &str) -> Output {
    Command::new(program())
        .args(["--executor-input", input])
        .current_dir(folder)
        .output()
        .expect("the component starts")
}

/// Values of any type, where the component expects one of its own.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (0..200_u32).prop_map(Value::from),
        "[ -~é]{0,12}".prop_map(Value::from),
        "(-?[0-9]{1,4}(\\.[0-9]{1,2})?|[Tt]rue|\\[1, 2\\]|\\{\\})".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,3}", inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

fn ends_in_order(output: &Output) -> Result<(), TestCaseError> {
    let stderr = String::from_utf8_lossy(&output.stderr);
    let code = output.status.code();
    prop_assert!(matches!(code, Some(0..=2)), "{code:?}: {stderr}");
    prop_assert!(!stderr.contains("panicked"), "{stderr}");
    prop_assert_eq!(code == Some(0), !stderr.contains("error: "), "{}", stderr);
    Ok(())
}

proptest! {
    // Each round is a process, of a few milliseconds.
    #![proptest_config(rounds(100))]

    #[test]
    fn any_text_is_taken_or_refused_without_a_panic(text in text_of(PIECES)) {
        let folder = tempfile::tempdir().expect("a folder");
        let text = text.replace('\0', " ").replace("FOLDER", &folder.path().display().to_string());
        ends_in_order(&run(folder.path(), &text))?;
    }

    #[test]
    fn any_values_arrive_or_are_refused_with_no_output_left(values in prop::collection::btree_map(
        prop::sample::select(vec!["text", "count", "share", "flag", "list", "map", "unknown"]), value(), 0..7,
    )) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let input = json!({
            "inputs": {"parameterValues": values},
            "outputs": {
                "parameters": {"length": {"outputFile": path("length")}},
                "artifacts": {"copy": {"artifacts": [{"uri": path("copy"), "name": "copy"}]}},
                "outputFile": path("executor_output"),
            },
        });
        let output = run(folder.path(), &input.to_string());
        ends_in_order(&output)?;
        let done = output.status.success();
        prop_assert_eq!(path("length").exists(), done);
        prop_assert_eq!(path("copy").exists(), done);
        if done {
            let copy: Vec<Value> = serde_json::from_str(&fs::read_to_string(path("copy")).expect("the copy")).expect("JSON");
            if let Some(Value::String(text)) = values.get("text") {
                prop_assert_eq!(&copy[1], &json!(text));
            }
            if let Some(count @ Value::Number(_)) = values.get("count") {
                prop_assert_eq!(copy[2].as_f64(), count.as_f64());
            }
        }
    }
}
