//! A run on a cluster as the events that a run on this machine has, so that display, report and scripts see one form.

use std::{path::PathBuf, time::SystemTime};

use kfp_client::{
    model::{Run, State},
    outputs::{TaskOutputs, TaskState},
};
use kfp_pipeline::{PipelineSpec, executor::RuntimeArtifact, value};
use kfp_runner::record::{self, Event, Outputs, Record, RunStart};
use serde_json::{Map, Value};

use super::kept;

/// What is known of a run at one time.
pub(super) struct Snapshot<'a> {
    pub(super) run: &'a Run,
    pub(super) spec: &'a PipelineSpec,
    /// Its tasks, with outputs where the server has been asked for them.
    pub(super) tasks: &'a [TaskOutputs],
}

impl Snapshot<'_> {
    /// Everything that has happened, as it would be recorded here.
    pub(super) fn records(&self) -> Vec<Record> {
        let mut records: Vec<Record> = self
            .tasks
            .iter()
            .filter(|task| !task.is_group)
            .flat_map(|task| self.of_task(task))
            .collect();
        records.sort_by(|a, b| a.t.total_cmp(&b.t));
        records.insert(0, record(0.0, Event::Run(self.start())));
        records.extend(self.finish());
        records
    }

    fn start(&self) -> RunStart {
        let since = self.run.created_at.unwrap_or(SystemTime::UNIX_EPOCH);
        let since = since.duration_since(SystemTime::UNIX_EPOCH);
        RunStart {
            v: 1,
            id: self.run.run_id.clone(),
            pipeline: self.spec.pipeline_info.name.clone(),
            ir_sha256: String::new(),
            parameters: self.parameters(),
            jobs: 0,
            at: since.map_or(0, |since| since.as_secs()),
            tool: "Kubeflow Pipelines".to_owned(),
        }
    }

    /// What was given, and the defaults of the rest.
    fn parameters(&self) -> Map<String, Value> {
        let given = &self.run.runtime_config.parameters;
        let ports = &self.spec.root.input_definitions.parameters;
        let value = |(name, default): (&String, Option<&Value>)| {
            let value = given.get(name).or(default).cloned();
            (name.clone(), value.map_or(Value::Null, value::normalized))
        };
        ports
            .iter()
            .map(|(name, port)| value((name, port.default_value.as_ref())))
            .collect()
    }

    fn of_task(&self, one: &TaskOutputs) -> Vec<Record> {
        let task = one.task.clone();
        let end = self.since(one.end);
        let started = record(
            self.since(one.start),
            Event::Start {
                task: task.clone(),
                attempt: 1,
                how: "cluster".to_owned(),
                argv: Vec::new(),
                dir: directory(&task),
            },
        );
        let state = match one.state {
            TaskState::Cached => {
                let cached = Event::Cached {
                    task,
                    key: String::new(),
                    from_run: String::new(),
                    outputs: outputs(one),
                };
                return vec![record(end, cached)];
            }
            TaskState::Skipped if self.run.was_cancelled() => {
                return vec![record(end, Event::Cancelled { task })];
            }
            TaskState::Skipped => {
                let why = "its condition is false, as the cluster found".to_owned();
                return vec![record(end, Event::Skipped { task, why })];
            }
            TaskState::Succeeded => record::State::Succeeded,
            TaskState::Failed if self.run.was_cancelled() => record::State::Cancelled,
            TaskState::Failed => record::State::Failed,
            // What a terminated run was doing stays so for ever.
            _ if self.run.state.is_final() => record::State::Cancelled,
            _ => return vec![started],
        };
        let ended = Event::End {
            task,
            attempt: 1,
            state,
            exit: None,
            error: Some(one.error.clone()).filter(|error| !error.is_empty()),
            cpu_s: None,
            outputs: outputs(one),
            notes: Vec::new(),
        };
        vec![started, record(end, ended)]
    }

    fn finish(&self) -> Option<Record> {
        if !self.run.state.is_final() {
            return None;
        }
        let failed = self
            .tasks
            .iter()
            .filter(|task| !task.is_group && task.state == TaskState::Failed);
        let finish = Event::Finish {
            state: state(self.run),
            failed: failed.map(|task| task.task.clone()).collect(),
            outputs: self.outputs(),
        };
        Some(record(self.since(self.run.finished_at), finish))
    }

    /// The pipeline's outputs: those of the tasks that it names.
    fn outputs(&self) -> Outputs {
        let mut all = Outputs::default();
        let Some(dag) = &self.spec.root.dag else {
            return all;
        };
        let of = |name: &str| {
            self.tasks
                .iter()
                .find(|task| task.task == name)
                .map(outputs)
        };
        for (name, source) in &dag.outputs.parameters {
            for selector in source.selectors() {
                let key = &selector.output_parameter_key;
                let found = of(&selector.producer_subtask)
                    .and_then(|mut outputs| outputs.parameters.remove(key));
                if let Some(value) = found {
                    all.parameters.insert(name.clone(), value);
                }
            }
        }
        for (name, source) in &dag.outputs.artifacts {
            for selector in &source.artifact_selectors {
                let key = &selector.output_artifact_key;
                let found = of(&selector.producer_subtask)
                    .and_then(|mut outputs| outputs.artifacts.remove(key));
                if let Some(artifacts) = found {
                    all.artifacts.insert(name.clone(), artifacts);
                }
            }
        }
        all
    }

    /// Seconds since the server accepted the run.
    fn since(&self, time: Option<SystemTime>) -> f64 {
        let begin = self.run.created_at.unwrap_or(SystemTime::UNIX_EPOCH);
        let since = time.and_then(|time| time.duration_since(begin).ok());
        since.map_or(0.0, |since| since.as_secs_f64())
    }
}

/// How a run ended.
pub(super) fn state(run: &Run) -> record::State {
    match run.state {
        State::Succeeded | State::Skipped => record::State::Succeeded,
        _ if run.was_cancelled() => record::State::Cancelled,
        _ => record::State::Failed,
    }
}

/// Where the log of a task is put, from the directory of the run.
pub(super) fn directory(task: &str) -> PathBuf {
    PathBuf::from("tasks").join(kept::below(task))
}

/// What a task produced, as it is recorded here.
fn outputs(task: &TaskOutputs) -> Outputs {
    let mut all = Outputs {
        parameters: task.parameters.clone().into_iter().collect(),
        ..Outputs::default()
    };
    for artifact in &task.artifacts {
        let mut runtime = RuntimeArtifact {
            name: artifact.output.clone(),
            uri: artifact.uri.clone(),
            metadata: artifact.metadata.clone(),
            ..RuntimeArtifact::default()
        };
        runtime.ty.schema_title.clone_from(&artifact.schema_title);
        let artifacts = all.artifacts.entry(artifact.output.clone()).or_default();
        artifacts.push(record::Artifact {
            artifact: runtime,
            content: None,
        });
    }
    all
}

fn record(t: f64, event: Event) -> Record {
    Record { t, event }
}
