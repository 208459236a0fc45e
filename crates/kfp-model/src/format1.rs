//! Format 1, `kfp-component/random-forest`: columns of 64 bits, no label, no hashes, nothing for other runtimes.

use serde::Deserialize;

use crate::{Column, ColumnType, Manifest};

/// The name of the format.
pub(crate) const FORMAT: &str = "kfp-component/random-forest";

#[derive(Deserialize)]
pub(crate) struct Manifest1 {
    producer: String,
    classes: Vec<String>,
    features: Vec<String>,
    pub(crate) trees: usize,
}

impl From<Manifest1> for Manifest {
    fn from(old: Manifest1) -> Self {
        let column = |name| Column {
            kind: ColumnType::Float64,
            ..Column::new(name)
        };
        let columns = old.features.into_iter().map(column).collect();
        Self {
            producer: Some(old.producer),
            ..Self::classification(columns, old.classes)
        }
    }
}
