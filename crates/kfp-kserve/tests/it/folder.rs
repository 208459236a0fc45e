use std::fs;
use std::path::Path;

use kfp_kserve::{Format, ModelFolder, Protocol, Serving, Storage};
use tempfile::{TempDir, tempdir};

fn folder(files: &[&str]) -> TempDir {
    let folder = tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file).unwrap();
    }
    folder
}

fn serving(format: &str, protocol: Protocol, runtime: Option<&str>) -> Serving {
    Serving::model(Format::parse(format).unwrap(), protocol, runtime).unwrap()
}

fn stored(folder: &Path, serving: &Serving) -> kfp_kserve::Result<String> {
    let storage = Storage::parse("minio://mlpipeline/iris/model").unwrap();
    let folder = ModelFolder::read(folder)?;
    Ok(folder.storage(&storage, serving)?.to_string())
}

#[test]
fn the_digest_is_of_the_files_and_not_of_where_they_are() {
    let digest = |folder: &TempDir| ModelFolder::read(folder.path()).unwrap().digest();
    let (one, same) = (folder(&["a", "b/c"]), folder(&["b/c", "a"]));
    assert_eq!(digest(&one), digest(&same));
    assert!(digest(&one).starts_with("sha256:") && digest(&one).len() == 71);
    let first = digest(&one);
    fs::write(one.path().join("b/c"), "other").unwrap();
    assert_ne!(digest(&one), first);
    assert_ne!(digest(&folder(&["a", "b/d"])), first);
    let file = ModelFolder::read(&same.path().join("a")).unwrap();
    assert_ne!(file.digest(), digest(&same));
}

#[test]
fn each_runtime_is_given_the_part_of_our_model_that_is_laid_out_for_it() {
    let ours = folder(&[
        "MANIFEST.json",
        "model.json",
        "serving/onnx/model/1/model.onnx",
    ]);
    let at = |serving: &Serving| stored(ours.path(), serving).unwrap();
    let root = "s3://mlpipeline/iris/model/";
    assert_eq!(
        at(&serving("onnx:1", Protocol::V2, None)),
        format!("{root}serving/openvino/")
    );
    let triton = serving("onnx:1", Protocol::V2, Some("kserve-tritonserver"));
    assert_eq!(at(&triton), format!("{root}serving/onnx/"));
    assert_eq!(at(&serving("onnx:1", Protocol::V2, Some("own"))), root);
    assert_eq!(
        at(&Serving::image("example.com/serve", Protocol::V2).unwrap()),
        root
    );
    for runtime in ["kserve-xgbserver", "kserve-mlserver"] {
        let xgboost = serving("xgboost:2", Protocol::V2, Some(runtime));
        assert_eq!(at(&xgboost), format!("{root}serving/xgboost/"));
    }
    let error = stored(ours.path(), &serving("sklearn:1", Protocol::V1, None)).unwrap_err();
    assert_eq!(error.hint().as_deref(), Some("--format onnx:1"));
}

#[test]
fn runtimes_that_want_one_file_are_given_one() {
    let xgboost = serving("xgboost:2", Protocol::V1, None);
    assert!(
        stored(
            folder(&["model.ubj", "notes.md", "more/x.json"]).path(),
            &xgboost
        )
        .is_ok()
    );
    for (files, said) in [
        (
            &["model.ubj", "metadata.json"][..],
            "there are metadata.json, model.ubj",
        ),
        (&["model.onnx"][..], "there is none"),
        (&["below/model.ubj"][..], "there is none"),
    ] {
        let error = stored(folder(files).path(), &xgboost).unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    }
    let sklearn = serving("sklearn:1", Protocol::V1, None);
    assert!(stored(folder(&["model.joblib", "card.json"]).path(), &sklearn).is_ok());
    assert!(
        stored(
            folder(&["model.bst"]).path(),
            &serving("lightgbm:4", Protocol::V1, None)
        )
        .is_ok()
    );
}

#[test]
fn a_model_of_one_file_is_judged_by_the_name_it_is_downloaded_as() {
    let xgboost = serving("xgboost:2", Protocol::V1, None);
    let files = folder(&["model.ubj", "model"]);
    let at = |uri: &str, file: &str| {
        let model = ModelFolder::read(&files.path().join(file)).unwrap();
        model.storage(&Storage::parse(uri).unwrap(), &xgboost)
    };
    assert!(at("s3://b/iris/model.ubj", "model.ubj").is_ok());
    assert!(at("s3://b/iris/", "model.ubj").is_ok());
    // KFP names an artifact's file after the output.
    assert!(at("s3://b/iris/best.bst", "model").is_ok());
    let error = at("s3://b/iris/model", "model").unwrap_err().to_string();
    assert!(error.contains("there is none"), "{error}");
}

#[test]
fn a_part_of_what_is_downloaded_as_a_whole_is_refused() {
    let ours = folder(&["MANIFEST.json", "serving/onnx/model/1/model.onnx"]);
    let model = ModelFolder::read(ours.path()).unwrap();
    let triton = serving("onnx:1", Protocol::V2, Some("kserve-tritonserver"));
    for uri in [
        "oci://ghcr.io/acme/iris:1",
        "hf://acme/iris",
        "s3://b/iris.tar.gz",
        "https://acme.example/iris.zip",
    ] {
        let storage = Storage::parse(uri).unwrap();
        let error = model.storage(&storage, &triton).unwrap_err();
        let said = error.to_string();
        assert!(said.contains("is downloaded as a whole"), "{said}");
        let hint = error.hint().unwrap();
        assert!(hint.contains("--layout triton"), "{hint}");
        // A server that reads the whole folder takes it.
        let own = serving("onnx:1", Protocol::V2, Some("own"));
        assert!(model.storage(&storage, &own).is_ok(), "{uri}");
    }
}

#[test]
fn a_folder_without_a_model_is_refused() {
    assert!(ModelFolder::read(tempdir().unwrap().path()).is_err());
    let error = ModelFolder::read(Path::new("nowhere-at-all")).unwrap_err();
    assert!(error.to_string().contains("nowhere-at-all"), "{error}");
}
