//! Loading a component as kfp 2 does, and the IR of the one-task pipeline it compiles to.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::SDK_VERSION;
use super::default::{self, Loaded};
use super::kind::{Kind, ParameterKind, kind, output_kind};
use super::name::{component_name, is_pipeline_name, port_name};
use super::parts::{self, Sides, definition};
use super::placeholder::{self, Item, Kinds, Loader};
use super::surrogates;
use super::write::Pipeline;
use crate::read::{ComponentFile, Implementation, Input, Problem};
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
        let interface = self.interface()?;
        surrogates::check(self.file)?;
        let (component, executor) = (format!("comp-{}", self.name), format!("exec-{}", self.name));
        let mut body = interface.clone();
        body.insert("executorLabel".into(), executor.as_str().into());
        let mut root = interface;
        root.insert("dag".into(), self.dag(&component));
        let mut spec = json!({
            "components": {component: body},
            "deploymentSpec": {"executors": {executor: {"container": parts::container(self.file, &self.command, &self.args)}}},
            "pipelineInfo": {"name": self.name},
            "root": root,
            "schemaVersion": "2.1.0",
            "sdkVersion": SDK_VERSION,
        });
        parts::sort_keys(&mut spec);
        let description = self
            .file
            .description
            .as_ref()
            .map(|text| text.value.clone())
            .filter(|text| !text.is_empty());
        Ok(Pipeline {
            name: self.name.clone(),
            description,
            spec,
        })
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

    /// `inputDefinitions` and `outputDefinitions`, where there are any.
    fn interface(&self) -> Built<Map<String, Value>> {
        let mut inputs = Sides::default();
        for input in &self.inputs {
            let mut definition = definition(&input.kind);
            let status = input.kind == Kind::Parameter(ParameterKind::TaskFinalStatus);
            if status || input.declared.may_be_omitted() {
                definition["isOptional"] = true.into();
            }
            if let (Kind::Parameter(kind), Some(default), false) =
                (&input.kind, &input.default, status)
            {
                definition["defaultValue"] = default::compile(default, *kind, input.declared)?;
            }
            inputs.add(&input.kind, &input.name, definition);
        }
        let mut outputs = Sides::default();
        for (name, kind, _) in &self.outputs {
            outputs.add(kind, name, definition(kind));
        }
        let sides = [("inputDefinitions", inputs), ("outputDefinitions", outputs)];
        Ok(sides
            .into_iter()
            .filter_map(|(key, sides)| Some((key.into(), sides.into_value()?)))
            .collect())
    }

    fn dag(&self, component: &str) -> Value {
        let mut task = json!({
            "cachingOptions": {"enableCache": true},
            "componentRef": {"name": component},
            "taskInfo": {"name": self.name},
        });
        let mut inputs = Sides::default();
        for LoadedInput { name, kind, .. } in &self.inputs {
            let key = if matches!(kind, Kind::Parameter(_)) {
                "componentInputParameter"
            } else {
                "componentInputArtifact"
            };
            inputs.add(kind, name, json!({key: name}));
        }
        if let Some(inputs) = inputs.into_value() {
            task["inputs"] = inputs;
        }
        let mut outputs = Sides::default();
        for (name, kind, _) in &self.outputs {
            let source = match kind {
                Kind::Parameter(_) => {
                    json!({"valueFromParameter": {"producerSubtask": self.name, "outputParameterKey": name}})
                }
                Kind::Artifact(_) | Kind::ArtifactList(_) => {
                    json!({"artifactSelectors": [{"producerSubtask": self.name, "outputArtifactKey": name}]})
                }
            };
            outputs.add(kind, name, source);
        }
        let mut dag = json!({"tasks": {&self.name: task}});
        if let Some(outputs) = outputs.into_value() {
            dag["outputs"] = outputs;
        }
        dag
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
