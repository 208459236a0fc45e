//! The component's own fields: metadata, inputs, outputs and the container.

use super::decode::{Class, Reader, optional, renamed, required};
use super::model::{
    ComponentFile, Container, DeclaredType, Implementation, Input, Output, Spanned,
};
use kfp_pyyaml::{NodeId, Value};

const COMPONENT: Class = Class {
    name: "ComponentSpec",
    fields: &[
        optional("name"),
        optional("description"),
        optional("metadata"),
        optional("inputs"),
        optional("outputs"),
        optional("implementation"),
        optional("version"),
    ],
};
const METADATA: Class = Class {
    name: "MetadataSpec",
    fields: &[optional("annotations"), optional("labels")],
};
const INPUT: Class = Class {
    name: "InputSpec",
    fields: &[
        required("name"),
        optional("type"),
        optional("description"),
        optional("default"),
        optional("optional"),
        optional("annotations"),
    ],
};
const OUTPUT: Class = Class {
    name: "OutputSpec",
    fields: &[
        required("name"),
        optional("type"),
        optional("description"),
        optional("annotations"),
    ],
};
const CONTAINER_IMPLEMENTATION: Class = Class {
    name: "ContainerImplementation",
    fields: &[required("container")],
};
const CONTAINER: Class = Class {
    name: "ContainerSpec",
    fields: &[
        required("image"),
        optional("command"),
        optional("args"),
        optional("env"),
        renamed(&optional("fileOutputs"), "file_outputs"),
    ],
};

impl Reader<'_> {
    pub(super) fn component(&mut self, id: NodeId) -> ComponentFile {
        let mut file = ComponentFile {
            name: None,
            description: None,
            annotations: Vec::new(),
            labels: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            implementation: None,
            position: self.tree.position(id),
            surrogates: self.tree.surrogates(),
        };
        let before = self.problems.len();
        self.class(id, &COMPONENT, |reader, key, value| match key {
            "name" => file.name = reader.optional_text(value),
            "description" => file.description = reader.optional_text(value),
            "metadata" => reader.metadata(value, &mut file),
            "inputs" => file.inputs = reader.ports(value, "InputSpec", Self::input),
            "outputs" => file.outputs = reader.ports(value, "OutputSpec", Self::output),
            "implementation" => file.implementation = reader.implementation(value),
            _ => drop(reader.optional_text(value)),
        });
        if self.problems.len() == before {
            self.references(&file);
        }
        file
    }

    fn metadata(&mut self, id: NodeId, file: &mut ComponentFile) {
        if self.is_null(id) {
            return;
        }
        self.class(id, &METADATA, |reader, key, value| match key {
            "annotations" => file.annotations = reader.pairs(value),
            _ => file.labels = reader.pairs(value),
        });
    }

    fn ports<T>(
        &mut self,
        id: NodeId,
        class: &str,
        read: fn(&mut Self, NodeId) -> Option<T>,
    ) -> Vec<T> {
        let items = self.list(id, class).unwrap_or_default();
        items
            .iter()
            .filter_map(|&item| self.bounded(item, |reader| read(reader, item)))
            .collect()
    }

    fn input(&mut self, id: NodeId) -> Option<Input> {
        let (mut name, mut kind, mut description, mut default) = (None, None, None, None);
        let mut is_optional = false;
        self.class(id, &INPUT, |reader, key, value| match key {
            "name" => name = reader.text(value),
            "type" => kind = reader.declared_type(value),
            "description" => description = reader.optional_text(value),
            "default" => default = reader.primitive(value),
            "optional" => match reader.tree.value(value) {
                Value::Null => {}
                Value::Bool(truth) => is_optional = *truth,
                _ => reader.wrong_kind(value, "typing.Optional[bool]"),
            },
            _ => reader.any_map(value),
        });
        Some(Input {
            name: name?,
            kind,
            description,
            default,
            optional: is_optional,
            position: self.tree.position(id),
        })
    }

    fn output(&mut self, id: NodeId) -> Option<Output> {
        let (mut name, mut kind, mut description) = (None, None, None);
        self.class(id, &OUTPUT, |reader, key, value| match key {
            "name" => name = reader.text(value),
            "type" => kind = reader.declared_type(value),
            "description" => description = reader.optional_text(value),
            _ => reader.any_map(value),
        });
        Some(Output {
            name: name?,
            kind,
            description,
            position: self.tree.position(id),
        })
    }

    pub(super) fn declared_type(&mut self, id: NodeId) -> Option<Spanned<DeclaredType>> {
        let tree = self.tree;
        let kind = match tree.value(id) {
            Value::Null => return None,
            Value::Str(name) => DeclaredType::Name(name.clone()),
            Value::List(_) => DeclaredType::List,
            Value::Map(entries) => DeclaredType::Map(match entries.first() {
                None => Err("list index out of range".into()),
                Some((key, _)) => match tree.text(*key) {
                    Some(name) => Ok(name.into()),
                    None => Err(format!(
                        "'{}' object has no attribute 'lower'",
                        tree.class(*key)
                    )),
                },
            }),
            _ => {
                self.wrong_kind(id, "typing.Union[str, typing.Dict, typing.List, NoneType]");
                return None;
            }
        };
        Some(self.spanned(id, kind))
    }

    fn implementation(&mut self, id: NodeId) -> Option<Implementation> {
        if self.is_null(id) {
            return None;
        }
        if self.tree.get(id, "graph").is_some() && self.tree.get(id, "container").is_none() {
            return self.graph_implementation(id).map(Implementation::Graph);
        }
        let mut container = None;
        self.class(id, &CONTAINER_IMPLEMENTATION, |reader, _, value| {
            container = reader.container(value);
        });
        container.map(|container| Implementation::Container(Box::new(container)))
    }

    fn container(&mut self, id: NodeId) -> Option<Container> {
        let (mut image, mut command, mut args) = (None, None, None);
        let (mut env, mut file_outputs) = (Vec::new(), Vec::new());
        self.class(id, &CONTAINER, |reader, key, value| match key {
            "image" => image = reader.text(value),
            "command" => command = reader.args(value),
            "args" => args = reader.args(value),
            "env" => env = reader.pairs(value),
            _ => file_outputs = reader.pairs(value),
        });
        Some(Container {
            image: image?,
            command,
            args,
            env,
            file_outputs,
        })
    }
}
