//! Deploying to a real API server with KServe's definitions, whose statuses are written as KServe's controller writes them.

mod apply;
mod folder;
mod manifests;
mod refused;
mod support;
mod wait;
