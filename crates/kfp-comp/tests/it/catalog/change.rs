//! Withdrawing and deprecating, and what becomes of it for those who look and those who have it.

use std::fs;

use super::{refused, run, samples};

#[test]
fn a_withdrawn_version_is_neither_found_nor_added_but_shown() {
    let place = samples();
    let yank = [
        "catalog",
        "yank",
        "predict@0.4.0",
        "--reason",
        "wrong on empty input",
        "--catalog",
        "../catalog",
    ];
    assert_eq!(
        run(&place, &["add", "predict", "--catalog", "../catalog"]).0,
        0
    );
    assert_eq!(run(&place, &yank).0, 0);

    let lists = |all: &[&str]| {
        let out = run(
            &place,
            &[&["search", "predict", "--catalog", "../catalog"], all].concat(),
        )
        .1;
        out.lines().any(|line| line.starts_with("predict "))
    };
    assert!(!lists(&[]) && lists(&["--all"]));
    assert!(
        run(&place, &["show", "predict", "--catalog", "../catalog"])
            .1
            .contains("Withdrawn: wrong on empty input")
    );
    let (code, out, _) = run(&place, &["outdated"]);
    assert!(
        code == 4 && out.contains("withdrawn: wrong on empty input"),
        "{out}"
    );
    assert_eq!(
        run(&place, &["verify", "--offline"]).0,
        0,
        "who has it keeps it"
    );
    fs::remove_file(place.path().join("kfp-comp.lock")).unwrap();
    refused(
        &place,
        &["add", "predict", "--catalog", "../catalog"],
        &["`predict` 0.4.0 is withdrawn: wrong on empty input"],
    );

    let undo = [
        "catalog",
        "yank",
        "predict@0.4.0",
        "--undo",
        "--catalog",
        "../catalog",
    ];
    assert_eq!(run(&place, &undo).0, 0);
    assert_eq!(
        run(&place, &["add", "predict", "--catalog", "../catalog"]).0,
        0
    );
}

#[test]
fn a_successor_exists_and_never_leads_back() {
    let place = samples();
    let deprecate = |what: &str, by: &str| {
        run(
            &place,
            &[
                "catalog",
                "deprecate",
                what,
                "--superseded-by",
                by,
                "--catalog",
                "../catalog",
            ],
        )
    };
    assert_eq!(deprecate("predict", "nothing").0, 1);
    assert_eq!(deprecate("predict", "predict").0, 1);
    assert_eq!(deprecate("predict", "evaluate").0, 0);
    let (code, _, err) = deprecate("evaluate", "predict");
    assert!(code == 1 && err.contains("leads back"), "{err}");
    let (code, _, err) = run(&place, &["add", "predict", "--catalog", "../catalog"]);
    assert!(
        code == 0 && err.contains("Deprecated") && err.contains("evaluate takes its place"),
        "{err}"
    );
}
