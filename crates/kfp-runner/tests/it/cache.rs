//! What is run again, and what is not.

use kfp_runner::{
    engine::Options,
    record::{Event, State},
};
use serde_json::{Value, json};

use crate::support::{Build, Ran, constant, input, output_of, run_text};

/// `make` writes a file whose content depends on the sign of `n` only; `count` counts its bytes.
fn chain(script: &str) -> String {
    Build::new()
        .script("make", &["n: NUMBER_INTEGER"], &["data: system.Dataset"], script)
        .script("count", &["data: system.Dataset", "more: STRING"], &["bytes: NUMBER_INTEGER"], "wc -c < $data > $bytes")
        .root("inputDefinitions", json!({"parameters": {"n": {"parameterType": "NUMBER_INTEGER"}, "more": {"parameterType": "STRING"}}}))
        .root("outputDefinitions", json!({"parameters": {"bytes": {"parameterType": "NUMBER_INTEGER"}}}))
        .root("outputs", json!({"parameters": {"bytes": {"valueFromParameter": {"producerSubtask": "count", "outputParameterKey": "bytes"}}}}))
        .task("make", "make", json!({"inputs": {"parameters": {"n": input("n")}}, "cachingOptions": {"enableCache": true}}))
        .task("count", "count", json!({
            "inputs": {
                "parameters": {"more": input("more")},
                "artifacts": {"data": {"taskOutputArtifact": {"producerTask": "make", "outputArtifactKey": "data"}}},
            },
            "cachingOptions": {"enableCache": true},
        }))
        .text()
}

const SIGN: &str = "if [ $n -lt 0 ]; then printf minus > $data; else printf plus > $data; fi";

fn reason(ran: &Ran, wanted: &str) -> String {
    let reasons = ran.events.iter().find_map(|event| match event {
        Event::Miss { task, because, .. } if task == wanted => Some(because.clone()),
        _ => None,
    });
    reasons.unwrap_or_else(|| panic!("{wanted} was not missed"))
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn run(&self, text: &str, given: Value) -> Ran {
        run_text(self.0.path(), text, given, Options::default())
    }
}

#[test]
fn an_equal_run_takes_everything_from_the_cache() {
    let place = Place::new();
    let text = chain(SIGN);
    let given = json!({"n": 1, "more": "x"});
    let first = place.run(&text, given.clone());
    assert_eq!(reason(&first, "make"), "it never ran before");
    let second = place.run(&text, given);
    assert_eq!(second.state("make"), State::Cached);
    assert_eq!(second.state("count"), State::Cached);
    assert_eq!(second.output("bytes"), json!(4));
    // The file is in the new run too: the old one can be deleted.
    std::fs::remove_dir_all(&first.directory).unwrap();
    let data = second.directory.join("tasks/make/attempt-1/outputs/data");
    assert_eq!(std::fs::read_to_string(data).unwrap(), "plus");
}

#[test]
fn a_task_whose_inputs_have_the_same_bytes_is_not_run_again_though_their_producer_was() {
    let place = Place::new();
    let text = chain(SIGN);
    place.run(&text, json!({"n": 1, "more": "x"}));
    let ran = place.run(&text, json!({"n": 2, "more": "x"}));
    assert_eq!(ran.state("make"), State::Succeeded);
    assert_eq!(reason(&ran, "make"), "`n` was 1 and is 2");
    assert_eq!(ran.state("count"), State::Cached);
    let ran = place.run(&text, json!({"n": -1, "more": "x"}));
    assert_eq!(ran.state("count"), State::Succeeded);
    assert_eq!(
        reason(&ran, "count"),
        "the content of its input `data` changed"
    );
    assert_eq!(ran.output("bytes"), json!(5));
}

#[test]
fn the_reason_does_not_repeat_a_value_that_is_called_a_secret() {
    let place = Place::new();
    let text = Build::new()
        .script("ask", &["api_token: STRING"], &[], "true")
        .root("inputDefinitions", json!({"parameters": {"t": {"parameterType": "STRING"}}}))
        .task("ask", "ask", json!({"inputs": {"parameters": {"api_token": input("t")}}, "cachingOptions": {"enableCache": true}}))
        .text();
    place.run(&text, json!({"t": "hunter2"}));
    let ran = place.run(&text, json!({"t": "hunter3"}));
    assert_eq!(reason(&ran, "ask"), "`api_token` changed");
}

#[test]
fn a_changed_parameter_runs_only_what_depends_on_it() {
    let place = Place::new();
    let text = chain(SIGN);
    place.run(&text, json!({"n": 1, "more": "x"}));
    let ran = place.run(&text, json!({"n": 1, "more": "y"}));
    assert_eq!(ran.state("make"), State::Cached);
    assert_eq!(reason(&ran, "count"), "`more` was \"x\" and is \"y\"");
}

#[test]
fn a_kept_file_that_was_changed_is_not_used() {
    let place = Place::new();
    let text = chain(SIGN);
    let given = json!({"n": 1, "more": "x"});
    place.run(&text, given.clone());
    let objects = place.0.path().join("cache/objects");
    let object = std::fs::read_dir(objects).unwrap().next().unwrap().unwrap();
    std::fs::remove_file(object.path()).unwrap();
    std::fs::write(object.path(), "other").unwrap();
    let ran = place.run(&text, given.clone());
    assert_eq!(ran.state("make"), State::Succeeded);
    assert!(
        reason(&ran, "make").contains("not what it was"),
        "{}",
        reason(&ran, "make")
    );
    assert_eq!(place.run(&text, given).state("make"), State::Cached);
}

#[test]
fn nothing_of_a_failed_task_is_kept() {
    let place = Place::new();
    let text = chain("printf x > $data; exit 1");
    let given = json!({"n": 1, "more": "x"});
    place.run(&text, given.clone());
    assert_eq!(place.run(&text, given).state("make"), State::Failed);
}

#[test]
fn a_task_without_caching_and_an_exit_task_always_run() {
    let place = Place::new();
    let text = Build::new()
        .script("one", &["n: NUMBER_INTEGER"], &["out: NUMBER_INTEGER"], "printf 1 > $out")
        .task("off", "one", json!({"inputs": {"parameters": {"n": constant(json!(1))}}}))
        .task("exit", "one", json!({
            "inputs": {"parameters": {"n": constant(json!(2))}},
            "cachingOptions": {"enableCache": true},
            "dependentTasks": ["off"],
            "triggerPolicy": {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"},
        }))
        .task("on", "one", json!({"inputs": {"parameters": {"n": output_of("off", "out")}}, "cachingOptions": {"enableCache": true}}))
        .text();
    place.run(&text, json!({}));
    let ran = place.run(&text, json!({}));
    assert_eq!(ran.state("off"), State::Succeeded);
    assert_eq!(ran.state("exit"), State::Succeeded);
    assert_eq!(ran.state("on"), State::Cached);
}
