//! Models and data of the tests.

use std::path::{Path, PathBuf};

use kfp_model::{Column, Forest, Manifest, Model, Node};
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
