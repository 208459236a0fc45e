//! Scaffold, generate, check and run Kubeflow Pipelines components
