//! Runs compiled Kubeflow Pipelines 2 pipelines on this machine, from native programs.
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use kfp_pipeline::{Pipeline, parameters};
//! use kfp_runner::{
//!     engine::{Engine, Options, Request},
//!     platform::ClusterObjects,
//!     program::{self, Choice, Sources},
//!     record::State,
//!     runs::Runs,
//! };
//!
//! let text = "
//! pipelineInfo: {name: hello}
//! schemaVersion: 2.1.0
//! components: {comp-hello: {executorLabel: exec-hello}}
//! deploymentSpec: {executors: {exec-hello: {container: {image: busybox, command: [echo, hello]}}}}
//! root: {dag: {tasks: {hello: {componentRef: {name: comp-hello}}}}}
//! ";
//! let pipeline = Pipeline::read(text)?;
//! assert!(kfp_pipeline::check(&pipeline).is_empty());
//! let parameters = parameters::complete(&pipeline.spec, serde_json::Map::new()).unwrap();
//! // What runs the image `busybox` here: its command as it is.
//! let sources = Sources {
//!     choices: [("busybox".to_owned(), Choice::Host)].into(),
//!     ..Sources::default()
//! };
//! let programs = program::resolve(&pipeline.spec, &sources).unwrap();
//!
//! let directory = tempfile::tempdir()?;
//! let options = Options::default();
//! let mut run = Runs::new(directory.path()).create(&pipeline, text, &parameters, options.jobs, "example")?;
//! let request = Request {
//!     pipeline: &pipeline,
//!     parameters,
//!     programs: &programs,
//!     options,
//!     directory: run.directory.clone(),
//!     names: run.names.clone(),
//!     done: BTreeMap::new(),
//!     done_in: None,
//!     selected: None,
//!     cache: None,
//!     cluster_objects: ClusterObjects::default(),
//! };
//! let mut watch = |record: &_| println!("{record:?}");
//! let (engine, _control) = Engine::new(request, &mut run.log, &mut watch);
//! assert_eq!(engine.run()?.state, State::Succeeded);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Programs are stopped as process groups and results are shared by links, so the crate is empty on systems other than
//! Unix; under Windows, pipelines run in the Windows Subsystem for Linux.
#![cfg(unix)]

pub mod cache;
pub mod display;
pub mod engine;
mod layout;
pub mod platform;
pub mod program;
pub mod record;
pub mod report;
pub mod runs;
pub mod select;
pub mod task;
