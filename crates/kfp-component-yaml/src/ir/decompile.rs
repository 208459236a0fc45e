//! The components inside pipeline IR, as the component.yaml that would compile to them.

use kfp_ir::{
    ArtifactPort, COMPONENT_PREFIX, ComponentSpec, ContainerSpec, EnvVar, InputParameter,
    ParameterType, document,
    placeholder::{Argument, Placeholder},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::kind::declared_name;
use super::name::component_name;
use crate::python;
use crate::read::{
    Arg, ArgKind, Branch, ComponentFile, Condition, Container, DeclaredType, Default, If,
    Implementation, Input, Output, PlaceholderKind, Problem, Spanned,
};
use crate::rules;
use kfp_pyyaml::{NodeId, Tree};

/// The components of an IR file that run a container, by name, in the file's order.
pub(crate) fn names(tree: &Tree) -> Vec<String> {
    let components = tree.get(tree.root(), "components");
    components
        .map_or(&[][..], |components| tree.entries(components))
        .iter()
        .filter(|(_, component)| container(tree, *component).is_some())
        .filter_map(|(key, _)| tree.text(*key))
        .map(|key| key.strip_prefix(COMPONENT_PREFIX).unwrap_or(key).to_owned())
        .collect()
}

/// The name that kfp 2 looks for when it loads the file as one component.
pub(crate) fn main_name(tree: &Tree) -> Option<String> {
    let info = tree.get(tree.root(), "pipelineInfo")?;
    let name = tree.text(tree.get(info, "name")?)?;
    Some(component_name(name))
}

/// The component of a name, which must be one of [`names`].
///
/// Names, types and defaults are as kfp 2 compiled them: sanitised names, defaults as text. A component's description
/// is only kept in the comment at the top of the file, and only that of the component the file is named after.
pub(crate) fn component(tree: &Tree, name: &str, text: &str) -> Result<ComponentFile, Problem> {
    let key = format!("{COMPONENT_PREFIX}{name}");
    let missing = || {
        Problem::new(
            &rules::BAD_IR,
            "KeyError",
            format!("'{key}'"),
            tree.position(tree.root()),
        )
    };
    let components = tree.get(tree.root(), "components").ok_or_else(missing)?;
    let component = tree.get(components, &key).ok_or_else(missing)?;
    let (label, container) = container(tree, component).ok_or_else(missing)?;
    let spec: ComponentSpec = typed(tree, component)?;
    let run: ContainerSpec = typed(tree, container)?;
    let spanned = |id: NodeId, value: String| spanned(tree, id, value);
    let mut inputs = Vec::new();
    for &(id, definition) in ports(tree, component, "inputDefinitions", "parameters") {
        let name = tree.repr(id);
        let port = &spec.input_definitions.parameters[&name];
        // kfp 2 hides it from callers, and no component.yaml can declare it.
        if port.parameter_type == ParameterType::TaskConfig {
            continue;
        }
        inputs.push(Input {
            name: spanned(id, name),
            kind: parameter_type(tree, definition, port.parameter_type),
            description: optional_text(tree, definition, "description"),
            default: default(tree, definition, port),
            optional: port.is_optional,
            position: tree.position(id),
        });
    }
    for &(id, definition) in ports(tree, component, "inputDefinitions", "artifacts") {
        let name = tree.repr(id);
        let port = &spec.input_definitions.artifacts[&name];
        inputs.push(Input {
            name: spanned(id, name),
            kind: artifact_type(tree, definition, port),
            description: optional_text(tree, definition, "description"),
            default: None,
            optional: port.is_optional,
            position: tree.position(id),
        });
    }
    let output = |id, definition, kind| Output {
        name: spanned(id, tree.repr(id)),
        kind,
        description: optional_text(tree, definition, "description"),
        position: tree.position(id),
    };
    let mut outputs = Vec::new();
    for &(id, definition) in ports(tree, component, "outputDefinitions", "parameters") {
        let port = &spec.output_definitions.parameters[&tree.repr(id)];
        let kind = parameter_type(tree, definition, port.parameter_type);
        outputs.push(output(id, definition, kind));
    }
    for &(id, definition) in ports(tree, component, "outputDefinitions", "artifacts") {
        let port = &spec.output_definitions.artifacts[&tree.repr(id)];
        outputs.push(output(
            id,
            definition,
            artifact_type(tree, definition, port),
        ));
    }
    let image = tree.get(container, "image").unwrap_or(container);
    let is_main = main_name(tree).as_deref() == Some(name);
    let described = is_main.then(|| described(text)).flatten();
    Ok(ComponentFile {
        name: Some(spanned(label, name.to_owned())),
        description: described.map(|text| spanned(label, text)),
        annotations: Vec::new(),
        labels: Vec::new(),
        inputs,
        outputs,
        implementation: Some(Implementation::Container(Box::new(Container {
            image: spanned(image, run.image),
            command: args(tree, container, "command", &run.command),
            args: args(tree, container, "args", &run.args),
            env: environment(tree, container, run.env),
            file_outputs: Vec::new(),
        }))),
        position: tree.position(component),
        surrogates: tree.surrogates(),
    })
}

/// The executor label of a component and the container it stands for; an importer has none.
fn container(tree: &Tree, component: NodeId) -> Option<(NodeId, NodeId)> {
    let label = tree.get(component, "executorLabel")?;
    let deployment = tree.get(tree.root(), "deploymentSpec")?;
    let executors = tree.get(deployment, "executors")?;
    let executor = tree.get(executors, tree.text(label)?)?;
    Some((label, tree.get(executor, "container")?))
}

/// A part of the file as a type; what is not one, kfp 2 refuses when it compiles.
fn typed<T: DeserializeOwned>(tree: &Tree, id: NodeId) -> Result<T, Problem> {
    document::typed(tree, id)
        .map_err(|error| Problem::new(&rules::BAD_IR, "ParseError", error.message, error.position))
}

/// Names and definitions of inputs or outputs, in the file's order.
fn ports<'t>(tree: &'t Tree, component: NodeId, side: &str, kind: &str) -> &'t [(NodeId, NodeId)] {
    tree.get(component, side)
        .and_then(|definitions| tree.get(definitions, kind))
        .map_or(&[], |ports| tree.entries(ports))
}

fn parameter_type(
    tree: &Tree,
    definition: NodeId,
    ty: ParameterType,
) -> Option<Spanned<DeclaredType>> {
    let id = tree.get(definition, "parameterType")?;
    Some(spanned(
        tree,
        id,
        DeclaredType::Name(declared_name(ty).into()),
    ))
}

fn artifact_type(
    tree: &Tree,
    definition: NodeId,
    port: &ArtifactPort,
) -> Option<Spanned<DeclaredType>> {
    let id = tree.get(tree.get(definition, "artifactType")?, "schemaTitle")?;
    let title = &port.artifact_type.schema_title;
    let name = title.strip_prefix("system.").unwrap_or(title);
    let declared = if port.is_artifact_list {
        DeclaredType::ArtifactList(format!("List[{name}]"))
    } else {
        DeclaredType::Name(name.into())
    };
    Some(spanned(tree, id, declared))
}

/// The default as the quoted text of a component.yaml.
fn default(tree: &Tree, definition: NodeId, port: &InputParameter) -> Option<Spanned<Default>> {
    let id = tree.get(definition, "defaultValue")?;
    let is_float = port.parameter_type == ParameterType::NumberDouble;
    let text = match port.default_value.as_ref()? {
        Value::String(text) => text.clone(),
        Value::Number(number) if is_float => python::float_repr(number.as_f64()?),
        value => value.to_string(),
    };
    Some(spanned(tree, id, Default::Text(text)))
}

fn environment(
    tree: &Tree,
    container: NodeId,
    variables: Vec<EnvVar>,
) -> Vec<(Spanned<String>, Spanned<String>)> {
    let nodes = tree.get(container, "env");
    let nodes = nodes.map_or(&[][..], |nodes| tree.items(nodes));
    let place = |id: NodeId, key: &str| tree.get(id, key).unwrap_or(id);
    nodes
        .iter()
        .zip(variables)
        .map(|(id, EnvVar { name, value })| {
            (
                spanned(tree, place(*id, "name"), name),
                spanned(tree, place(*id, "value"), value),
            )
        })
        .collect()
}

fn args(tree: &Tree, container: NodeId, key: &str, texts: &[String]) -> Option<Vec<Arg>> {
    let items = tree.items(tree.get(container, key)?);
    let arg = |(id, text): (&NodeId, &String)| {
        let argument = Argument::parse(text).ok();
        Arg {
            kind: argument
                .and_then(|argument| arg_kind(tree, *id, argument))
                .unwrap_or_else(|| ArgKind::Text(text.clone())),
            position: tree.position(*id),
        }
    };
    Some(items.iter().zip(texts).map(arg).collect())
}

/// The placeholder that an argument stands for; text around one keeps it as text.
fn arg_kind(tree: &Tree, id: NodeId, argument: Argument) -> Option<ArgKind> {
    let arg = |argument| {
        Some(Arg {
            kind: arg_kind(tree, id, argument)?,
            position: tree.position(id),
        })
    };
    let branch = |argument| match argument {
        Argument::List(items) => {
            let items = items.into_iter().map(arg).collect::<Option<_>>();
            items.map(Branch::Many)
        }
        one => arg(one).map(Branch::One),
    };
    Some(match argument {
        Argument::Text(text) => simple(tree, id, &text).unwrap_or(ArgKind::Text(text)),
        Argument::List(_) => return None,
        Argument::Concat(items) => {
            ArgKind::Concat(items.into_iter().map(arg).collect::<Option<_>>()?)
        }
        Argument::IfPresent {
            input_name,
            then,
            otherwise,
        } => ArgKind::If(Box::new(If {
            condition: Condition::IsPresent(spanned(tree, id, input_name)),
            then: branch(*then)?,
            otherwise: match otherwise {
                None => None,
                Some(otherwise) => Some(branch(*otherwise)?),
            },
        })),
    })
}

fn simple(tree: &Tree, id: NodeId, text: &str) -> Option<ArgKind> {
    let (kind, name) = match Placeholder::parse(text)? {
        Placeholder::ExecutorInput => return Some(ArgKind::ExecutorInput),
        Placeholder::InputParameter(name) => (PlaceholderKind::InputValue, name),
        Placeholder::InputPath(name) => (PlaceholderKind::InputPath, name),
        Placeholder::InputUri(name) => (PlaceholderKind::InputUri, name),
        Placeholder::OutputFile(name) | Placeholder::OutputPath(name) => {
            (PlaceholderKind::OutputPath, name)
        }
        Placeholder::OutputUri(name) => (PlaceholderKind::OutputUri, name),
        Placeholder::InputMetadata(..) => return None,
    };
    Some(ArgKind::Placeholder(kind, spanned(tree, id, name.into())))
}

fn optional_text(tree: &Tree, id: NodeId, key: &str) -> Option<Spanned<String>> {
    let id = tree.get(id, key)?;
    Some(spanned(tree, id, tree.text(id)?.to_owned()))
}

fn spanned<T>(tree: &Tree, id: NodeId, value: T) -> Spanned<T> {
    let node = tree.node(id);
    Spanned {
        value,
        start: node.start,
        end: node.end,
        aliased: tree.is_aliased(id),
    }
}

/// The description in the comment at the top, whose further lines are indented below the first.
fn described(text: &str) -> Option<String> {
    let mut lines = text
        .trim_start_matches('\u{feff}')
        .lines()
        .take_while(|line| line.starts_with('#'))
        .skip_while(|line| !line.starts_with("# Description: "));
    let mut described = lines.next()?.strip_prefix("# Description: ")?.to_owned();
    for line in lines {
        let Some(more) = line.strip_prefix("#              ") else {
            break;
        };
        described.push('\n');
        described.push_str(more);
    }
    Some(described)
}
