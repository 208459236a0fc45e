//! A small model server.
//!
//! It speaks the Open Inference Protocol over REST (with the binary extension) and gRPC, and KServe's first protocol, at one
//! port; it reports liveness, readiness, metadata and metrics for Prometheus, and has a page at `/` to try the model in a
//! browser. On SIGTERM it answers what has been asked and ends.
//!
//! A model is anything that implements [`Predictor`]. The simplest is a typed function over a row: [`RowPredictor`]. The
//! program `kfp-serve` serves the folder that a training component writes.

mod error;
mod folder;
mod grpc;
mod infer;
mod log;
mod metrics;
mod options;
mod pace;
mod predictor;
mod program;
mod refusal;
mod rest;
mod rows;
mod served;
mod server;
mod signature;
mod tensor;
mod typed;

pub use error::Error;
pub use folder::FolderPredictor;
pub use options::Options;
pub use predictor::{PredictError, Predictor};
pub use program::{LoadError, main};
pub use rows::{Rows, Values};
pub use server::serve;
pub use signature::{Column, ColumnType, Datatype, Output, Signature};
pub use tensor::Data;
pub use typed::{Answer, Field, OutputValue, Row, RowPredictor};

/// The extensions of the Open Inference Protocol that are spoken.
const EXTENSIONS: [&str; 1] = ["binary_tensor_data"];
