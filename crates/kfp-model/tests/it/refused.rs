//! Folders that are refused, with the file or field at fault.

use std::fs;
use std::path::Path;

use kfp_model::{Error, MANIFEST, Model, Node};
use tempfile::TempDir;

use crate::support::{data, message, saved, small};

fn refusal(folder: &TempDir) -> String {
    let error = Model::load(folder.path()).unwrap_err();
    message(&error, folder.path())
}

/// Replaces text in a file.
fn edit(folder: &Path, name: &str, from: &str, to: &str) {
    let path = folder.join(name);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(&path, text.replacen(from, to, 1)).unwrap();
}

fn manifest_with(from: &str, to: &str) -> String {
    let folder = saved();
    edit(folder.path(), MANIFEST, from, to);
    refusal(&folder)
}

#[test]
fn a_newer_format() {
    assert_eq!(
        manifest_with("\"version\": 2", "\"version\": 3"),
        "folder/MANIFEST.json is of format 3, but this program reads formats 1 to 2; use a newer release"
    );
}

#[test]
fn another_format() {
    assert_eq!(
        manifest_with("kfp-component/model", "acme/model"),
        "folder/MANIFEST.json is of format `acme/model 2`, not of a format this program knows"
    );
}

#[test]
fn a_file_that_has_changed() {
    let folder = saved();
    edit(folder.path(), "model.json", "10.0", "11.0");
    let refusal = refusal(&folder);
    assert!(
        refusal.starts_with("folder/model.json: the file has changed: its SHA-256 is "),
        "{refusal}"
    );
}

#[test]
fn a_hash_that_is_wrong() {
    let folder = saved();
    let manifest = fs::read_to_string(folder.path().join(MANIFEST)).unwrap();
    let hash = manifest.split("\"sha256\": \"").nth(1).unwrap();
    edit(folder.path(), MANIFEST, &hash[..64], &"0".repeat(64));
    let refusal = refusal(&folder);
    assert!(
        refusal.starts_with("folder/model.json: the file has changed")
            && refusal.ends_with(&"0".repeat(64)),
        "{refusal}"
    );
}

#[test]
fn a_file_that_is_missing() {
    let folder = saved();
    fs::remove_file(folder.path().join("model.json")).unwrap();
    assert_eq!(
        refusal(&folder),
        "folder/model.json: the manifest lists this file, but it is not there"
    );
}

#[test]
fn a_second_model_in_the_folder() {
    for second in [
        "model2.json",
        "model.pkl",
        "serving/onnx/model/1/other.onnx",
    ] {
        let folder = saved();
        let path = folder.path().join(second);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "{}").unwrap();
        assert_eq!(
            refusal(&folder),
            format!(
                "folder/{second}: the manifest does not list this file, which looks like that of another model"
            )
        );
    }
}

#[test]
fn a_second_model_beside_one_of_format_1() {
    let folder = tempfile::tempdir().unwrap();
    for name in [MANIFEST, "model.json"] {
        fs::copy(data("format1").join(name), folder.path().join(name)).unwrap();
    }
    fs::write(folder.path().join("model.onnx"), "").unwrap();
    assert!(refusal(&folder).starts_with("folder/model.onnx: "));
}

#[test]
fn a_folder_of_several_models() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["b", "a"] {
        small().save(folder.path().join(name)).unwrap();
    }
    assert_eq!(refusal(&folder), "folder holds several models: `a`, `b`");
}

#[test]
fn the_folder_above_a_model() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("data");
    small().save(&inner).unwrap();
    let error = Model::load(folder.path()).unwrap_err();
    assert_eq!(
        message(&error, folder.path()),
        "folder is not the folder of a model: it has no MANIFEST.json"
    );
    assert!(matches!(error, Error::NoManifest { inner: Some(path), .. } if path == inner));
}

#[test]
fn a_file_of_a_model() {
    let folder = saved();
    let error = Model::load(folder.path().join(MANIFEST)).unwrap_err();
    assert_eq!(
        message(&error, folder.path()),
        "folder/MANIFEST.json is not the folder of a model: it has no MANIFEST.json"
    );
    let hint = error.hint().unwrap();
    assert_eq!(hint, format!("name `{}` instead", folder.path().display()));
}

#[test]
fn a_folder_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let error = Model::load(folder.path().join("x")).unwrap_err();
    let text = message(&error, folder.path());
    assert!(
        text.starts_with("could not access folder/x/MANIFEST.json: "),
        "{text}"
    );
}

#[test]
fn a_path_that_leaves_the_folder() {
    for path in [
        "../model.json",
        "/etc/passwd",
        "a/../model.json",
        "C:\\model.json",
        "",
    ] {
        let path = path.replace('\\', "\\\\");
        let refusal = manifest_with("\"path\": \"model.json\"", &format!("\"path\": \"{path}\""));
        assert!(refusal.contains("`files[0].path`: "), "{refusal}");
    }
}

#[test]
fn a_field_of_the_manifest_that_is_wrong() {
    let cases = [
        (
            "\"float32\"",
            "\"int\"",
            "MANIFEST.json: `columns[0].type`: unknown variant `int`",
        ),
        (
            "\"classification\"",
            "\"regression\"",
            "MANIFEST.json: `task`: unknown variant `regression`",
        ),
        (
            "\"height\"",
            "\"width\"",
            "MANIFEST.json: `columns[1].name`: `width` is the name of another column, too",
        ),
        (
            "\"large\"",
            "\"small\"",
            "MANIFEST.json: `classes[1]`: `small` occurs more than once",
        ),
        (
            "\"version\": 2",
            "\"version\": \"two\"",
            "MANIFEST.json: `version`: invalid type: string \"two\", expected u32",
        ),
        (
            "model.json",
            "trees.json",
            "folder/trees.json: the manifest lists this file, but it is not there",
        ),
    ];
    for (from, to, wanted) in cases {
        let refusal = manifest_with(from, to);
        assert!(refusal.starts_with(wanted), "{refusal}\n{wanted}");
    }
}

#[test]
fn a_manifest_that_is_cut_off() {
    let folder = saved();
    let path = folder.path().join(MANIFEST);
    let text = fs::read(&path).unwrap();
    for length in [0, 1, text.len() / 2, text.len() - 3] {
        fs::write(&path, &text[..length]).unwrap();
        let refusal = refusal(&folder);
        assert!(refusal.starts_with("MANIFEST.json: `"), "{refusal}");
    }
}

/// Trees of a format 1 folder, which has no hashes.
fn trees(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let trees = serde_json::from_str::<Vec<serde_json::Value>>(text).map_or(0, |trees| trees.len());
    let manifest = format!(
        r#"{{"format": "kfp-component/random-forest", "version": 1, "producer": "x", "classes": ["a", "b"], "features": ["c"], "trees": {trees}}}"#
    );
    fs::write(folder.path().join(MANIFEST), manifest).unwrap();
    fs::write(folder.path().join("model.json"), text).unwrap();
    refusal(&folder)
}

#[test]
fn trees_that_cannot_be_walked() {
    // A node that is its own child would be walked for ever.
    let itself = r#"[[{"class":0}],[{"feature":0,"at_most":1.0,"then":0,"otherwise":0}]]"#;
    assert_eq!(
        trees(itself),
        "model.json: `[1][0]`: a child is not among the nodes that follow"
    );
    let cases = [
        ("[]", "`.`: there must be a tree"),
        ("[[]]", "`[0]`: a tree has at least one node"),
        (
            r#"[[{"class":2}]]"#,
            "`[0][0]`: the class is not one of the manifest's",
        ),
        (
            r#"[[{"feature":1,"at_most":1.0,"then":1,"otherwise":1},{"class":0}]]"#,
            "`[0][0]`: the feature is not one of the manifest's columns",
        ),
        (
            r#"[[{"class":-1}]]"#,
            "`[0][0]`: data did not match any variant",
        ),
    ];
    for (text, wanted) in cases {
        let refusal = trees(text);
        assert!(
            refusal.starts_with(&format!("model.json: {wanted}")),
            "{refusal}"
        );
    }
}

#[test]
fn a_threshold_that_json_cannot_hold() {
    for at_most in [f64::NAN, f64::INFINITY] {
        let mut forest = small().forest().clone();
        forest.trees[0][0] = Node::Split {
            feature: 0,
            at_most,
            then: 1,
            otherwise: 2,
        };
        let error = Model::new(small().manifest().clone(), forest).unwrap_err();
        assert_eq!(
            error.to_string(),
            "model.json: `[0][0]`: the threshold is not a finite number"
        );
    }
}

#[test]
fn a_score_that_is_not_a_number() {
    let error = small().with_score("accuracy", f64::NAN).unwrap_err();
    assert_eq!(
        error.to_string(),
        "MANIFEST.json: `scores.accuracy`: a score is a finite number"
    );
}
