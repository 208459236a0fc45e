//! The model of a folder, as `train-eval` writes it.

use kfp_model::{ColumnType as Kind, Model, tensor};

use crate::predictor::{PredictError, Predictor};
use crate::rows::{Rows, Values};
use crate::signature::{Column, ColumnType, Datatype, Output, Signature};
use crate::tensor::Data;

/// A model that was loaded from its folder.
///
/// ```no_run
/// use kfp_serve::{FolderPredictor, Predictor};
///
/// let model = kfp_model::Model::load("model")?;
/// let predictor = FolderPredictor::new(model);
/// assert_eq!(predictor.signature().matrix.as_deref(), Some("features"));
/// # Ok::<(), kfp_model::Error>(())
/// ```
pub struct FolderPredictor {
    model: Model,
    signature: Signature,
}

impl FolderPredictor {
    /// The model, with tensors that are named as in its ONNX file.
    pub fn new(model: Model) -> Self {
        let manifest = model.manifest();
        let columns = manifest.columns.iter().map(column).collect();
        // In single precision the ONNX file's tensor holds what the model sees.
        let single = |column: &kfp_model::Column| column.kind == Kind::Float32;
        let label = Output {
            description: manifest.label.as_ref().map_or_else(
                || "The class with the highest probability.".to_owned(),
                |label| format!("The predicted “{label}”."),
            ),
            labels: manifest.classes.clone(),
            ..Output::new(tensor::LABEL, Datatype::Int64)
        };
        let probabilities = Output {
            description: "The probability of each class.".into(),
            width: Some(manifest.classes.len()),
            labels: manifest.classes.clone(),
            ..Output::new(tensor::PROBABILITIES, Datatype::Fp32)
        };
        let signature = Signature {
            description: manifest.label.as_ref().map_or_else(
                || "Tells classes apart.".to_owned(),
                |label| format!("Predicts “{label}”."),
            ),
            platform: "kfp-component/model".into(),
            matrix: manifest
                .columns
                .iter()
                .all(single)
                .then(|| tensor::FEATURES.to_owned()),
            ..Signature::new(columns, vec![label, probabilities])
        };
        Self { model, signature }
    }
}

fn column(column: &kfp_model::Column) -> Column {
    let range = column.minimum.zip(column.maximum);
    // 4.3 as it was in the table, rather than 4.300000190734863.
    #[expect(clippy::cast_possible_truncation, reason = "for people to read")]
    let shown = |value: f64| match column.kind {
        Kind::Float32 => (value as f32).to_string(),
        _ => value.to_string(),
    };
    Column {
        nullable: column.nullable,
        description: range.map_or_else(String::new, |(minimum, maximum)| {
            format!("From {} to {} in training.", shown(minimum), shown(maximum))
        }),
        example: range.map(|(minimum, maximum)| middle(minimum, maximum)),
        ..Column::new(&column.name, ColumnType::Float)
    }
}

/// The middle of a range, with no more digits than a hand would write.
fn middle(minimum: f64, maximum: f64) -> String {
    let middle = f64::midpoint(minimum, maximum);
    let text = format!("{middle:.2}");
    if text.parse() == Ok(0.0) {
        return middle.to_string();
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl Predictor for FolderPredictor {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn predict(&self, rows: &Rows) -> Result<Vec<Data>, PredictError> {
        let mut values = vec![0.0; rows.len() * rows.columns().len()];
        for (index, column) in rows.columns().iter().enumerate() {
            let Values::Float(column) = column else {
                return Err(PredictError::Failed("a column is no float".into()));
            };
            let cells = values.iter_mut().skip(index).step_by(rows.columns().len());
            for (cell, value) in cells.zip(column) {
                *cell = *value;
            }
        }
        let failed = |error: kfp_model::Error| PredictError::Failed(error.to_string());
        let predictions = self.model.predict(&values).map_err(failed)?;
        let labels = predictions
            .classes
            .iter()
            .map(|&class| i64::try_from(class));
        Ok(vec![
            Data::Int64(
                labels
                    .collect::<Result<_, _>>()
                    .map_err(|error| PredictError::Failed(error.to_string()))?,
            ),
            Data::Fp32(predictions.probabilities),
        ])
    }
}
