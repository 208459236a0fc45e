//! Loading a component as kfp 2 does, and the IR of the one-task pipeline it compiles to.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::SDK_VERSION;
use super::default::{self, Loaded};
use super::kind::{Kind, ParameterKind, kind};
use super::name::{component_name, is_pipeline_name, port_name};
use super::placeholder::{self, Item, Kinds, Loader};
use super::write::Pipeline;
use crate::pyyaml::Place;
use crate::read::{ComponentFile, Implementation, Input, Problem};

/// A component after loading: names and types are kfp 2's, and of two that became equal the last is left.
pub(super) struct Component<'f> {
    file: &'f ComponentFile,
    name: String,
    inputs: Vec<LoadedInput<'f>>,
    outputs: Vec<(String, Kind, Place)>,
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
                "graph-component",
                "NotImplementedError",
                message,
                graph.place,
            ));
        }
        None => {
            let message = "Implementation field not found";
            return Err(Problem::new(
                "no-implementation",
                "ValueError",
                message,
                file.place,
            ));
        }
    };
    let loader = Loader {
        outputs: file
            .outputs
            .iter()
            .map(|output| (output.name.value.as_str(), output))
            .collect(),
    };
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
            kind(output.kind.as_ref())?,
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

/// All that kfp 2 would come across in turn, were it to go on after the first.
pub(crate) fn problems(file: &ComponentFile) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Some(container) = file.container() else {
        return problems;
    };
    let kinds = file
        .inputs
        .iter()
        .map(|input| kind(input.kind.as_ref()).map(drop));
    let defaults = file.inputs.iter().map(|input| {
        let (default, kind) = (default::load(input)?, kind(input.kind.as_ref())?);
        match (default, kind) {
            (Some(default), Kind::Parameter(kind)) => {
                default::compile(&default, kind, input).map(drop)
            }
            _ => Ok(()),
        }
    });
    let names = file
        .inputs
        .iter()
        .map(|input| &input.name)
        .chain(file.outputs.iter().map(|output| &output.name));
    let names = names.map(|name| check_port_name(&port_name(&name.value), name.start));
    problems.extend(kinds.chain(defaults).chain(names).filter_map(Result::err));
    let loader = Loader {
        outputs: file
            .outputs
            .iter()
            .map(|output| (output.name.value.as_str(), output))
            .collect(),
    };
    let inputs: Vec<_> = file
        .inputs
        .iter()
        .map(|input| (port_name(&input.name.value), kind(input.kind.as_ref())))
        .collect();
    let outputs: Vec<_> = file
        .outputs
        .iter()
        .map(|output| (port_name(&output.name.value), kind(output.kind.as_ref())))
        .collect();
    let kinds = Kinds {
        inputs: known(&inputs),
        outputs: known(&outputs),
    };
    for element in container.elements() {
        match loader.item(element) {
            Ok(item) => {
                let checks = [
                    placeholder::check_converted(&item),
                    placeholder::check_pairing(&item, &kinds),
                ];
                problems.extend(checks.into_iter().filter_map(Result::err));
            }
            Err(problem) => problems.push(problem),
        }
    }
    problems
}

fn known(ports: &[(String, Built<Kind>)]) -> HashMap<&str, &Kind> {
    ports
        .iter()
        .filter_map(|(name, kind)| Some((name.as_str(), kind.as_ref().ok()?)))
        .collect()
}

/// Drops all but the last of those with one name, leaving it at the place of the first.
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
        };
        self.command
            .iter()
            .chain(&self.args)
            .try_for_each(|item| placeholder::check_pairing(item, &kinds))?;
        for (name, _, place) in &self.outputs {
            check_port_name(name, *place)?;
        }
        self.check_name()?;
        let interface = self.interface()?;
        let (component, executor) = (format!("comp-{}", self.name), format!("exec-{}", self.name));
        let mut body = interface.clone();
        body.insert("executorLabel".into(), executor.as_str().into());
        let mut root = interface;
        root.insert("dag".into(), self.dag(&component));
        let mut spec = json!({
            "components": {component: body},
            "deploymentSpec": {"executors": {executor: {"container": self.container()}}},
            "pipelineInfo": {"name": self.name},
            "root": root,
            "schemaVersion": "2.1.0",
            "sdkVersion": SDK_VERSION,
        });
        sort_keys(&mut spec);
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
        let place = self
            .file
            .name
            .as_ref()
            .map_or(self.file.place, |name| name.start);
        Err(Problem::new(
            "bad-component-name",
            "ValueError",
            format!("Invalid pipeline name: {}.", self.name),
            place,
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
                Kind::Artifact(_) => {
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

    /// Protobuf leaves empty text and empty lists out.
    fn container(&self) -> Value {
        let Some(container) = self.file.container() else {
            return json!({});
        };
        let text = |text: &str| (!text.is_empty()).then(|| Value::from(text));
        let list = |items: Vec<Value>| (!items.is_empty()).then_some(Value::Array(items));
        let strings = |items: &[Item]| {
            items
                .iter()
                .map(|item| placeholder::compile(item).into())
                .collect()
        };
        let variable = |name: &str, value: &str| {
            let pair = [("name", text(name)), ("value", text(value))];
            pair.into_iter()
                .filter_map(|(key, value)| Some((key.to_owned(), value?)))
                .collect::<Map<_, _>>()
                .into()
        };
        let env = container
            .env
            .iter()
            .map(|(name, value)| variable(&name.value, &value.value))
            .collect();
        let fields = [
            ("args", list(strings(&self.args))),
            ("command", list(strings(&self.command))),
            ("env", list(env)),
            ("image", text(&container.image.value)),
        ];
        fields
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value?)))
            .collect::<Map<_, _>>()
            .into()
    }
}

/// `parameters` and `artifacts`, each left out when empty.
#[derive(Default)]
struct Sides {
    parameters: Map<String, Value>,
    artifacts: Map<String, Value>,
}

impl Sides {
    fn add(&mut self, kind: &Kind, name: &str, value: Value) {
        let side = if matches!(kind, Kind::Parameter(_)) {
            &mut self.parameters
        } else {
            &mut self.artifacts
        };
        side.insert(name.into(), value);
    }

    fn into_value(self) -> Option<Value> {
        let sides = [
            ("parameters", self.parameters),
            ("artifacts", self.artifacts),
        ];
        let sides: Map<String, Value> = sides
            .into_iter()
            .filter(|(_, side)| !side.is_empty())
            .map(|(key, side)| (key.into(), side.into()))
            .collect();
        (!sides.is_empty()).then_some(sides.into())
    }
}

fn definition(kind: &Kind) -> Value {
    match kind {
        Kind::Parameter(kind) => json!({"parameterType": kind.ir()}),
        Kind::Artifact(title) => {
            json!({"artifactType": {"schemaTitle": title, "schemaVersion": "0.0.1"}})
        }
    }
}

fn check_port_name(name: &str, place: Place) -> Built<()> {
    if name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Ok(());
    }
    let message = format!(
        "Only letters, numbers, spaces, \"_\", and \"-\" are allowed in the name. Must begin with a letter. Got name: {name}"
    );
    Err(Problem::new("bad-name", "ValueError", message, place))
}

fn sort_keys(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(sort_keys),
        Value::Object(map) => {
            map.values_mut().for_each(sort_keys);
            map.sort_keys();
        }
        _ => {}
    }
}
