//! Write a Kubeflow Pipelines component as one typed Rust function
