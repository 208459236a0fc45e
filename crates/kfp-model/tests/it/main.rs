//! What is written into a model's folder, what is read back, and what is refused.

mod folder;
mod onnx;
mod predict;
mod refused;
mod support;
mod xgboost;
