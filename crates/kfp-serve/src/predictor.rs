//! What a model has to offer to be served.

use crate::rows::Rows;
use crate::signature::Signature;
use crate::tensor::Data;

/// A model that can be served.
///
/// ```
/// use kfp_serve::{Column, ColumnType, Data, Datatype, Output, PredictError, Predictor, Rows, Signature, Values};
///
/// /// Doubles a number.
/// struct Double(Signature);
///
/// impl Predictor for Double {
///     fn signature(&self) -> &Signature {
///         &self.0
///     }
///
///     fn predict(&self, rows: &Rows) -> Result<Vec<Data>, PredictError> {
///         let [Values::Float(numbers)] = rows.columns() else {
///             unreachable!("the server has checked the rows against the signature")
///         };
///         Ok(vec![Data::Fp64(numbers.iter().map(|number| number * 2.0).collect())])
///     }
/// }
///
/// let double = Double(Signature::new(
///     vec![Column::new("number", ColumnType::Float)],
///     vec![Output::new("doubled", Datatype::Fp64)],
/// ));
/// assert_eq!(double.signature().outputs.len(), 1);
/// ```
pub trait Predictor: Send + Sync + 'static {
    /// What the model takes and what it answers.
    fn signature(&self) -> &Signature;

    /// Scores rows: one [`Data`] for each output of the signature, in its order, row by row.
    ///
    /// # Errors
    /// If the model cannot score the rows, and whose fault that is.
    fn predict(&self, rows: &Rows) -> Result<Vec<Data>, PredictError>;
}

/// Why a model gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PredictError {
    /// The caller sent values the model does not take; answered with 400.
    #[error("{0}")]
    Refused(String),
    /// The model failed; answered with 500.
    #[error("{0}")]
    Failed(String),
}
