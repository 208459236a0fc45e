//! An input that is a list of artifacts.

use serde_json::{Value, json};

use crate::program::{Finished, TestDir, run, words};

/// Runs `join` with the executor input of a task that got these files, as a loop's tasks wrote them.
fn join(dir: &TestDir, parts: Option<&[&str]>) -> Finished {
    let artifact = |uri: String| json!({"name": "217", "type": {"instanceSchema": ""}, "uri": uri});
    let mut input = json!({
        "inputs": {},
        "outputs": {
            "parameters": {"count": {"outputFile": dir.at("count")}},
            "artifacts": {"joined": {"artifacts": [artifact(dir.at("joined"))]}},
            "outputFile": dir.at("output_metadata.json"),
        },
    });
    if let Some(parts) = parts {
        let parts: Vec<Value> = parts.iter().map(|part| artifact(dir.at(part))).collect();
        input["inputs"] = json!({"artifacts": {"parts": {"artifacts": parts}}});
    }
    run("join", &["--executor-input".into(), input.to_string()])
}

#[test]
fn all_artifacts_of_a_list_arrive_in_its_order() {
    let dir = TestDir::new();
    for name in ["b", "a", "c"] {
        dir.file(name, &format!("{name}\n"));
    }
    join(&dir, Some(&["b", "a", "c"])).succeeded();
    assert_eq!(
        (dir.read("joined"), dir.read("count")),
        ("b\na\nc\n".into(), "3".into())
    );
}

#[test]
fn a_loop_without_tasks_gives_an_empty_list() {
    for parts in [None, Some(&[][..])] {
        let dir = TestDir::new();
        join(&dir, parts).succeeded();
        assert_eq!(
            (dir.read("joined"), dir.read("count")),
            (String::new(), "0".into())
        );
    }
}

#[test]
fn an_artifact_of_the_list_that_was_not_written_is_named() {
    let dir = TestDir::new();
    dir.file("a", "a\n");
    let Finished { code, stderr, .. } = join(&dir, Some(&["a", "b"]));
    assert_eq!(code, Some(1));
    let wanted = format!("could not find input `parts`\n  cause: {}", dir.at("b"));
    assert!(stderr.contains(&wanted), "{stderr}");
    assert!(!dir.path("joined").exists());
}

#[test]
fn a_person_gives_the_paths_as_json() {
    let dir = TestDir::new();
    dir.file("a", "a\n");
    let parts = json!([dir.at("a"), dir.at("a")]).to_string();
    let (joined, count) = (dir.at("joined"), dir.at("count"));
    let line = |parts| words(&["--parts", parts, "--joined", &joined, "--count", &count]);
    run("join", &line(&parts)).succeeded();
    assert_eq!(dir.read("joined"), "a\na\n");

    let Finished { code, stderr, .. } = run("join", &line("a.csv"));
    assert_eq!(code, Some(2));
    let wanted = "`parts` is `a.csv`, but must be a JSON list of paths";
    assert!(stderr.contains(wanted), "{stderr}");
}

#[test]
fn kfp_1_has_no_list_to_give() {
    let dir = TestDir::new();
    let (joined, count) = (dir.at("joined"), dir.at("count"));
    let line = [
        "--joined",
        &joined,
        "--count",
        &count,
        "--executor-input",
        "{{$}}",
    ];
    let Finished { code, stderr, .. } = run("join", &words(&line));
    assert_eq!(code, Some(2));
    let wanted = "`parts` is missing: KFP 1 has no lists of artifacts";
    assert!(stderr.contains(wanted), "{stderr}");
}
