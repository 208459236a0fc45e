//! What is written is read back, in every version of the format.

use std::fs;

use kfp_model::{ColumnType, MANIFEST, Model, Task};

use crate::support::{data, iris, saved, small};

#[test]
fn what_was_saved_is_loaded() {
    let folder = saved();
    let loaded = Model::load(folder.path()).unwrap();
    assert_eq!(loaded.forest(), small().forest());
    let manifest = loaded.manifest();
    assert_eq!(manifest.task, Task::Classification);
    assert_eq!(manifest.columns, small().manifest().columns);
    assert_eq!(manifest.classes, ["small", "large"]);
    assert_eq!(manifest.label.as_deref(), Some("size"));
    assert_eq!(manifest.training_rows, Some(6));
    assert_eq!(
        manifest.scores["accuracy"].to_bits(),
        (0.1_f64 + 0.2).to_bits()
    );
    assert_eq!(manifest.files[0].path, "model.json");
    assert_eq!(loaded.format_version(), 2);
    assert_eq!(kfp_model::FORMAT, "kfp-component/model 2");
}

#[test]
fn a_loaded_model_is_saved_as_it_was() {
    let folder = saved();
    let files = Model::load(folder.path()).unwrap().files().unwrap();
    for (path, content) in files {
        assert!(
            fs::read(folder.path().join(&path)).unwrap() == content,
            "{path}"
        );
    }
}

/// The folder was written by the release that introduced the format, its votes were counted by another program.
#[test]
fn format_1_is_read_for_ever() {
    let model = Model::load(data("format1")).unwrap();
    assert_eq!(model.format_version(), 1);
    assert_eq!(
        model.manifest().producer.as_deref(),
        Some("train-eval 0.1.0")
    );
    assert_eq!(model.classes(), ["Setosa", "Versicolor", "Virginica"]);
    assert!(
        model
            .columns()
            .iter()
            .all(|column| column.kind == ColumnType::Float64)
    );
    assert_eq!(model.columns()[3].name, "petal.width");

    assert_votes(&model, "format1-votes.csv");
}

/// The folder was written by the release that introduced the format, its votes were counted by another program.
#[test]
fn format_2_is_read_for_ever() {
    let model = Model::load(data("format2")).unwrap();
    assert_eq!(model.format_version(), 2);
    assert_eq!(model.manifest().label.as_deref(), Some("variety"));
    assert_eq!(model.manifest().scores["accuracy"], 29.0 / 30.0);
    assert_eq!(model.columns()[3].maximum, Some(2.5));
    assert_eq!(model.manifest().files.len(), 4);
    assert_votes(&model, "format2-votes.csv");
}

/// Compares a golden model with the votes that another program counted.
fn assert_votes(model: &Model, file: &str) {
    let votes = fs::read_to_string(data(file)).unwrap();
    let votes: Vec<Vec<u8>> = votes
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect())
        .collect();
    assert_eq!(votes.len(), 150);
    let predictions = model.predict(&iris()).unwrap();
    for ((votes, class), probabilities) in votes
        .iter()
        .zip(predictions.classes)
        .zip(predictions.probabilities.chunks(3))
    {
        let shares: Vec<f32> = votes.iter().map(|&votes| f32::from(votes) / 5.0).collect();
        assert_eq!(probabilities, shares);
        assert!(votes.iter().all(|other| votes[class] >= *other));
    }
}

#[test]
fn a_field_of_a_later_release_is_ignored_within_a_version() {
    let folder = saved();
    let path = folder.path().join(MANIFEST);
    let manifest = fs::read_to_string(&path).unwrap();
    let more = manifest.replacen('{', "{\"mood\": \"sunny\",", 1);
    fs::write(&path, more).unwrap();
    assert!(Model::load(folder.path()).is_ok());
}

#[test]
fn notes_beside_a_model_are_not_a_second_model() {
    let folder = saved();
    for name in ["README.md", "model-card.yaml", ".snapshot.json"] {
        fs::write(folder.path().join(name), "notes").unwrap();
    }
    assert!(Model::load(folder.path()).is_ok());
}
