//! The files, as publishing leaves them.

use std::fs;
use std::path::Path;

use kfp_catalog::{Catalog, Error, Name, NewRelease, Settings, sha256, testing};
use kfp_component_yaml::read;
use serde_json::Value;
use tempfile::TempDir;

fn catalog(releases: &[NewRelease]) -> (TempDir, Catalog) {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::at(folder.path());
    catalog.add(releases).unwrap();
    (folder, catalog)
}

fn text(root: &Path, path: &str) -> String {
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn json(root: &Path, path: &str) -> Value {
    serde_json::from_str(&text(root, path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// Every file below a folder with its text.
fn tree(root: &Path) -> Vec<(String, String)> {
    fn walk(folder: &Path, root: &Path, files: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, root, files);
            } else {
                let name = path
                    .strip_prefix(root)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                files.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut files = Vec::new();
    walk(root, root, &mut files);
    files.sort();
    files
}

/// An error with its causes and its hint, as a program shows it.
fn report(error: &Error) -> String {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    format!(
        "{error}\n{}\nhint: {}",
        cause.unwrap_or_default(),
        error.hint().unwrap_or_default()
    )
}

#[test]
fn the_index_names_files_that_are_there_and_hash_to_what_it_says() {
    let (_folder, catalog) = catalog(&testing::samples());
    let index = catalog.index().unwrap();
    assert_eq!(index.components.len(), testing::samples().len());
    for component in &index.components {
        let file = &component.latest.component;
        let text = text(catalog.root(), file.url.as_str());
        assert_eq!(
            (sha256(text.as_bytes()), text.len() as u64),
            (file.sha256.clone(), file.bytes)
        );
        assert_eq!(
            self::text(catalog.root(), &format!("sha256/{}.yaml", file.sha256)),
            text
        );
        assert_eq!(
            read::read(&text).unwrap().container().unwrap().image.value,
            component.latest.image
        );
    }
}

#[test]
fn adding_the_same_version_again_changes_no_byte() {
    let (_folder, catalog) = catalog(&testing::samples());
    let before = tree(catalog.root());
    catalog.add(&testing::samples()).unwrap();
    catalog.build(&Settings::default()).unwrap();
    assert_eq!(tree(catalog.root()), before);
}

#[test]
fn a_published_version_never_changes() {
    let (_folder, catalog) = catalog(&testing::samples());
    let before = tree(catalog.root());
    let mut other = testing::samples().remove(0);
    other.component_yaml = other.component_yaml.replace("hands it on", "keeps it");
    let error = report(&catalog.add(&[other]).unwrap_err());
    assert!(error.contains("never changes"), "{error}");
    assert_eq!(tree(catalog.root()), before);
}

#[test]
fn a_component_yaml_changed_by_hand_stops_the_build() {
    let (_folder, catalog) = catalog(&testing::samples());
    let path = catalog
        .root()
        .join("components/predict/0.4.0/component.yaml");
    fs::write(
        &path,
        fs::read_to_string(&path)
            .unwrap()
            .replace("Runs a", "Ruins a"),
    )
    .unwrap();
    let error = report(&catalog.build(&Settings::default()).unwrap_err());
    assert!(
        error.contains("predict/0.4.0/component.yaml` is not what was published"),
        "{error}"
    );
    assert!(error.contains("hint: git restore"), "{error}");
}

#[test]
fn git_and_servers_are_told_to_keep_the_files_as_they_are() {
    let (_folder, catalog) = catalog(&testing::samples());
    let attributes = text(catalog.root(), ".gitattributes");
    assert!(
        attributes.lines().any(|line| line == "* -text"),
        "{attributes}"
    );
    assert_eq!(text(catalog.root(), ".nojekyll"), "");

    fs::write(catalog.root().join(".gitattributes"), "# ours\n").unwrap();
    catalog.build(&Settings::default()).unwrap();
    assert_eq!(text(catalog.root(), ".gitattributes"), "# ours\n");
}

#[test]
fn line_ends_that_git_changed_are_called_that() {
    let (_folder, catalog) = catalog(&testing::samples());
    let path = catalog
        .root()
        .join("components/predict/0.4.0/component.yaml");
    let changed = fs::read_to_string(&path).unwrap().replace('\n', "\r\n");
    fs::write(&path, changed).unwrap();
    fs::remove_file(catalog.root().join(".gitattributes")).unwrap();
    let error = report(&catalog.build(&Settings::default()).unwrap_err());
    assert!(
        error.contains("other line ends than what was published"),
        "{error}"
    );
    assert!(error.contains("&& git checkout -- "), "{error}");
    assert!(
        catalog.root().join(".gitattributes").exists(),
        "the hint would not help"
    );
}

#[test]
fn a_missing_component_yaml_is_named() {
    let (_folder, catalog) = catalog(&testing::samples());
    fs::remove_file(
        catalog
            .root()
            .join("components/predict/0.4.0/component.yaml"),
    )
    .unwrap();
    let error = report(&catalog.build(&Settings::default()).unwrap_err());
    assert!(
        error.contains("predict/0.4.0/component.yaml` is missing"),
        "{error}"
    );
}

#[test]
fn a_pinned_file_that_somebody_put_there_is_taken_up() {
    let (_folder, catalog) = catalog(&[]);
    let folder = catalog.root().join("components/predict/0.4.0");
    let release = testing::samples()
        .into_iter()
        .find(|release| release.name == name("predict"))
        .unwrap();
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("component.yaml"), &release.component_yaml).unwrap();
    fs::write(folder.join("README.md"), "# Predict").unwrap();

    let built = catalog.build(&Settings::default()).unwrap();

    assert_eq!((built.components, built.adopted), (1, 1));
    let release = catalog
        .component(&release.name)
        .unwrap()
        .unwrap()
        .versions
        .remove(0);
    assert_eq!(release.license.as_deref(), Some("MIT OR Apache-2.0"));
    assert!(text(catalog.root(), "components/predict/index.js").contains("# Predict"));
    assert_eq!(catalog.build(&Settings::default()).unwrap().adopted, 0);
}

#[test]
fn an_image_that_is_not_pinned_cannot_enter() {
    let (_folder, catalog) = catalog(&[]);
    let mut release = testing::samples().remove(0);
    release.component_yaml = release.component_yaml.replace("@sha256:", ":sha256-");
    let error = report(&catalog.add(&[release]).unwrap_err());
    assert!(error.contains("does not pin the image"), "{error}");
    assert!(!catalog.root().join("components").exists());
}

#[test]
fn a_number_too_low_for_what_changed_is_refused_before_anything_is_pushed() {
    let function = "fn count(text: Input<Dataset>, #[arg(default = 1)] top: u32, counts: Output<Dataset>) -> Result<()> {}";
    let (_folder, catalog) = catalog(&[testing::release("count", "0.3.1", function)]);
    let without_top = function.replace("#[arg(default = 1)] top: u32, ", "");

    let error = catalog.begin(testing::release("count", "0.3.2", &without_top));
    let error = report(&error.unwrap_err());
    assert!(error.contains("breaking: input `top` is gone"), "{error}");
    assert!(error.contains("hint: set `version = \"0.4.0\"`"), "{error}");

    let higher = |version, function: &str| {
        let pending = catalog
            .begin(testing::release("count", version, function))
            .unwrap();
        assert!(!pending.is_published());
    };
    higher("0.4.0", &without_top);
    let with_more = function.replace("counts:", "rows: Output<i64>, counts:");
    higher("0.3.2", &with_more);
}

#[test]
fn a_release_is_written_by_its_commit_and_by_nothing_before() {
    let (_folder, catalog) = catalog(&testing::samples());
    let before = tree(catalog.root());
    let function = "fn count(text: Input<Dataset>, counts: Output<Dataset>) -> Result<()> {}";
    let release = || testing::release("count", "1.0.0", function);

    let pending = catalog.begin(release()).unwrap();
    assert!(!pending.is_published());
    assert_eq!(tree(catalog.root()), before);

    let path = pending.path();
    let sbom = ("arm64".to_owned(), "{\"components\": []}".to_owned());
    pending.commit(vec![sbom]).unwrap();
    assert_eq!(fs::read_to_string(path).unwrap(), release().component_yaml);
    assert!(catalog.begin(release()).unwrap().is_published());
    let index = catalog.component(&name("count")).unwrap().unwrap();
    let archs: Vec<_> = index.versions[0]
        .sboms
        .iter()
        .map(|sbom| &*sbom.arch)
        .collect();
    assert_eq!(archs, ["amd64", "arm64"]);
}

#[test]
fn what_an_interrupted_run_left_is_completed_only_by_the_same_release() {
    let (_folder, catalog) = catalog(&[]);
    let release = testing::samples().remove(0);
    let path = catalog.begin(release.clone()).unwrap().path();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, &release.component_yaml).unwrap();
    assert!(!catalog.begin(release.clone()).unwrap().is_published());

    fs::write(&path, "name: Other").unwrap();
    let error = report(&catalog.begin(release).unwrap_err());
    assert!(
        error.contains("is already in the catalog with a different component.yaml"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "name: Other");
}

#[test]
fn a_release_says_what_it_changed() {
    let function = "fn count(text: Input<Dataset>, counts: Output<Dataset>) -> Result<()> {}";
    let (_folder, catalog) = catalog(&[testing::release("count", "1.0.0", function)]);
    let next = function.replace("counts:", "rows: Output<i64>, counts:");
    catalog
        .add(&[testing::release("count", "1.1.0", &next)])
        .unwrap();

    let index = catalog.component(&name("count")).unwrap().unwrap();
    assert_eq!(
        index.versions[1].changes[0].description,
        "output `rows` of type Integer"
    );
    let lines = text(catalog.root(), "components/count/index.json");
    assert_eq!(
        lines
            .lines()
            .filter(|line| line.starts_with("{\"version\":"))
            .count(),
        2
    );
}

#[test]
fn choices_and_ranges_reach_the_schema_of_the_interface() {
    let (_folder, catalog) = catalog(&testing::samples());
    let schema = json(catalog.root(), "components/train-eval/0.2.0/schema.json");
    let trees = &schema["properties"]["number_of_estimators"];
    assert_eq!(
        (&trees["minimum"], &trees["maximum"], &trees["default"]),
        (&1.into(), &10_000.into(), &100.into())
    );
    assert_eq!(schema["required"], serde_json::json!([]));
    let split = json(
        catalog.root(),
        "components/data-preprocess/0.1.0/schema.json",
    );
    assert_eq!(
        split["properties"]["test_size"]["exclusiveMaximum"],
        serde_json::json!(1.0)
    );
    assert_eq!(split["required"], serde_json::json!(["label_colname"]));
}

#[test]
fn two_thousand_components_make_an_index_of_a_few_megabytes() {
    let index = testing::generated_contents(2000).index();
    let bytes = index.to_json().len();
    println!("index.json with 2,000 components: {bytes} bytes");
    assert_eq!(index.components.len(), 2000);
    assert!(bytes < 2_000_000, "{bytes}");
}

#[test]
fn a_component_that_takes_a_list_is_listed_for_kfp_2_alone() {
    let function = "fn join(\n/// The parts.\nparts: Vec<Input<Dataset>>, joined: Output<Dataset>) -> Result<()> {}";
    let (folder, _) = catalog(&[testing::release("join", "1.0.0", function)]);
    let index = json(folder.path(), "components/join/index.json");
    let release = &index["versions"][0];
    assert_eq!(release["compat"]["kfp_sdk"], serde_json::json!([">=2.0"]));
    assert_eq!(release["component_v1"], Value::Null);
    let parts = &release["interface"]["inputs"][0];
    assert_eq!(parts["kind"], "artifact");
    assert_eq!(parts["type"], "List[Dataset]");
    assert_eq!(parts["description"], "The parts.");
    let component = text(folder.path(), "components/join/1.0.0/component.yaml");
    assert!(component.contains("isArtifactList: true"));
}
