//! Runs a pipeline whose images are all called `sh`: their commands run as they are.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use kfp_pipeline::{Pipeline, Problem, check, parameters};
use kfp_runner::{
    cache::Cache,
    engine::{Control, Engine, Options, Request, Summary},
    platform::ClusterObjects,
    program::{self, Choice, Sources},
    record::{self, Event, Record, State},
    runs::Runs,
    select::{self, Part},
};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

/// A run that is over.
pub(crate) struct Ran {
    pub(crate) summary: Summary,
    pub(crate) events: Vec<Event>,
    pub(crate) directory: PathBuf,
    /// Deleted when the test is done with the run.
    _root: Option<TempDir>,
}

impl Ran {
    /// How each task ended, by path; graphs and loops too.
    pub(crate) fn states(&self) -> BTreeMap<String, State> {
        let mut states = BTreeMap::new();
        for event in &self.events {
            let (task, state) = match event {
                Event::End { task, state, .. } | Event::Group { task, state, .. } => (task, *state),
                Event::Cached { task, .. } => (task, State::Cached),
                Event::Skipped { task, .. } => (task, State::Skipped),
                Event::Omitted { task, .. } => (task, State::Omitted),
                Event::Cancelled { task } => (task, State::Cancelled),
                _ => continue,
            };
            states.insert(task.clone(), state);
        }
        states
    }

    pub(crate) fn state(&self, task: &str) -> State {
        self.states()[task]
    }

    /// The message of a task that failed.
    pub(crate) fn error(&self, wanted: &str) -> String {
        let mut errors = self.events.iter().rev().filter_map(|event| match event {
            Event::End { task, error, .. } | Event::Group { task, error, .. } if task == wanted => {
                error.clone()
            }
            _ => None,
        });
        errors
            .next()
            .unwrap_or_else(|| panic!("{wanted} did not fail"))
    }

    pub(crate) fn output(&self, name: &str) -> Value {
        self.summary.outputs.parameters[name].clone()
    }
}

/// Runs a pipeline's text in a directory.
pub(crate) fn run_text(root: &Path, text: &str, given: Value, options: Options) -> Ran {
    Session::new(text, given).run(&Runs::new(root), options, None, |_, _| {})
}

/// A pipeline and its parameters, to be run or resumed.
pub(crate) struct Session {
    pipeline: Pipeline,
    text: String,
    parameters: Map<String, Value>,
    pub(crate) part: Option<Part>,
    pub(crate) cluster_objects: ClusterObjects,
    pub(crate) sources: Sources,
}

impl Session {
    pub(crate) fn new(text: &str, given: Value) -> Self {
        let pipeline = Pipeline::read(text).unwrap();
        let errors: Vec<String> = check(&pipeline)
            .into_iter()
            .filter(Problem::is_error)
            .map(|problem| problem.to_string())
            .collect();
        assert_eq!(errors, [""; 0]);
        let given = given.as_object().cloned().unwrap_or_default();
        let parameters = parameters::complete(&pipeline.spec, given).unwrap();
        Self {
            pipeline,
            text: text.to_owned(),
            parameters,
            part: None,
            cluster_objects: ClusterObjects::default(),
            sources: Sources {
                choices: [("sh".to_owned(), Choice::Host)].into(),
                ..Sources::default()
            },
        }
    }

    /// Runs it, or resumes a run of it; `watch` sees every event and can interrupt.
    pub(crate) fn run(
        &self,
        runs: &Runs,
        options: Options,
        resume: Option<&str>,
        watch: impl Fn(&Event, &Control),
    ) -> Ran {
        let spec = &self.pipeline.spec;
        let mut programs = program::resolve(spec, &self.sources).unwrap();
        program::prepare(&mut programs, &mut |_, _| {}).unwrap();
        let earlier = match (resume, &self.part) {
            (Some(id), _) => Some(id.to_owned()),
            (None, Some(_)) => Some(runs.latest("test").unwrap().unwrap().id),
            (None, None) => None,
        };
        let mut done = earlier.as_ref().map_or_else(BTreeMap::new, |id| {
            select::done(&record::read(&runs.directory(id)).unwrap())
        });
        let dag = spec.root.dag.as_ref().unwrap();
        if let Some(part) = &self.part {
            done = part.taken(dag, done);
        }
        let mut run = match resume {
            Some(id) => runs.resume(id),
            None => runs.create(
                &self.pipeline,
                &self.text,
                &self.parameters,
                options.jobs,
                "test",
            ),
        }
        .unwrap();
        let cache = runs.directory("cache");
        let request = Request {
            pipeline: &self.pipeline,
            parameters: self.parameters.clone(),
            programs: &programs,
            options,
            directory: run.directory.clone(),
            names: run.names.clone(),
            done,
            done_in: earlier.filter(|_| resume.is_none()),
            selected: self.part.as_ref().and_then(|part| part.selected(dag)),
            cache: Some(Arc::new(Cache::new(cache, false))),
            cluster_objects: self.cluster_objects.clone(),
        };
        let mut shown = |record: &Record| {
            let control = CONTROL.with_borrow(Clone::clone);
            if let Some(control) = control {
                watch(&record.event, &control);
            }
        };
        let (engine, control) = Engine::new(request, &mut run.log, &mut shown);
        CONTROL.set(Some(control));
        let summary = engine.run().unwrap();
        let records = record::read(&run.directory).unwrap();
        Ran {
            summary,
            events: records.into_iter().map(|record| record.event).collect(),
            directory: run.directory,
            _root: None,
        }
    }
}

thread_local! {
    /// The control of the run that is going on in this test's thread.
    static CONTROL: RefCell<Option<Control>> = const { RefCell::new(None) };
}

/// A pipeline under construction.
#[derive(Default)]
pub(crate) struct Build {
    components: Map<String, Value>,
    executors: Map<String, Value>,
    tasks: Map<String, Value>,
    root: Map<String, Value>,
}

impl Build {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A component that runs a script. Ports are `name: TYPE`, an input's may end in `?`; `$name` is an input's value,
    /// or the path of an artifact or output.
    pub(crate) fn script(
        mut self,
        name: &str,
        inputs: &[&str],
        outputs: &[&str],
        script: &str,
    ) -> Self {
        let mut setup = String::new();
        let mut args = Vec::new();
        let mut input_definitions = json!({"parameters": {}, "artifacts": {}});
        let mut output_definitions = input_definitions.clone();
        for port in inputs {
            let (name, ty) = port.split_once(": ").unwrap();
            let is_optional = ty.ends_with('?');
            let ty = ty.trim_end_matches('?');
            let (kind, definition, placeholder) = if ty.starts_with("system.") {
                let schema = json!({"schemaTitle": ty, "schemaVersion": "0.0.1"});
                let definition = json!({"artifactType": schema, "isOptional": is_optional});
                (
                    "artifacts",
                    definition,
                    format!("{{{{$.inputs.artifacts['{name}'].path}}}}"),
                )
            } else {
                let definition = json!({"parameterType": ty, "isOptional": is_optional});
                (
                    "parameters",
                    definition,
                    format!("{{{{$.inputs.parameters['{name}']}}}}"),
                )
            };
            input_definitions[kind][name] = definition;
            let word = format!("{name}={placeholder}");
            args.push(if is_optional {
                json!({"IfPresent": {"InputName": name, "Then": [word]}}).to_string()
            } else {
                word
            });
        }
        for port in outputs {
            let (name, ty) = port.split_once(": ").unwrap();
            let (kind, definition, placeholder) = if ty.starts_with("system.") {
                let schema = json!({"schemaTitle": ty, "schemaVersion": "0.0.1"});
                let placeholder = format!("{{{{$.outputs.artifacts['{name}'].path}}}}");
                ("artifacts", json!({"artifactType": schema}), placeholder)
            } else {
                let placeholder = format!("{{{{$.outputs.parameters['{name}'].output_file}}}}");
                ("parameters", json!({"parameterType": ty}), placeholder)
            };
            output_definitions[kind][name] = definition;
            args.push(format!("{name}={placeholder}"));
        }
        let _ = write!(setup, "for word; do export \"$word\"; done\n{script}");
        self.executors.insert(
            format!("exec-{name}"),
            json!({"container": {"image": "sh", "command": ["sh", "-ec", setup, "sh"], "args": args}}),
        );
        let component = json!({
            "executorLabel": format!("exec-{name}"),
            "inputDefinitions": input_definitions,
            "outputDefinitions": output_definitions,
        });
        self.components.insert(format!("comp-{name}"), component);
        self
    }

    /// Any component.
    pub(crate) fn component(mut self, name: &str, component: Value) -> Self {
        self.components.insert(name.to_owned(), component);
        self
    }

    /// Any executor.
    pub(crate) fn executor(mut self, label: &str, executor: Value) -> Self {
        self.executors.insert(label.to_owned(), executor);
        self
    }

    /// A task of the pipeline itself.
    pub(crate) fn task(mut self, name: &str, component: &str, more: Value) -> Self {
        self.tasks.insert(name.to_owned(), task(component, more));
        self
    }

    /// Inputs or outputs of the pipeline itself.
    pub(crate) fn root(mut self, key: &str, value: Value) -> Self {
        self.root.insert(key.to_owned(), value);
        self
    }

    pub(crate) fn text(self) -> String {
        let mut root = self.root;
        let outputs = root.remove("outputs").unwrap_or_else(|| json!({}));
        root.insert(
            "dag".into(),
            json!({"tasks": self.tasks, "outputs": outputs}),
        );
        json!({
            "pipelineInfo": {"name": "test"},
            "schemaVersion": "2.1.0",
            "components": self.components,
            "deploymentSpec": {"executors": self.executors},
            "root": root,
        })
        .to_string()
    }

    pub(crate) fn run(self) -> Ran {
        self.run_with(json!({}), Options::default())
    }

    pub(crate) fn run_with(self, given: Value, options: Options) -> Ran {
        let directory = tempfile::tempdir().unwrap();
        let ran = run_text(directory.path(), &self.text(), given, options);
        Ran {
            _root: Some(directory),
            ..ran
        }
    }
}

/// A task of a component.
pub(crate) fn task(component: &str, more: Value) -> Value {
    let mut task = json!({"componentRef": {"name": format!("comp-{component}")}});
    for (key, value) in more.as_object().into_iter().flatten() {
        task[key] = value.clone();
    }
    task
}

/// A constant, as a task's input.
pub(crate) fn constant(value: Value) -> Value {
    json!({"runtimeValue": {"constant": value}})
}

/// Another task's output parameter, as a task's input.
pub(crate) fn output_of(task: &str, key: &str) -> Value {
    json!({"taskOutputParameter": {"producerTask": task, "outputParameterKey": key}})
}

/// An input of the graph, as a task's input.
pub(crate) fn input(name: &str) -> Value {
    json!({"componentInputParameter": name})
}
