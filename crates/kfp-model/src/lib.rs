//! A trained model as a folder.
//!
//! ```text
//! MANIFEST.json                     task, columns, classes, scores, and every other file with its SHA-256
//! model.json                        the exact trees, which this crate walks
//! serving/onnx/model/1/model.onnx   for ONNX Runtime and Triton
//! serving/openvino/1/model.onnx     for OpenVINO, which lacks the operators for trees
//! serving/xgboost/model.json        for XGBoost, KServe's xgbserver and MLServer
//! ```
//!
//! [`Model::load`] verifies every file before it reads a tree, and [`Model::predict`] scores rows as ONNX Runtime scores them
//! with the exported file: the same classes, and the same probabilities.
//!
//! ```
//! use kfp_model::{Column, Forest, Manifest, Model, Node};
//!
//! // One tree: flowers whose petals are at most 2.45 cm long are Setosa.
//! let tree = vec![
//!     Node::Split { feature: 0, at_most: 2.45, then: 1, otherwise: 2 },
//!     Node::Leaf { class: 0 },
//!     Node::Leaf { class: 1 },
//! ];
//! let classes = vec!["Setosa".to_owned(), "Virginica".to_owned()];
//! let manifest = Manifest::classification(vec![Column::new("petal.length")], classes);
//! let model = Model::new(manifest, Forest { trees: vec![tree] })?;
//!
//! let folder = std::env::temp_dir().join(format!("kfp-model-{}", std::process::id()));
//! model.save(&folder)?;
//! let model = Model::load(&folder)?;
//! let predictions = model.predict(&[1.4, 5.1])?;
//! assert_eq!(predictions.classes, [0, 1]);
//! assert_eq!(predictions.probabilities, [1.0, 0.0, 0.0, 1.0]);
//! assert_eq!(model.classes()[predictions.classes[1]], "Virginica");
//! # std::fs::remove_dir_all(folder).unwrap();
//! # Ok::<(), kfp_model::Error>(())
//! ```

mod error;
mod folder;
mod forest;
mod format1;
mod layout;
mod manifest;
mod model;
mod onnx;
mod xgboost;

pub use error::{Error, FileFault, Result};
pub use forest::{Forest, Node, Tree};
pub use layout::Layout;
pub use manifest::{Column, ColumnType, FileEntry, Manifest, Task};
pub use model::{Model, Predictions};

/// The format of the folders that are written and its version, for the metadata of an artifact.
pub const FORMAT: &str = "kfp-component/model 2";
/// The name of the manifest in a model's folder.
pub const MANIFEST: &str = "MANIFEST.json";

/// The names of the tensors that a served model takes and answers with.
pub mod tensor {
    /// One row of columns per example: `FP32[-1, columns]`.
    pub const FEATURES: &str = "features";
    /// The index of the predicted class: `INT64[-1]`.
    pub const LABEL: &str = "label";
    /// The probability of each class: `FP32[-1, classes]`.
    pub const PROBABILITIES: &str = "probabilities";
}
