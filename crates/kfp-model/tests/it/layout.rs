//! What is emitted for a runtime passes its check, and what the runtime would not load does not.

use std::fs;

use kfp_model::Layout;
use tempfile::TempDir;

use crate::support::{message, saved, small, write};

fn folder_of(files: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<_> = files
        .iter()
        .map(|path| ((*path).to_owned(), b"{}".to_vec()))
        .collect();
    write(folder.path(), &files);
    folder
}

fn problem(layout: Layout, files: &[&str]) -> String {
    let folder = folder_of(files);
    let error = layout.check(folder.path()).unwrap_err();
    let text = message(&error, folder.path());
    let start = format!("folder is not laid out for {layout}: ");
    text.strip_prefix(&start)
        .unwrap_or_else(|| panic!("{text}"))
        .to_owned()
}

#[test]
fn what_is_emitted_passes_the_check() {
    for layout in Layout::ALL {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &layout.files(&small(), "flowers"));
        layout.check(folder.path()).unwrap();
    }
}

#[test]
fn the_folder_of_a_model_holds_every_layout() {
    let folder = saved();
    for layout in Layout::ALL {
        layout
            .check(folder.path().join(layout.subfolder()))
            .unwrap();
    }
}

#[test]
fn the_folder_of_a_model_itself_is_not_laid_out_for_a_runtime() {
    let folder = saved();
    for layout in Layout::ALL {
        let error = layout.check(folder.path()).unwrap_err();
        assert_eq!(
            message(&error, folder.path()),
            format!(
                "folder is not laid out for {layout}: it is the folder of a model, whose `{}` is",
                layout.subfolder()
            )
        );
    }
}

#[test]
fn a_layout_has_a_name() {
    for layout in Layout::ALL {
        assert_eq!(layout.name().parse::<Layout>().unwrap(), layout);
    }
    assert_eq!(
        "tritonn".parse::<Layout>().unwrap_err().to_string(),
        "`tritonn` is not a layout; these are: onnx, triton, openvino, mlserver, xgbserver"
    );
}

#[test]
fn xgbserver_takes_exactly_one_file() {
    let xgbserver = |files: &[&str]| problem(Layout::XgbServer, files);
    assert!(
        Layout::XgbServer
            .check(folder_of(&["any.bst", "notes.yaml", "old/a.json"]))
            .is_ok()
    );
    assert_eq!(
        xgbserver(&["notes.yaml"]),
        "there is no file that ends with .bst, .json, .ubj"
    );
    assert_eq!(
        xgbserver(&["model.json", "metadata.json"]),
        "there must be one file that ends with .bst, .json, .ubj, but `metadata.json` and `model.json` are there"
    );
}

#[test]
fn triton_takes_a_repository() {
    let triton = |files: &[&str]| problem(Layout::Triton, files);
    assert!(
        Layout::Triton
            .check(folder_of(&["a/1/model.onnx", "b/12/model.onnx"]))
            .is_ok()
    );
    assert!(
        Layout::Triton
            .check(folder_of(&["a/config.pbtxt", "a/1/model.py"]))
            .is_ok()
    );
    assert_eq!(
        triton(&["model.onnx"]),
        "there is no folder of a model, such as `model/1/model.onnx`"
    );
    assert_eq!(
        triton(&["1/model.onnx"]),
        "`1` has no folder of a version, such as `1/1`"
    );
    assert_eq!(
        triton(&["a/01/model.onnx"]),
        "`a` has no folder of a version, such as `a/1`"
    );
    assert_eq!(triton(&["a/1/iris.onnx"]), "`a/1/model.onnx` is missing");
}

#[test]
fn openvino_takes_versions() {
    let openvino = |files: &[&str]| problem(Layout::OpenVino, files);
    assert!(Layout::OpenVino.check(folder_of(&["1/any.onnx"])).is_ok());
    assert!(
        Layout::OpenVino
            .check(folder_of(&["1/any.xml", "1/any.bin"]))
            .is_ok()
    );
    assert_eq!(
        openvino(&["model.onnx"]),
        "there is no folder of a version, such as `1/model.onnx`"
    );
    assert_eq!(
        openvino(&["1/a.onnx", "1/b.onnx"]),
        "in `1`, there must be one file that ends with .onnx, .xml, but `a.onnx` and `b.onnx` are there"
    );
}

#[test]
fn mlserver_takes_settings_or_a_well_known_name() {
    assert!(Layout::MlServer.check(folder_of(&["model.ubj"])).is_ok());
    assert_eq!(
        problem(Layout::MlServer, &["iris.json"]),
        "there is neither `model-settings.json` nor a file of a well-known name, such as `model.json`"
    );
    assert_eq!(
        problem(Layout::MlServer, &["model-settings.json", "model.json"]),
        "`model-settings.json`: `name` is missing"
    );
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &Layout::MlServer.files(&small(), "flowers"));
    fs::remove_file(folder.path().join("model.json")).unwrap();
    assert!(
        message(
            &Layout::MlServer.check(folder.path()).unwrap_err(),
            folder.path()
        )
        .ends_with("`parameters.uri` is `./model.json`, which is not there")
    );
}
