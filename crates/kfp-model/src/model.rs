//! A model in memory: what it takes, and how it scores rows.

use crate::forest::winner;
use crate::{Column, Error, Forest, Manifest, Result, folder::TREES};

/// A trained model.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub(crate) manifest: Manifest,
    pub(crate) forest: Forest,
    pub(crate) version: u32,
}

/// What a model says about rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Predictions {
    /// For each row, the index of the predicted class.
    pub classes: Vec<usize>,
    /// For each row, the probability of each class: row by row, in the order of [`Model::classes`].
    pub probabilities: Vec<f32>,
}

impl Model {
    /// A model of these trees.
    ///
    /// # Errors
    /// If the manifest and the trees do not fit together, naming the field or node.
    pub fn new(manifest: Manifest, forest: Forest) -> Result<Self> {
        manifest.check()?;
        match forest.fault(manifest.columns.len(), manifest.classes.len()) {
            Some((node, problem)) => Err(Error::field(TREES, node, problem)),
            None => Ok(Self {
                manifest,
                forest,
                version: crate::folder::NEWEST,
            }),
        }
    }

    /// The model with a score, such as `accuracy`, from rows it was not trained on.
    ///
    /// # Errors
    /// If the score is not a finite number.
    pub fn with_score(mut self, name: impl Into<String>, score: f64) -> Result<Self> {
        self.manifest.scores.insert(name.into(), score);
        self.manifest.check()?;
        Ok(self)
    }

    /// What it takes and answers, and its files.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Its trees.
    pub fn forest(&self) -> &Forest {
        &self.forest
    }

    /// The version of the format of the folder it was loaded from; for a new model, of the one it will be saved as.
    pub fn format_version(&self) -> u32 {
        self.version
    }

    /// The columns, in the order of the values of a row.
    pub fn columns(&self) -> &[Column] {
        &self.manifest.columns
    }

    /// The names of the classes, by index.
    pub fn classes(&self) -> &[String] {
        &self.manifest.classes
    }

    /// Scores rows: `values` holds one value per column, row by row. NaN is a missing value.
    ///
    /// The classes and probabilities are those ONNX Runtime computes with the exported model.
    ///
    /// # Errors
    /// If the values are not whole rows: [`Error::Shape`].
    pub fn predict(&self, values: &[f64]) -> Result<Predictions> {
        let columns = self.columns();
        if !values.len().is_multiple_of(columns.len()) {
            return Err(Error::Shape {
                columns: columns.len(),
                values: values.len(),
            });
        }
        let mut predictions = Predictions::default();
        let mut row = vec![0.0; columns.len()];
        for values in values.chunks_exact(columns.len()) {
            for ((rounded, column), value) in row.iter_mut().zip(columns).zip(values) {
                *rounded = column.kind.round(*value);
            }
            let votes = self.forest.votes(&row, self.classes().len());
            predictions.classes.push(winner(&votes));
            let probabilities = votes.iter().map(|&votes| self.share(votes));
            predictions.probabilities.extend(probabilities);
        }
        Ok(predictions)
    }

    /// The share of all votes, computed with 32 bits as the exported model does.
    #[expect(
        clippy::cast_precision_loss,
        reason = "up to 2^24 trees are counted exactly"
    )]
    fn share(&self, votes: u32) -> f32 {
        votes as f32 / self.tree_count()
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "up to 2^24 trees are counted exactly"
    )]
    pub(crate) fn tree_count(&self) -> f32 {
        self.forest.trees.len() as f32
    }
}
