//! A component as kfp 2 has it after loading, and what it checks before it compiles it.

use std::collections::HashMap;

use super::default::{self, Loaded};
use super::kind::{Kind, kind, output_kind};
use super::name::{component_name, is_pipeline_name, port_name};
use super::placeholder::{self, Item, Kinds, Loader};
use crate::read::{ComponentFile, Implementation, Input, Problem};
use crate::rules;
use kfp_pyyaml::Position;

/// A component after loading: names and types are kfp 2's, and of two that became equal the last is left.
pub(super) struct Component<'f> {
    pub(super) file: &'f ComponentFile,
    pub(super) name: String,
    pub(super) inputs: Vec<LoadedInput<'f>>,
    pub(super) outputs: Vec<(String, Kind, Position)>,
    pub(super) command: Vec<Item>,
    pub(super) args: Vec<Item>,
}

pub(super) struct LoadedInput<'f> {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) default: Option<Loaded>,
    pub(super) declared: &'f Input,
}

type Checked<T> = Result<T, Problem>;

pub(super) fn load(file: &ComponentFile) -> Checked<Component<'_>> {
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
    /// Everything but the values of defaults and what cannot be encoded.
    pub(super) fn check(&self) -> Checked<()> {
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
        self.check_name()
    }

    fn check_name(&self) -> Checked<()> {
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
}

pub(super) fn check_port_name(name: &str, position: Position) -> Checked<()> {
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
