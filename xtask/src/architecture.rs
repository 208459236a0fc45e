//! Tests that hold what ARCHITECTURE.md says about the crates as a whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::{packages, workspace};

/// The floors, lowest first. A crate depends on crates of its own floor or of those below.
const FLOORS: [(&str, &[&str]); 4] = [
    (
        "contract",
        &[
            "kfp-component-spec",
            "kfp-component-yaml",
            "kfp-ir",
            "kfp-pipeline",
            "kfp-pyyaml",
        ],
    ),
    (
        "author",
        &[
            "kfp-component",
            "kfp-component-macros",
            "kfp-http",
            "kfp-kserve",
            "kfp-kube",
            "kfp-model",
            "kfp-score",
            "kfp-store",
            "kfp-table",
        ],
    ),
    (
        "tool",
        &[
            "kfp-catalog",
            "kfp-client",
            "kfp-publish",
            "kfp-registry",
            "kfp-runner",
            "kfp-serve",
            "kfp-workspace",
        ],
    ),
    ("program", &["kfp-comp"]),
];

/// What components may depend on: this floor and those below.
const AUTHOR: usize = 1;

fn floor(name: &str) -> Option<usize> {
    FLOORS.iter().position(|(_, crates)| crates.contains(&name))
}

#[test]
fn crates_depend_on_their_own_floor_and_those_below() {
    let mut dependencies = packages::dependencies().unwrap();
    for name in packages::published().unwrap() {
        let needs = dependencies.remove(&name).unwrap();
        let Some(own) = floor(&name) else {
            panic!("name the floor of {name} in xtask/src/architecture.rs and ARCHITECTURE.md")
        };
        for need in needs {
            let other = floor(&need).unwrap_or(FLOORS.len());
            assert!(other <= own, "{name} depends on {need}, which is above it");
        }
    }
}

#[test]
fn components_depend_on_no_tool() {
    let mut components = 0;
    for (name, needs) in packages::dependencies().unwrap() {
        if workspace::root().join("components").join(&name).is_dir() {
            components += 1;
            for need in needs {
                assert!(
                    floor(&need).is_some_and(|floor| floor <= AUTHOR),
                    "{name} depends on {need}"
                );
            }
        }
    }
    assert!(components >= workspace::COMPONENTS.len());
}

#[test]
fn the_tasks_link_none_of_the_crates() {
    let dependencies = packages::dependencies().unwrap();
    assert_eq!(dependencies["xtask"], BTreeSet::new());
}

#[test]
fn the_runtime_has_no_async_no_command_line_parser_and_no_yaml() {
    let tree = packages::everything_below("kfp-component").unwrap();
    assert!(tree.contains("serde_json"), "{tree:?}");
    for refused in [
        "tokio",
        "async-std",
        "smol",
        "clap",
        "serde-saphyr",
        "kfp-pyyaml",
        "kfp-http",
        "ureq",
    ] {
        assert!(
            !tree.contains(refused),
            "kfp-component depends on {refused}"
        );
    }
}

/// Every invariant in ARCHITECTURE.md names the test that holds it, as `FILE: TEST`.
#[test]
fn the_tests_that_hold_the_invariants_exist() {
    let text = fs::read_to_string(workspace::root().join("ARCHITECTURE.md")).unwrap();
    let mut invariants = BTreeMap::new();
    for paragraph in text
        .split("\n\n")
        .filter(|text| text.starts_with("*Invariant:"))
    {
        let tests: Vec<(&str, &str)> = paragraph
            .split('`')
            .filter_map(|code| code.split_once(".rs: "))
            .collect();
        for (file, test) in &tests {
            let path = workspace::root().join(format!("{file}.rs"));
            let source = fs::read_to_string(&path)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert!(
                source.contains(&format!("fn {test}(")),
                "{file}.rs has no test {test}"
            );
        }
        invariants.insert(paragraph.lines().next().unwrap_or_default(), tests.len());
    }
    assert!(invariants.len() >= 15, "{} invariants", invariants.len());
    for (invariant, tests) in invariants {
        assert!(tests > 0, "no test holds: {invariant}");
    }
}
