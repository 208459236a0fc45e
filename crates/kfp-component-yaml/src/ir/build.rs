//! Loading a component as kfp 2 does, and the IR of the one-task pipeline it compiles to.

use std::collections::HashMap;

use kfp_ir::{
    ArtifactPort, ArtifactSelector, ArtifactType, COMPONENT_PREFIX, CachingOptions, ComponentRef,
    ComponentSpec, ContainerSpec, Dag, DagOutputArtifact, DagOutputParameter, DagOutputs,
    DeploymentSpec, EXECUTOR_PREFIX, EnvVar, Executor, InputDefinitions, InputParameter,
    OutputDefinitions, OutputParameter, ParameterSelector, ParameterSource, ParameterType,
    PipelineInfo, PipelineSpec, SCHEMA_VERSION, Task, TaskArtifact, TaskInfo, TaskInputs,
    TaskParameter,
};

use super::SDK_VERSION;
use super::default::{self, Loaded};
use super::kind::{Kind, kind, output_kind};
use super::name::{component_name, is_pipeline_name, port_name};
use super::placeholder::{self, Item, Kinds, Loader};
use super::surrogates;
use super::write::Pipeline;
use crate::read::{ComponentFile, Implementation, Input, Problem, Spanned};
use crate::rules;
use kfp_pyyaml::Position;

/// A component after loading: names and types are kfp 2's, and of two that became equal the last is left.
pub(super) struct Component<'f> {
    file: &'f ComponentFile,
    name: String,
    inputs: Vec<LoadedInput<'f>>,
    outputs: Vec<(String, Kind, Position)>,
    command: Vec<Item>,
    args: Vec<Item>,
}

struct LoadedInput<'f> {
    name: String,
    kind: Kind,
    default: Option<Loaded>,
    declared: &'f Input,
}

type Built<T> = Result<T, Problem>;

pub(super) fn load(file: &ComponentFile) -> Built<Component<'_>> {
    let container = match &file.implementation {
        Some(Implementation::Container(container)) => container,
        Some(Implementation::Graph(graph)) => {
            let message = "Container implementation not found.";
            return Err(Problem::new(
                &rules::GRAPH_COMPONENT,
                "NotImplementedError",
                message,
                graph.position,
            ));
        }
        None => {
            let message = "Implementation field not found";
            return Err(Problem::new(
                &rules::NO_IMPLEMENTATION,
                "ValueError",
                message,
                file.position,
            ));
        }
    };
    let loader = Loader::new(file);
    let command = loader.items(container.command.as_deref().unwrap_or_default())?;
    let args = loader.items(container.args.as_deref().unwrap_or_default())?;
    let mut inputs = Vec::new();
    for declared in &file.inputs {
        let default = default::load(declared)?;
        let kind = kind(declared.kind.as_ref())?;
        inputs.push(LoadedInput {
            name: port_name(&declared.name.value),
            kind,
            default,
            declared,
        });
    }
    let mut outputs = Vec::new();
    for output in &file.outputs {
        outputs.push((
            port_name(&output.name.value),
            output_kind(output.kind.as_ref())?,
            output.name.start,
        ));
    }
    command
        .iter()
        .chain(&args)
        .try_for_each(placeholder::check_converted)?;
    let name = file.name.as_ref().map_or("name", |name| &name.value);
    Ok(Component {
        file,
        name: component_name(name),
        inputs: last_of_each(inputs, |input| &input.name),
        outputs: last_of_each(outputs, |(name, ..)| name),
        command,
        args,
    })
}

/// Keeps the last of those with the same name, in the position of the first.
fn last_of_each<T>(all: Vec<T>, name: impl Fn(&T) -> &String) -> Vec<T> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut kept: Vec<T> = Vec::new();
    for one in all {
        if let Some(&at) = places.get(name(&one)) {
            kept[at] = one;
        } else {
            places.insert(name(&one).clone(), kept.len());
            kept.push(one);
        }
    }
    kept
}

impl Component<'_> {
    pub(super) fn compile(&self) -> Built<Pipeline> {
        for input in &self.inputs {
            check_port_name(&input.name, input.declared.name.start)?;
        }
        let kinds = Kinds {
            inputs: self
                .inputs
                .iter()
                .map(|input| (input.name.as_str(), &input.kind))
                .collect(),
            outputs: self
                .outputs
                .iter()
                .map(|(name, kind, _)| (name.as_str(), kind))
                .collect(),
            declared: placeholder::declared(self.file),
        };
        self.command
            .iter()
            .chain(&self.args)
            .try_for_each(|item| placeholder::check_pairing(item, &kinds))?;
        for (name, _, position) in &self.outputs {
            check_port_name(name, *position)?;
        }
        self.check_name()?;
        let (input_definitions, inputs) = self.inputs()?;
        let (output_definitions, outputs) = self.outputs();
        surrogates::check(self.file)?;
        let component = format!("{COMPONENT_PREFIX}{}", self.name);
        let executor = format!("{EXECUTOR_PREFIX}{}", self.name);
        let interface = ComponentSpec {
            input_definitions,
            output_definitions,
            ..ComponentSpec::default()
        };
        let spec = PipelineSpec {
            pipeline_info: PipelineInfo {
                name: self.name.clone(),
                ..PipelineInfo::default()
            },
            deployment_spec: DeploymentSpec {
                executors: [(executor.clone(), Executor::Container(self.container()))].into(),
            },
            root: ComponentSpec {
                dag: Some(self.dag(&component, inputs, outputs)),
                ..interface.clone()
            },
            components: [(
                component,
                ComponentSpec {
                    executor_label: Some(executor),
                    ..interface
                },
            )]
            .into(),
            schema_version: SCHEMA_VERSION.into(),
            sdk_version: SDK_VERSION.into(),
            ..PipelineSpec::default()
        };
        let description = self
            .file
            .description
            .as_ref()
            .map(|text| text.value.clone())
            .filter(|text| !text.is_empty());
        Ok(Pipeline { description, spec })
    }

    fn check_name(&self) -> Built<()> {
        if is_pipeline_name(&self.name) {
            return Ok(());
        }
        let position = self
            .file
            .name
            .as_ref()
            .map_or(self.file.position, |name| name.start);
        Err(Problem::new(
            &rules::BAD_COMPONENT_NAME,
            "ValueError",
            format!("Invalid pipeline name: {}.", self.name),
            position,
        ))
    }

    /// The inputs of component and pipeline, and the one's from the other's.
    fn inputs(&self) -> Built<(InputDefinitions, TaskInputs)> {
        let (mut all, mut sources) = (InputDefinitions::default(), TaskInputs::default());
        for input in &self.inputs {
            let (name, declared) = (input.name.clone(), input.declared);
            let Kind::Parameter(parameter_type) = input.kind else {
                let port = ArtifactPort {
                    is_optional: declared.may_be_omitted(),
                    ..artifact(&input.kind)
                };
                let source = TaskArtifact::ComponentInputArtifact(name.clone());
                sources.artifacts.insert(name.clone(), source);
                all.artifacts.insert(name, port);
                continue;
            };
            let is_status = parameter_type == ParameterType::TaskFinalStatus;
            let default = input.default.as_ref().filter(|_| !is_status);
            let port = InputParameter {
                parameter_type,
                default_value: default
                    .map(|default| default::compile(default, parameter_type, declared))
                    .transpose()?,
                is_optional: is_status || declared.may_be_omitted(),
                description: String::new(),
                literals: Vec::new(),
            };
            let source = TaskParameter {
                source: ParameterSource::ComponentInput(name.clone()),
                selector: None,
            };
            sources.parameters.insert(name.clone(), source);
            all.parameters.insert(name, port);
        }
        Ok((all, sources))
    }

    /// The outputs of component and pipeline, and the other's from the one's.
    fn outputs(&self) -> (OutputDefinitions, DagOutputs) {
        let (mut all, mut sources) = (OutputDefinitions::default(), DagOutputs::default());
        for (name, kind, _) in &self.outputs {
            let producer_subtask = self.name.clone();
            if let Kind::Parameter(parameter_type) = *kind {
                let port = OutputParameter {
                    parameter_type,
                    description: String::new(),
                };
                let source = DagOutputParameter::ValueFromParameter(ParameterSelector {
                    producer_subtask,
                    output_parameter_key: name.clone(),
                });
                sources.parameters.insert(name.clone(), source);
                all.parameters.insert(name.clone(), port);
            } else {
                let source = DagOutputArtifact {
                    artifact_selectors: vec![ArtifactSelector {
                        producer_subtask,
                        output_artifact_key: name.clone(),
                    }],
                };
                sources.artifacts.insert(name.clone(), source);
                all.artifacts.insert(name.clone(), artifact(kind));
            }
        }
        (all, sources)
    }

    fn container(&self) -> ContainerSpec {
        let Some(container) = self.file.container() else {
            return ContainerSpec::default();
        };
        let strings = |items: &[Item]| items.iter().map(placeholder::compile).collect();
        let variable = |(name, value): &(Spanned<String>, Spanned<String>)| EnvVar {
            name: name.value.clone(),
            value: value.value.clone(),
        };
        ContainerSpec {
            image: container.image.value.clone(),
            command: strings(&self.command),
            args: strings(&self.args),
            env: container.env.iter().map(variable).collect(),
            ..ContainerSpec::default()
        }
    }

    fn dag(&self, component: &str, inputs: TaskInputs, outputs: DagOutputs) -> Dag {
        let task = Task {
            task_info: TaskInfo {
                name: self.name.clone(),
            },
            inputs,
            caching_options: CachingOptions {
                enable_cache: true,
                ..CachingOptions::default()
            },
            component_ref: ComponentRef {
                name: component.into(),
            },
            ..Task::default()
        };
        Dag {
            tasks: [(self.name.clone(), task)].into(),
            outputs,
        }
    }
}

fn artifact(kind: &Kind) -> ArtifactPort {
    let (Kind::Artifact(title) | Kind::ArtifactList(title)) = kind else {
        return ArtifactPort::default();
    };
    ArtifactPort {
        artifact_type: ArtifactType::of(title),
        is_artifact_list: matches!(kind, Kind::ArtifactList(_)),
        ..ArtifactPort::default()
    }
}

pub(super) fn check_port_name(name: &str, position: Position) -> Built<()> {
    if name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Ok(());
    }
    let message = format!(
        "Only letters, numbers, spaces, \"_\", and \"-\" are allowed in the name. Must begin with a letter. Got name: {name}"
    );
    Err(Problem::new(
        &rules::BAD_NAME,
        "ValueError",
        message,
        position,
    ))
}
