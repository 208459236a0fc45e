//! The manifest: what a model takes and answers, and the files it consists of.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Error, MANIFEST, Result};

/// What `MANIFEST.json` says beside the format and its version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Manifest {
    /// What the model predicts.
    pub task: Task,
    /// The columns it takes, in the order of the values of a row.
    pub columns: Vec<Column>,
    /// The name of the column that it predicts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The classes it tells apart, by index.
    pub classes: Vec<String>,
    /// The number of rows it was trained on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training_rows: Option<u64>,
    /// How well it did on rows it was not trained on, such as `accuracy`: finite numbers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scores: BTreeMap<String, f64>,
    /// The program that trained it, and its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub producer: Option<String>,
    /// The other files of the folder. Empty for a model that has not been saved, and for one of format 1.
    pub files: Vec<FileEntry>,
}

/// What a model predicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Task {
    /// One of several classes, with the probability of each.
    Classification,
}

/// A column that a model takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Column {
    /// Its name, as in the header of the table that the model was trained on.
    pub name: String,
    /// How its values are seen.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// Whether a value may be missing: NaN. A server refuses it otherwise; [`Model::predict`](crate::Model::predict) does not.
    pub nullable: bool,
    /// The smallest value among the rows the model was trained on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<f64>,
    /// The largest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<f64>,
}

/// How a model sees the values of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ColumnType {
    /// Rounded to 32 bits before they are compared, as every serving runtime does.
    Float32,
    /// With 64 bits. Only models of format 1 have such columns.
    Float64,
}

/// A file of a model's folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its path below the folder, with `/` between names.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// The SHA-256 of its content, in hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// The manifest of a model that tells classes apart.
    pub fn classification(columns: Vec<Column>, classes: Vec<String>) -> Self {
        Self {
            task: Task::Classification,
            columns,
            label: None,
            classes,
            training_rows: None,
            scores: BTreeMap::new(),
            producer: None,
            files: Vec::new(),
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        let refuse = |field: String, problem: &str| Err(Error::field(MANIFEST, field, problem));
        if self.columns.is_empty() {
            return refuse("columns".to_owned(), "a model takes at least one column");
        }
        if self.classes.len() < 2 {
            return refuse("classes".to_owned(), "there must be two classes or more");
        }
        let mut names = BTreeSet::new();
        for (at, column) in self.columns.iter().enumerate() {
            if !names.insert(&column.name) {
                let problem = format!("`{}` is the name of another column, too", column.name);
                return refuse(format!("columns[{at}].name"), &problem);
            }
        }
        let mut names = BTreeSet::new();
        for (at, class) in self.classes.iter().enumerate() {
            if !names.insert(class) {
                return refuse(
                    format!("classes[{at}]"),
                    &format!("`{class}` occurs more than once"),
                );
            }
        }
        for (name, score) in &self.scores {
            if !score.is_finite() {
                return refuse(format!("scores.{name}"), "a score is a finite number");
            }
        }
        Ok(())
    }
}

impl Column {
    /// A column of 32-bit numbers without missing values.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind: ColumnType::Float32,
            nullable: false,
            minimum: None,
            maximum: None,
        }
    }
}

impl ColumnType {
    /// The value as the model sees it.
    pub fn round(self, value: f64) -> f64 {
        match self {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "rounding to 32 bits is the purpose"
            )]
            Self::Float32 => f64::from(value as f32),
            Self::Float64 => value,
        }
    }

    /// The type's name in the Open Inference Protocol.
    pub fn datatype(self) -> &'static str {
        match self {
            Self::Float32 => "FP32",
            Self::Float64 => "FP64",
        }
    }
}
