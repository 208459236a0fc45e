//! What is written into a model's folder, what is read back, and what is refused.

mod folder;
mod layout;
mod mlserver;
mod onnx;
mod openvino;
mod predict;
mod refused;
mod support;
mod xgboost;
