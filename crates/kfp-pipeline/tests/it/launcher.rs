//! Command lines that the launcher of a KFP 2.17.0 backend gave a component, recorded there.
//!
//! `probe.yaml` is the component compiled; the last argument of each recorded command line is the executor input.

use kfp_pipeline::{
    Executor, Pipeline,
    command::{Names, Placeholders, command_line},
    executor::ExecutorInput,
};

/// The arguments made here and the recorded ones, without program and executor input.
fn both(recorded: &str) -> (Vec<String>, Vec<String>) {
    // The backend's local path of an artifact; without the scheme a URI is a path here.
    let recorded = recorded.replace("minio://", "/minio/");
    let mut argv: Vec<String> = serde_json::from_str(&recorded).unwrap();
    let input_json = argv.pop().unwrap();
    let input: ExecutorInput = serde_json::from_str(&input_json).unwrap();
    let pipeline = Pipeline::read(include_str!("../launcher/probe.yaml")).unwrap();
    let Executor::Container(container) = &pipeline.spec.deployment_spec.executors["exec-probe"]
    else {
        panic!("the probe is a container");
    };
    let placeholders = Placeholders {
        input: &input,
        input_json: &input_json,
        names: &Names::default(),
    };
    let mut made = command_line(container, &placeholders).unwrap();
    assert_eq!(made.pop(), Some(input_json));
    (made.split_off(1), argv.split_off(1))
}

#[test]
fn all_inputs_come_out_as_from_the_launcher() {
    let (made, mut recorded) = both(include_str!("../launcher/all.argv.json"));
    // 2.17.0 takes no artifact for present; from 2.17.1 on it is.
    let at = made.iter().position(|word| word == "--table").unwrap();
    assert!(made[at + 1].starts_with("/minio/"), "{}", made[at + 1]);
    let table = [made[at].clone(), made[at + 1].clone()];
    assert!(!recorded.contains(&table[0]));
    recorded.splice(at..at, table);
    assert_eq!(made, recorded);
}

#[test]
fn empty_values_are_values() {
    let (made, recorded) = both(include_str!("../launcher/empty.argv.json"));
    // 2.17.0 leaves out what has its default; from 2.17.1 on that is present.
    let without: Vec<String> = without(made, &["--deed"]);
    assert_eq!(without, recorded);
}

#[test]
fn what_is_left_out_and_has_no_default_is_no_argument() {
    let (made, recorded) = both(include_str!("../launcher/least.argv.json"));
    let without = without(made, &["--text-default", "--flag-default", "--deed"]);
    assert_eq!(without, recorded);
}

/// A command line without some flags and their values.
fn without(line: Vec<String>, flags: &[&str]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut words = line.into_iter();
    while let Some(word) = words.next() {
        if flags.contains(&word.as_str()) {
            words.next();
        } else {
            kept.push(word);
        }
    }
    kept
}
