//! The vectors in `tests/data`: what both SDKs did with each file, and the IR that kfp 2.17 made of it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use kfp_component_yaml::{ir, read};
use serde_json::Value;

use super::shared::{json, outcomes};

/// Name, component.yaml and folder of each vector.
fn vectors() -> Vec<(String, String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/vectors");
    let mut vectors: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("component.yaml").is_file())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(path.join("component.yaml")).unwrap();
            (name, text, path)
        })
        .collect();
    vectors.sort();
    assert_eq!(vectors.len(), 66, "vectors are missing or new");
    vectors
}

fn recorded(outcome: &Value, steps: &[&str]) -> &'static str {
    let failed = |step: &&&str| outcome.get(**step).is_some_and(|step| step["ok"] == false);
    if outcome["load"]["ok"] == false {
        "load-error"
    } else if steps.iter().any(|step| failed(&step)) {
        "compile-error"
    } else {
        "ok"
    }
}

#[test]
fn every_vector_gets_the_recorded_verdicts() {
    let vectors = vectors();
    let mut wrong = Vec::new();
    for (name, text, path) in &vectors {
        let outcome: Value =
            serde_json::from_str(&fs::read_to_string(path.join("outcome.json")).unwrap()).unwrap();
        let expected = [
            recorded(&outcome["kfp-1.8.22"], &["required_only", "all"]),
            recorded(&outcome["kfp-2.17.0"], &["compile"]),
        ];
        let found = outcomes(text);
        if found != expected {
            wrong.push(format!("{name}: recorded {expected:?}, found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_vector_with_an_ir_compiles_to_it() {
    let mut compared = 0;
    for (name, text, path) in vectors() {
        let Ok(recorded) = fs::read_to_string(path.join("ir.yaml")) else {
            continue;
        };
        let pipeline = ir::compile(
            &read::read(&text).unwrap_or_else(|problems| loadable(&name, &problems, &path)),
        )
        .unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        let written = pipeline.to_yaml();
        assert_eq!(json(&written), json(&recorded), "{name}");
        assert_eq!(comparable(&written), comparable(&recorded), "{name}");
        compared += 1;
    }
    assert_eq!(compared, 35, "an ir.yaml is missing or new");
}

fn loadable(name: &str, problems: &[read::Problem], path: &Path) -> ! {
    panic!(
        "{name} in {} does not read: {}",
        path.display(),
        problems[0]
    )
}

/// The comment on top; kfp 2 prints the keys of a mapping's default in any order.
fn comparable(yaml: &str) -> Vec<&str> {
    let header = yaml.lines().take_while(|line| line.starts_with('#'));
    header
        .map(|line| line.split(" [Default: {").next().unwrap_or(line))
        .collect()
}
