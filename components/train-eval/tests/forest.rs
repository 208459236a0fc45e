//! The forest on real data.

use std::fs;

use forest::{Examples, Forest};

const IRIS: &str = include_str!("../../../pipelines/iris/iris.csv");

/// Iris as rows of the form `5.1,3.5,1.4,0.2` and `Setosa`.
fn iris() -> Vec<(&'static str, &'static str)> {
    IRIS.lines()
        .skip(1)
        .map(|line| line.rsplit_once(',').unwrap())
        .collect()
}

fn examples(rows: &[(&str, &str)]) -> Examples {
    let features: Vec<_> = rows
        .iter()
        .map(|(features, _)| format!("{features}\n"))
        .collect();
    let labels: Vec<_> = rows.iter().map(|(_, label)| format!("{label}\n")).collect();
    let features = format!("sl,sw,pl,pw\n{}", features.concat());
    let labels = format!("variety\n{}", labels.concat());
    Examples::read(("x", features.as_bytes()), ("y", labels.as_bytes())).unwrap()
}

fn numbers(row: &str) -> Vec<f64> {
    row.split(',').map(|cell| cell.parse().unwrap()).collect()
}

/// Ten rows of each class to test on, drawn by seed.
fn split(seed: u64) -> (Examples, Examples) {
    let mut random = oorandom::Rand64::new(seed.into());
    let (mut train, mut test) = (Vec::new(), Vec::new());
    for class in iris().chunks(50) {
        let mut class = class.to_vec();
        for _ in 0..10 {
            let drawn = usize::try_from(random.rand_range(0..class.len() as u64)).unwrap();
            test.push(class.swap_remove(drawn));
        }
        train.extend(class);
    }
    (examples(&train), examples(&test))
}

#[test]
fn accuracy_over_thirty_splits_is_that_of_other_forests() {
    let accuracies = (0..30).map(|seed| {
        let (train, test) = split(seed);
        Forest::fit(&train, 100, 42)
            .unwrap()
            .score(&test)
            .unwrap()
            .confusion
            .accuracy()
    });
    let mean = accuracies.sum::<f64>() / 30.0;
    // scikit-learn: 0.952, with a standard deviation of 0.033 between splits.
    assert!((mean - 0.952).abs() < 0.02, "{mean}");
}

#[test]
fn a_saved_forest_predicts_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let rows = iris();
    let forest = Forest::fit(&examples(&rows), 100, 42).unwrap();
    forest.save(directory.path()).unwrap();
    let loaded = Forest::load(directory.path()).unwrap();

    assert_eq!(loaded, forest);
    assert!(
        rows.iter()
            .all(|(row, _)| loaded.predict(&numbers(row)) == forest.predict(&numbers(row)))
    );
}

#[test]
fn the_seed_decides_the_forest() {
    let examples = examples(&iris());
    let once = Forest::fit(&examples, 10, 1).unwrap();
    assert_eq!(once, Forest::fit(&examples, 10, 1).unwrap());
    assert_ne!(once, Forest::fit(&examples, 10, 2).unwrap());
}

#[test]
fn the_manifest_names_format_version_classes_and_features() {
    let directory = tempfile::tempdir().unwrap();
    Forest::fit(&examples(&iris()), 3, 42)
        .unwrap()
        .save(directory.path())
        .unwrap();
    let manifest = fs::read_to_string(directory.path().join("MANIFEST.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();

    assert_eq!(manifest["format"], "kfp-component/random-forest");
    assert_eq!(manifest["version"], 1);
    assert_eq!(
        manifest["classes"],
        serde_json::json!(["Setosa", "Versicolor", "Virginica"])
    );
    assert_eq!(
        manifest["features"],
        serde_json::json!(["sl", "sw", "pl", "pw"])
    );
    assert_eq!(manifest["trees"], 3);
}

#[test]
fn a_model_of_another_format_or_with_missing_files_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let (manifest, trees) = (
        directory.path().join("MANIFEST.json"),
        directory.path().join("model.json"),
    );
    Forest::fit(&examples(&iris()), 2, 42)
        .unwrap()
        .save(directory.path())
        .unwrap();
    let error = || Forest::load(directory.path()).unwrap_err().to_string();

    // A node that is its own child would be walked for ever.
    fs::write(
        &trees,
        r#"[[{"class":0}],[{"feature":0,"at_most":1.0,"then":0,"otherwise":0}]]"#,
    )
    .unwrap();
    assert_eq!(error(), "model.json does not match MANIFEST.json");
    let other = fs::read_to_string(&manifest)
        .unwrap()
        .replace("\"version\": 1", "\"version\": 2");
    fs::write(&manifest, other).unwrap();
    assert!(
        error().contains("but this program reads `kfp-component/random-forest` 1"),
        "{}",
        error()
    );
    fs::remove_file(&manifest).unwrap();
    assert!(error().contains("MANIFEST.json"), "{}", error());
}
