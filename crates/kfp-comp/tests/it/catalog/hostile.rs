//! Catalogs and servers that are broken or mean ill: nothing is written, and what is wrong is named.

use std::fs;

use kfp_test_registry::{FaultServer, Reply};
use serde_json::Value;

use super::{refused, samples};
use crate::support::Place;

#[test]
fn a_tampered_component_is_not_added() {
    let place = samples();
    let path = place
        .path()
        .join("../catalog/components/predict/0.4.0/component.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("acme/predict@", "evil/predict@")).unwrap();
    refused(
        &place,
        &["add", "predict", "--catalog", "../catalog"],
        &[
            "predict/0.4.0/component.yaml` is not the file that was published",
            "cause: its sha256 is",
        ],
    );
}

#[test]
fn an_index_with_a_wrong_hash_is_named() {
    let place = samples();
    let path = place
        .path()
        .join("../catalog/components/predict/index.json");
    let mut index: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    index["versions"][0]["component"]["sha256"] = "0".repeat(64).into();
    fs::write(&path, index.to_string()).unwrap();
    refused(
        &place,
        &["add", "predict", "--catalog", "../catalog"],
        &["the index says 0000"],
    );
    index["versions"][0]["component"]["sha256"] = "nonsense".into();
    fs::write(&path, index.to_string()).unwrap();
    refused(
        &place,
        &["add", "predict", "--catalog", "../catalog"],
        &["is not a catalog's index", "`nonsense` is not a sha256"],
    );
}

#[test]
fn no_path_of_an_index_leads_out_of_the_catalog() {
    let place = samples();
    let path = place
        .path()
        .join("../catalog/components/predict/index.json");
    let mut index: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    for (bad, why) in [
        ("../../x", "leads out of the catalog"),
        ("/etc/passwd", "is absolute"),
        ("a\\..\\b", "is not a plain path"),
    ] {
        index["versions"][0]["component"]["url"] = bad.into();
        fs::write(&path, index.to_string()).unwrap();
        refused(
            &place,
            &["add", "predict", "--catalog", "../catalog"],
            &[why],
        );
    }
    index["name"] = "../../x".into();
    fs::write(&path, index.to_string()).unwrap();
    refused(
        &place,
        &["add", "predict", "--catalog", "../catalog"],
        &["is not a catalog's index"],
    );
}

#[test]
fn an_index_of_a_hundred_megabytes_is_not_read() {
    let place = Place::new();
    let server = FaultServer::start(|_| Reply::status(200).body(" ".repeat(1 << 20)).endless());
    let url = format!("http://{}", server.host());
    refused(
        &place,
        &["search", "x", "--catalog", &url],
        &["is larger than the limit of 33554432 bytes"],
    );
    place.write("big/index.json", &" ".repeat(100 << 20));
    refused(
        &place,
        &["search", "x", "--catalog", "../big"],
        &["is larger than"],
    );
}

#[test]
fn a_server_that_stalls_is_given_up() {
    let place = Place::new();
    let server = FaultServer::start(|_| Reply::status(200).silent());
    let url = format!("http://{}", server.host());
    refused(
        &place,
        &["add", "predict", "--timeout", "1", "--catalog", &url],
        &["could not read", "timeout"],
    );
}

#[test]
fn a_web_page_is_not_taken_for_a_catalog_or_a_component() {
    let place = samples();
    let server = FaultServer::start(|_| Reply::status(200).body("<!doctype html><h1>Sign in</h1>"));
    let url = format!("http://{}", server.host());
    refused(
        &place,
        &["add", "predict", "--catalog", &url],
        &["is a web page, not a catalog's index"],
    );
    fs::write(
        place
            .path()
            .join("../catalog/components/predict/0.4.0/component.yaml"),
        "<html>",
    )
    .unwrap();
    refused(
        &place,
        &["add", "predict", "--catalog", "../catalog"],
        &["is a web page, not a component.yaml"],
    );
}

#[test]
fn a_name_that_only_looks_alike_is_refused() {
    let place = samples();
    refused(
        &place,
        &["add", "\u{440}redict", "--catalog", "../catalog"],
        &["U+0440", "letters a to z"],
    );
}

#[test]
fn text_of_a_catalog_does_nothing_to_the_terminal() {
    let place = samples();
    for path in ["index.json", "components/predict/index.json"] {
        let path = place.path().join("../catalog").join(path);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(
            &path,
            text.replace("Runs a", "\\u001b]0;owned\\u0007\\u001b[2JRuns a"),
        )
        .unwrap();
    }
    for verb in ["search", "show"] {
        // As on a terminal: elsewhere every escape is dropped anyway.
        let arguments = [
            verb,
            "predict",
            "--color",
            "always",
            "--catalog",
            "../catalog",
        ];
        let (code, out, _) = super::run(&place, &arguments);
        assert!(code == 0 && out.contains("Runs a trained model"), "{out}");
        assert!(!out.contains('\u{1b}') && !out.contains('\u{7}'), "{out:?}");
    }
}
