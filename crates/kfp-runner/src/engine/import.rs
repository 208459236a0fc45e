//! Importers: artifacts that come from outside the pipeline.

use std::{collections::BTreeMap, path::Path};

use kfp_pipeline::{
    ImporterSpec, ValueOrParameter,
    command::Placeholders,
    executor::{ExecutorInput, RuntimeArtifact},
    value,
};
use serde_json::Value;

use super::{Engine, NodeId};
use crate::{
    record::{Artifact, Outputs, State},
    task::{Outcome, digest},
};

impl Engine<'_> {
    /// The artifact an importer names. A file of this machine must be there; a URL is handed on as it is.
    pub(super) fn import(&self, id: NodeId, importer: &ImporterSpec) -> Outcome {
        match self.imported(id, importer) {
            Ok(outputs) => Outcome {
                state: State::Succeeded,
                exit: None,
                error: None,
                cpu_s: None,
                outputs,
                notes: Vec::new(),
            },
            Err(error) => Outcome::failed(error),
        }
    }

    fn imported(&self, id: NodeId, importer: &ImporterSpec) -> Result<Outputs, String> {
        let node = &self.nodes[id];
        let uri = match &importer.artifact_uri {
            ValueOrParameter::Constant(value) => Some(value.clone()),
            ValueOrParameter::RuntimeParameter(name) => node.inputs.parameters.get(name).cloned(),
        };
        let uri = uri.ok_or("the importer's URI has no value")?;
        let uri = value::text(&uri);
        let input = ExecutorInput {
            inputs: node.inputs.clone(),
            ..ExecutorInput::default()
        };
        let names = self.names_of(id);
        let placeholders = Placeholders {
            input: &input,
            input_json: "",
            names: &names,
        };
        let metadata = resolved(&Value::Object(importer.metadata.clone()), &placeholders)?;
        let ports = &node.component.output_definitions.artifacts;
        let (name, port) = ports
            .first_key_value()
            .ok_or("the importer has no output")?;
        let mut artifact = RuntimeArtifact {
            name: name.clone(),
            ty: port.artifact_type.clone(),
            uri,
            metadata: metadata.as_object().cloned().unwrap_or_default(),
            custom_path: String::new(),
        };
        let content = match artifact.path().map(std::path::absolute) {
            None => None,
            Some(path) => {
                let path = path.map_err(|error| error.to_string())?;
                artifact.uri = path.to_string_lossy().into_owned();
                let content = match &self.cache {
                    Some(cache) => cache.content(Path::new(&path)),
                    None => digest::of_path(Path::new(&path)),
                };
                let content = content
                    .map_err(|error| format!("could not import `{}`: {error}", path.display()))?;
                Some(content)
            }
        };
        let artifacts = BTreeMap::from([(name.clone(), vec![Artifact { artifact, content }])]);
        Ok(Outputs {
            parameters: BTreeMap::new(),
            artifacts,
        })
    }
}

/// Metadata with placeholders in its texts replaced.
fn resolved(value: &Value, placeholders: &Placeholders<'_>) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => placeholders.text(text)?.into(),
        Value::Array(items) => items
            .iter()
            .map(|item| resolved(item, placeholders))
            .collect::<Result<_, _>>()?,
        Value::Object(map) => {
            let mut new = serde_json::Map::new();
            for (key, item) in map {
                new.insert(placeholders.text(key)?, resolved(item, placeholders)?);
            }
            Value::Object(new)
        }
        other => other.clone(),
    })
}
