//! Models and data of the tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use kfp_model::{Column, Forest, Manifest, Model, Node, Predictions};
use oorandom::Rand64;
use serde_json::Value;
use tempfile::TempDir;

/// A file or folder of the tests' data.
pub(crate) fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

/// The features of iris, row by row.
pub(crate) fn iris() -> Vec<f64> {
    include_str!("../../../../pipelines/iris/iris.csv")
        .lines()
        .skip(1)
        .flat_map(|line| line.split(',').take(4))
        .map(|cell| cell.parse().unwrap())
        .collect()
}

/// Two trees over two columns: the second column decides only where the first is large.
pub(crate) fn small() -> Model {
    let split = |feature, at_most| Node::Split {
        feature,
        at_most,
        then: 1,
        otherwise: 2,
    };
    let first = vec![
        split(0, 0.1),
        Node::Leaf { class: 0 },
        Node::Leaf { class: 1 },
    ];
    let mut second = vec![
        split(0, 10.0),
        Node::Leaf { class: 0 },
        Node::Split {
            feature: 1,
            at_most: 2.5,
            then: 3,
            otherwise: 4,
        },
    ];
    second.extend([Node::Leaf { class: 0 }, Node::Leaf { class: 1 }]);
    let columns = vec![Column::new("width"), Column::new("height")];
    let mut manifest =
        Manifest::classification(columns, vec!["small".to_owned(), "large".to_owned()]);
    manifest.label = Some("size".to_owned());
    manifest.training_rows = Some(6);
    manifest.producer = Some("a test".to_owned());
    let trees = vec![first, second];
    let model = Model::new(manifest, Forest { trees }).unwrap();
    model.with_score("accuracy", 0.1 + 0.2).unwrap()
}

/// Grows branches of random features and thresholds, which are not 32-bit numbers.
fn grow(random: &mut Rand64, tree: &mut Vec<Node>, depth: u32, columns: usize, classes: usize) {
    let below = |random: &mut Rand64, end: usize| {
        usize::try_from(random.rand_range(0..end as u64)).unwrap()
    };
    if depth == 0 || random.rand_range(0..8) == 0 {
        let class = below(random, classes);
        return tree.push(Node::Leaf { class });
    }
    let at = tree.len();
    let (feature, at_most) = (below(random, columns), random.rand_float() * 2.0 - 1.0);
    tree.push(Node::Leaf { class: 0 });
    grow(random, tree, depth - 1, columns, classes);
    let otherwise = tree.len();
    grow(random, tree, depth - 1, columns, classes);
    tree[at] = Node::Split {
        feature,
        at_most,
        then: at + 1,
        otherwise,
    };
}

pub(crate) fn random_forest(seed: u128, trees: usize, columns: usize, classes: usize) -> Model {
    let mut random = Rand64::new(seed);
    let trees = (0..trees).map(|_| {
        let mut tree = Vec::new();
        grow(&mut random, &mut tree, 6, columns, classes);
        tree
    });
    let trees = trees.collect();
    let names = |letter: char, count: usize| (0..count).map(move |at| format!("{letter}{at}"));
    let columns = names('x', columns).map(Column::new).collect();
    let manifest = Manifest::classification(columns, names('c', classes).collect());
    Model::new(manifest, Forest { trees }).unwrap()
}

/// Values at thresholds and beside them, missing and, if `infinite`, infinite ones.
pub(crate) fn hard_rows(model: &Model, seed: u128, infinite: bool) -> Vec<f32> {
    let nodes = model.forest().trees.iter().flatten();
    let thresholds: Vec<f64> = nodes
        .filter_map(|node| match node {
            Node::Split { at_most, .. } => Some(*at_most),
            Node::Leaf { .. } => None,
        })
        .collect();
    let mut random = Rand64::new(seed);
    #[expect(clippy::cast_possible_truncation, reason = "rows have 32 bits")]
    let value = |_| {
        let at = random.rand_range(0..thresholds.len() as u64);
        let near = thresholds[usize::try_from(at).unwrap()] as f32;
        match random.rand_range(0..10) {
            0 => f32::NAN,
            1 if infinite => f32::INFINITY,
            2 if infinite => f32::NEG_INFINITY,
            3 => near.next_up(),
            4 => near.next_down(),
            5 => near,
            _ => random.rand_float() as f32 * 2.0 - 1.0,
        }
    };
    (0..2000 * model.columns().len()).map(value).collect()
}

/// Runs a script of the tests with a model's file and rows of 32-bit floats, and returns the JSON it prints.
pub(crate) fn answer(
    python: &Path,
    script: &str,
    model: &Model,
    file: &str,
    rows: &[f32],
) -> Value {
    let folder = tempfile::tempdir().unwrap();
    model.save(folder.path()).unwrap();
    let table = folder.path().join("rows");
    write_rows(&table, rows);
    let output = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(script))
        .arg(folder.path().join(file))
        .arg(table)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Writes rows as the scripts of the tests read them.
pub(crate) fn write_rows(path: &Path, rows: &[f32]) {
    let bytes: Vec<u8> = rows.iter().flat_map(|value| value.to_le_bytes()).collect();
    fs::write(path, bytes).unwrap();
}

/// Writes files below a folder.
pub(crate) fn write(folder: &Path, files: &[(String, Vec<u8>)]) {
    for (path, content) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

/// What the model itself predicts for rows of 32-bit floats.
pub(crate) fn predict(model: &Model, rows: &[f32]) -> Predictions {
    let values: Vec<f64> = rows.iter().copied().map(f64::from).collect();
    model.predict(&values).unwrap()
}

/// The folder of [`small`].
pub(crate) fn saved() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    small().save(folder.path()).unwrap();
    folder
}

/// An error with its causes, as a program prints it, with `folder` in place of the folder's path.
pub(crate) fn message(error: &dyn std::error::Error, folder: &Path) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let causes: Vec<String> = causes.map(ToString::to_string).collect();
    causes
        .join(": ")
        .replace(&folder.display().to_string(), "folder")
}
