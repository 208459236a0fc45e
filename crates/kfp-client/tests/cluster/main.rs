//! The client against a server that runs what it is given.

#![cfg(unix)]

mod behaviour;
mod metrics;
mod official;
mod outputs;
mod store;

use std::{
    thread,
    time::{Duration, Instant},
};

use kfp_client::{
    Client, Upload,
    model::{NewRun, PipelineVersionReference, Run, Source},
};
use kfp_runner::program::{Choice, Sources};

/// A pipeline of shell commands: two tasks, the second of which writes metrics; it fails if asked to.
const PIPELINE: &str = include_str!("pipeline.yaml");

/// The programs of this machine for the image of [`PIPELINE`].
fn sources() -> Sources {
    Sources {
        choices: [("busybox".to_owned(), Choice::Host)].into(),
        ..Sources::default()
    }
}

fn client(url: &str) -> Client {
    Client::builder(url).build().unwrap()
}

/// Uploads [`PIPELINE`] and starts a run of it.
fn submit(client: &Client, parameters: &serde_json::Value) -> Run {
    let pipeline = client.pipeline_by_name("measure", "").unwrap();
    let pipeline = pipeline.unwrap_or_else(|| {
        let upload = Upload {
            name: "measure",
            file_name: "measure.yaml",
            content: PIPELINE.as_bytes(),
            ..Upload::default()
        };
        client.upload_pipeline(&upload).unwrap()
    });
    let mut run = NewRun {
        display_name: "run".to_owned(),
        source: Source::Version(PipelineVersionReference {
            pipeline_id: pipeline.pipeline_id,
            ..PipelineVersionReference::default()
        }),
        ..NewRun::default()
    };
    let parameters = parameters.as_object().unwrap();
    run.runtime_config.parameters.clone_from(parameters);
    client.create_run(&run).unwrap()
}

/// The run once it has ended.
fn ended(client: &Client, id: &str) -> Run {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let run = client.run(id).unwrap();
        if run.state.is_final() {
            return run;
        }
        assert!(Instant::now() < deadline, "{run:?}");
        thread::sleep(Duration::from_millis(20));
    }
}
