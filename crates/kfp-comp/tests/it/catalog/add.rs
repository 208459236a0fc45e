//! A component from a catalog into a folder: written, locked, verified, and brought back.

use std::fs;

use kfp_catalog::testing;

use super::{build, refused, run, samples, serve};
use crate::support::Place;

#[test]
fn what_is_added_is_locked_verified_and_needs_no_network_again() {
    let place = Place::new();
    let root = place.path().join("../served");
    build(&root, &testing::samples());
    let (server, url) = serve(&root);

    let (code, out, err) = run(&place, &["add", "train-eval", "--catalog", &url]);
    assert_eq!(code, 0, "{err}");
    assert!(
        out.contains("load_component_from_file(\"kfp-components/train-eval/component.yaml\")"),
        "{out}"
    );
    assert!(
        out.contains(&format!(
            "load_component_from_url(\"{url}/components/train-eval/0.2.0/component.yaml\")"
        )),
        "{out}"
    );
    let kept = place.read("kfp-components/train-eval/component.yaml");
    assert_eq!(
        kept,
        fs::read_to_string(root.join("components/train-eval/0.2.0/component.yaml")).unwrap()
    );
    let lock = place.read("kfp-comp.lock");
    for part in [
        &format!("sha256 = \"{}\"", kfp_catalog::sha256(kept.as_bytes())),
        "version = \"0.2.0\"",
        "digest = \"sha256:",
    ] {
        assert!(lock.contains(part), "{part} is not in {lock}");
    }

    let asked = server.requests().len();
    let tree = place.tree();
    assert_eq!(run(&place, &["add", "train-eval@0.2.0"]).0, 0);
    assert_eq!(run(&place, &["add"]).0, 0);
    assert_eq!(run(&place, &["verify", "--offline"]).0, 0);
    assert_eq!((server.requests().len(), place.tree()), (asked, tree));

    fs::remove_dir_all(place.path().join("kfp-components")).unwrap();
    assert_eq!(run(&place, &["verify", "--offline"]).0, 4);
    assert_eq!(run(&place, &["add"]).0, 0);
    assert_eq!(place.read("kfp-components/train-eval/component.yaml"), kept);
}

#[test]
fn a_dry_run_writes_nothing() {
    let place = samples();
    let before = place.tree();
    let (code, _, err) = run(
        &place,
        &["add", "predict", "--dry-run", "--catalog", "../catalog"],
    );
    assert!(
        code == 0 && err.contains("Would add predict 0.4.0"),
        "{err}"
    );
    assert_eq!(place.tree(), before);
}

#[test]
fn a_file_url_is_a_catalog() {
    let place = samples();
    let root = place.path().join("../catalog").canonicalize().unwrap();
    assert_eq!(
        run(
            &place,
            &[
                "add",
                "predict",
                "--catalog",
                &format!("file://{}", root.display())
            ]
        )
        .0,
        0
    );
}

#[test]
fn a_component_changed_after_it_was_added_is_found() {
    let place = samples();
    assert_eq!(
        run(&place, &["add", "predict", "--catalog", "../catalog"]).0,
        0
    );
    let path = place.path().join("kfp-components/predict/component.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace('\n', "\r\n")).unwrap();
    assert_eq!(
        run(&place, &["verify", "--offline"]).0,
        0,
        "line ends are a checkout's business"
    );
    fs::write(&path, text.replace("Runs", "Ruins")).unwrap();
    let (code, _, err) = run(&place, &["verify", "--offline"]);
    assert!(
        code == 4 && err.contains("differs from what was locked"),
        "{err}"
    );
}

#[test]
fn a_version_or_component_that_is_not_there_is_named_with_what_is() {
    let place = samples();
    refused(
        &place,
        &["add", "predict@9.9.9", "--catalog", "../catalog"],
        &["`predict` has no version 9.9.9", "hint: it has 0.4.0"],
    );
    refused(
        &place,
        &["add", "predikt", "--catalog", "../catalog"],
        &[
            "no catalog has a component named `predikt`",
            "hint: there is one named `predict`",
        ],
    );
    refused(
        &place,
        &["add", "predict@new", "--catalog", "../catalog"],
        &["`new` is not a version"],
    );
}
