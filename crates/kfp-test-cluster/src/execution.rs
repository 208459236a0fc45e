//! Runs, carried out by the local engine, each in a thread.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError},
    thread,
    time::SystemTime,
};

use kfp_pipeline::{Pipeline, parameters};
use kfp_runner::{
    engine::{Engine, Options, Request},
    platform::ClusterObjects,
    program,
    record::{self, Event, Outputs, Record},
    runs::Runs,
};
use serde_json::{Map, Value};

use crate::Server;

impl Server {
    /// Carries out a run that was accepted, or goes on with one that failed.
    pub(crate) fn start(self: &Arc<Self>, run_id: &str) {
        let (server, run_id) = (Arc::clone(self), run_id.to_owned());
        thread::spawn(move || {
            let Err(error) = server.carry_out(&run_id) else {
                return;
            };
            // What no image of a cluster could run either: a run that does not start.
            server.with_run(&run_id, |run| {
                run.become_state("FAILED");
                run.finish(Some(SystemTime::now()));
                run.fields.insert("error".into(), error);
            });
        });
    }

    fn carry_out(&self, run_id: &str) -> Result<(), Value> {
        let failed = |message: String| serde_json::json!({"code": 13, "message": message});
        let Some((text, given, earlier)) = self.with_run(run_id, |run| {
            let given = &run.fields["runtime_config"]["parameters"];
            let given = given.as_object().cloned().unwrap_or_default();
            (run.text.clone(), given, run.directory.clone())
        }) else {
            return Ok(());
        };
        let pipeline = Pipeline::read(&text).map_err(|problem| failed(problem.message))?;
        let problems = kfp_pipeline::check(&pipeline);
        let mut errors = problems.into_iter();
        if let Some(problem) = errors.find(kfp_pipeline::Problem::is_error) {
            return Err(failed(problem.message));
        }
        let parameters: Map<String, Value> = parameters::complete(&pipeline.spec, given)
            .map_err(|errors| failed(errors.join("; ")))?;
        let Ok(programs) = program::resolve(&pipeline.spec, &self.options.sources) else {
            // An image that is not there: the run goes on for ever, and says nothing.
            self.with_run(run_id, |run| run.become_state("RUNNING"));
            return Ok(());
        };
        let runs = Runs::new(self.folder.path().join("runs"));
        let made = match &earlier {
            None => runs.create(
                &pipeline,
                &text,
                &parameters,
                Options::default().jobs,
                "kfp",
            ),
            Some(directory) => {
                let id = directory.file_name().unwrap_or_default();
                runs.resume(&id.to_string_lossy())
            }
        };
        let mut made = made.map_err(|error| failed(error.to_string()))?;
        let done = match earlier {
            None => BTreeMap::new(),
            Some(directory) => succeeded(record::read(&directory).unwrap_or_default()),
        };
        let mut names = made.names.clone();
        run_id.clone_into(&mut names.job_uuid);
        let request = Request {
            pipeline: &pipeline,
            parameters,
            programs: &programs,
            options: Options::default(),
            directory: made.directory.clone(),
            names,
            done,
            done_in: None,
            selected: None,
            cache: self.cache.clone(),
            cluster_objects: ClusterObjects {
                // Claims outlive runs.
                volumes_root: self.folder.path().join("volumes"),
                ..ClusterObjects::default()
            },
        };
        let mut watch = |record: &Record| {
            self.with_run(run_id, |run| {
                run.records.push((SystemTime::now(), record.clone()));
            });
        };
        let (engine, control) = Engine::new(request, &mut made.log, &mut watch);
        let start = made.start.clone();
        self.with_run(run_id, |run| {
            run.records.push((SystemTime::now(), start));
            run.directory = Some(made.directory.clone());
            run.control = Some(control);
            if run.state() == "PENDING" {
                run.become_state("RUNNING");
            }
        });
        let summary = engine.run().map_err(|error| failed(error.to_string()))?;
        self.with_run(run_id, |run| {
            run.control = None;
            // A run that was stopped has failed, too.
            let state = if summary.state.is_success() {
                "SUCCEEDED"
            } else {
                "FAILED"
            };
            run.become_state(state);
            run.finish(Some(SystemTime::now()));
        });
        Ok(())
    }

    /// Does something with a run, unless it has been deleted.
    fn with_run<T>(&self, id: &str, act: impl FnOnce(&mut crate::state::Run) -> T) -> Option<T> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.run(id).map(act)
    }
}

/// What earlier attempts at a run have done.
fn succeeded(records: Vec<Record>) -> BTreeMap<String, Outputs> {
    let mut done = BTreeMap::new();
    for record in records {
        match record.event {
            Event::End {
                task,
                state,
                outputs,
                ..
            } if state.is_success() => {
                done.insert(task, outputs);
            }
            Event::Cached { task, outputs, .. } => {
                done.insert(task, outputs);
            }
            _ => {}
        }
    }
    done
}
