//! The IR of the one-task pipeline that a component compiles to.

use kfp_ir::{
    ArtifactPort, ArtifactSelector, ArtifactType, COMPONENT_PREFIX, CachingOptions, ComponentRef,
    ComponentSpec, ContainerSpec, Dag, DagOutputArtifact, DagOutputParameter, DagOutputs,
    DeploymentSpec, EXECUTOR_PREFIX, EnvVar, Executor, InputDefinitions, InputParameter,
    OutputDefinitions, OutputParameter, ParameterSelector, ParameterSource, ParameterType,
    PipelineInfo, PipelineSpec, SCHEMA_VERSION, Task, TaskArtifact, TaskInfo, TaskInputs,
    TaskParameter,
};

use super::SDK_VERSION;
use super::default;
use super::kind::Kind;
use super::loaded::Component;
use super::placeholder::{self, Item};
use super::surrogates;
use super::write::Pipeline;
use crate::read::{Problem, Spanned};

impl Component<'_> {
    pub(super) fn compile(&self) -> Result<Pipeline, Problem> {
        self.check()?;
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

    /// The inputs that component and pipeline declare, and where the task's come from.
    fn inputs(&self) -> Result<(InputDefinitions, TaskInputs), Problem> {
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

    /// The outputs that component and pipeline declare, and where the pipeline's come from.
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
