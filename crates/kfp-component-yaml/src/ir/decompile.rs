//! The components inside pipeline IR, as the component.yaml that would compile to them.

use serde_json::{Map, Number};

use super::kind::{FINAL_STATUS, ParameterKind};
use super::name::component_name;
use crate::python;
use crate::read::{
    Arg, ArgKind, Branch, ComponentFile, Condition, Container, DeclaredType, Default, If,
    Implementation, Input, Output, PlaceholderKind, Problem, Spanned,
};
use crate::rules;
use kfp_pyyaml::{NodeId, Tree, Value};

/// The components of an IR file that run a container, by name, in the file's order.
pub(crate) fn names(tree: &Tree) -> Vec<String> {
    let components = tree.get(tree.root(), "components");
    components
        .map_or(&[][..], |components| tree.entries(components))
        .iter()
        .filter(|(_, component)| container(tree, *component).is_some())
        .filter_map(|(key, _)| tree.text(*key))
        .map(|key| key.strip_prefix("comp-").unwrap_or(key).to_owned())
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
    let key = format!("comp-{name}");
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
    let spanned = |id: NodeId, value: String| spanned(tree, id, value);
    let mut inputs = Vec::new();
    for (name, definition, is_parameter) in definitions(tree, component, "inputDefinitions") {
        // kfp 2 hides it from callers, and no component.yaml can declare it.
        if tree
            .get(definition, "parameterType")
            .and_then(|id| tree.text(id))
            == Some("TASK_CONFIG")
        {
            continue;
        }
        inputs.push(Input {
            name: spanned(name, tree.repr(name)),
            kind: declared_type(tree, definition, is_parameter),
            description: optional_text(tree, definition, "description"),
            default: default(tree, definition),
            optional: tree
                .get(definition, "isOptional")
                .is_some_and(|id| tree.value(id) == &Value::Bool(true)),
            position: tree.position(name),
        });
    }
    let outputs = definitions(tree, component, "outputDefinitions")
        .into_iter()
        .map(|(name, definition, is_parameter)| Output {
            name: spanned(name, tree.repr(name)),
            kind: declared_type(tree, definition, is_parameter),
            description: optional_text(tree, definition, "description"),
            position: tree.position(name),
        })
        .collect();
    let image = tree
        .get(container, "image")
        .and_then(|image| Some(spanned(image, tree.text(image)?.to_owned())))
        .ok_or_else(|| {
            Problem::new(
                &rules::BAD_IR,
                "KeyError",
                "'image'",
                tree.position(container),
            )
        })?;
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
            image,
            command: args(tree, container, "command"),
            args: args(tree, container, "args"),
            env: environment(tree, container),
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

/// Names and definitions of one side, parameters first, and whether each is a parameter.
fn definitions(tree: &Tree, component: NodeId, side: &str) -> Vec<(NodeId, NodeId, bool)> {
    let Some(definitions) = tree.get(component, side) else {
        return Vec::new();
    };
    [("parameters", true), ("artifacts", false)]
        .into_iter()
        .filter_map(|(key, is_parameter)| Some((tree.get(definitions, key)?, is_parameter)))
        .flat_map(|(all, is_parameter)| {
            tree.entries(all)
                .iter()
                .map(move |&(name, definition)| (name, definition, is_parameter))
        })
        .collect()
}

fn declared_type(
    tree: &Tree,
    definition: NodeId,
    is_parameter: bool,
) -> Option<Spanned<DeclaredType>> {
    if is_parameter {
        let id = tree.get(definition, "parameterType")?;
        let name = match tree.text(id)? {
            "STRING" => "String",
            "NUMBER_INTEGER" => "Integer",
            "NUMBER_DOUBLE" => "Float",
            "BOOLEAN" => "Boolean",
            "LIST" => "JsonArray",
            "STRUCT" => "JsonObject",
            "TASK_FINAL_STATUS" => FINAL_STATUS,
            _ => return None,
        };
        return Some(spanned(tree, id, DeclaredType::Name(name.into())));
    }
    let id = tree.get(tree.get(definition, "artifactType")?, "schemaTitle")?;
    let title = tree.text(id)?;
    let name = title.strip_prefix("system.").unwrap_or(title);
    let is_list = tree
        .get(definition, "isArtifactList")
        .is_some_and(|id| tree.value(id) == &Value::Bool(true));
    Some(spanned(
        tree,
        id,
        if is_list {
            DeclaredType::ArtifactList(format!("List[{name}]"))
        } else {
            DeclaredType::Name(name.into())
        },
    ))
}

/// The default as the quoted text of a component.yaml.
fn default(tree: &Tree, definition: NodeId) -> Option<Spanned<Default>> {
    let id = tree.get(definition, "defaultValue")?;
    let text = match json(tree, id, 0)? {
        serde_json::Value::Null => return None,
        serde_json::Value::String(text) => text,
        value => value.to_string(),
    };
    let is_float = tree
        .get(definition, "parameterType")
        .and_then(|id| tree.text(id))
        == Some(ParameterKind::Double.ir());
    let text = match tree.value(id) {
        Value::Float(number) if is_float => python::float_repr(*number),
        _ => text,
    };
    Some(spanned(tree, id, Default::Text(text)))
}

/// A value as JSON; the IR writes every number as a double, so a whole one counts as an integer.
fn json(tree: &Tree, id: NodeId, depth: usize) -> Option<serde_json::Value> {
    if depth > kfp_pyyaml::MAX_DEPTH {
        return None;
    }
    Some(match tree.value(id) {
        Value::Null => serde_json::Value::Null,
        Value::Bool(truth) => (*truth).into(),
        Value::Int(number) => Number::from_i128(*number)?.into(),
        #[expect(clippy::cast_possible_truncation, reason = "within 2^53 it is exact")]
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 9.0e15 => {
            (*number as i64).into()
        }
        Value::Float(number) | Value::BigInt(number) => Number::from_f64(*number)?.into(),
        Value::Str(text) => text.as_str().into(),
        Value::Other(_) => return None,
        Value::List(items) => items
            .iter()
            .map(|item| json(tree, *item, depth + 1))
            .collect::<Option<_>>()?,
        Value::Map(entries) => {
            let entry = |(key, value): &(NodeId, NodeId)| {
                Some((tree.text(*key)?.to_owned(), json(tree, *value, depth + 1)?))
            };
            serde_json::Value::Object(entries.iter().map(entry).collect::<Option<Map<_, _>>>()?)
        }
    })
}

fn environment(tree: &Tree, container: NodeId) -> Vec<(Spanned<String>, Spanned<String>)> {
    let variables = tree.get(container, "env");
    variables
        .map_or(&[][..], |variables| tree.items(variables))
        .iter()
        .filter_map(|variable| {
            let name = optional_text(tree, *variable, "name")?;
            let empty = || spanned(tree, *variable, String::new());
            Some((
                name,
                optional_text(tree, *variable, "value").unwrap_or_else(empty),
            ))
        })
        .collect()
}

fn args(tree: &Tree, container: NodeId, key: &str) -> Option<Vec<Arg>> {
    let items = tree.items(tree.get(container, key)?);
    Some(
        items
            .iter()
            .filter_map(|id| Some(arg(tree, *id, tree.text(*id)?)))
            .collect(),
    )
}

/// The placeholder that an argument of the IR stands for; text around one keeps it as text.
fn arg(tree: &Tree, id: NodeId, text: &str) -> Arg {
    let structure = ["{\"IfPresent\":", "{\"Concat\":"]
        .iter()
        .any(|start| text.trim_start().starts_with(start))
        .then(|| serde_json::from_str(text).ok())
        .flatten();
    let kind = match structure {
        Some(value) => structured(tree, id, &value),
        None => simple(tree, id, text),
    };
    Arg {
        kind: kind.unwrap_or_else(|| ArgKind::Text(text.into())),
        position: tree.position(id),
    }
}

fn simple(tree: &Tree, id: NodeId, text: &str) -> Option<ArgKind> {
    if text == "{{$}}" {
        return Some(ArgKind::ExecutorInput);
    }
    let inner = text.strip_prefix("{{$.")?.strip_suffix("}}")?;
    let (side, rest) = inner.split_once("['")?;
    let (name, field) = rest.split_once("']")?;
    let kind = match (side, field) {
        ("inputs.parameters", "") => PlaceholderKind::InputValue,
        ("inputs.artifacts", ".path") => PlaceholderKind::InputPath,
        ("inputs.artifacts", ".uri") => PlaceholderKind::InputUri,
        ("outputs.parameters", ".output_file") | ("outputs.artifacts", ".path") => {
            PlaceholderKind::OutputPath
        }
        ("outputs.artifacts", ".uri") => PlaceholderKind::OutputUri,
        _ => return None,
    };
    Some(ArgKind::Placeholder(kind, spanned(tree, id, name.into())))
}

fn structured(tree: &Tree, id: NodeId, value: &serde_json::Value) -> Option<ArgKind> {
    let item = |value: &serde_json::Value| {
        let kind = match value {
            serde_json::Value::String(text) => {
                simple(tree, id, text).unwrap_or_else(|| ArgKind::Text(text.clone()))
            }
            value => structured(tree, id, value)?,
        };
        Some(Arg {
            kind,
            position: tree.position(id),
        })
    };
    let branch = |value: &serde_json::Value| match value {
        serde_json::Value::Array(items) => items
            .iter()
            .map(item)
            .collect::<Option<_>>()
            .map(Branch::Many),
        value => item(value).map(Branch::One),
    };
    if let Some(items) = value.get("Concat") {
        let items = items.as_array()?.iter().map(item).collect::<Option<_>>()?;
        return Some(ArgKind::Concat(items));
    }
    let choice = value.get("IfPresent")?;
    let name = choice.get("InputName")?.as_str()?;
    Some(ArgKind::If(Box::new(If {
        condition: Condition::IsPresent(spanned(tree, id, name.into())),
        then: branch(choice.get("Then")?)?,
        otherwise: match choice.get("Else") {
            None => None,
            Some(otherwise) => Some(branch(otherwise)?),
        },
    })))
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
