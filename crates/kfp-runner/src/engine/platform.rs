//! Secrets, config maps and volumes of a task, and tasks that make and delete volumes.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use kfp_pipeline::{
    ParameterSource, TaskParameter,
    kubernetes::{self, FilesMount, Settings, Variables},
    value,
};
use serde_json::Value;

use super::{Engine, NodeId, has_workspace};
use crate::{
    record::{Outputs, State},
    task::{Mounted, Outcome},
};

/// What is added to a task.
#[derive(Debug, Default)]
pub(super) struct Added {
    /// Variables whose values are secret.
    pub(super) secrets: BTreeMap<String, String>,
    /// Variables whose values are not.
    pub(super) environment: BTreeMap<String, String>,
    /// Directories, by the path the program sees them at.
    pub(super) volumes: BTreeMap<String, PathBuf>,
    /// Secrets and config maps as files.
    pub(super) mounted: Vec<Mounted>,
    /// Whether one of the volumes is that of a claim.
    pub(super) has_claim: bool,
}

impl Engine<'_> {
    /// What the platform's settings add to a task, whose attempt has a directory.
    pub(super) fn added(&self, id: NodeId, label: &str, directory: &Path) -> Result<Added, String> {
        let mut added = Added::default();
        if has_workspace(self.pipeline) {
            let path = &self.names.workspace;
            added.volumes.insert(path.clone(), path.into());
        }
        for platform in self.pipeline.platforms.platforms.values() {
            let Some(executor) = platform.deployment_spec.executors.get(label) else {
                continue;
            };
            let settings = Settings::read(executor)?;
            let objects = &self.cluster_objects;
            for variables in &settings.secrets {
                let values = self.values(id, variables, &objects.secrets, "secret")?;
                added.secrets.extend(values);
            }
            for variables in &settings.config_maps {
                let values = self.values(id, variables, &objects.config_maps, "config map")?;
                added.environment.extend(values);
            }
            for files in &settings.secret_files {
                let mounted = self.mounted(id, files, &objects.secrets, "secret")?;
                added.mounted.push(mounted);
            }
            for files in &settings.config_map_files {
                let mounted = self.mounted(id, files, &objects.config_maps, "config map")?;
                added.mounted.push(mounted);
            }
            added.has_claim |= !settings.claims.is_empty();
            for claim in settings.claims {
                let mut volume = objects.volume(&self.name_of(id, &claim.name)?)?;
                // An empty part would end the path in a slash.
                let parts = claim.sub_path.split('/');
                volume.extend(parts.filter(|part| !part.is_empty() && *part != ".."));
                added.volumes.insert(claim.path, volume);
            }
            for empty in settings.empty {
                let volume = directory.join("volumes").join(&empty.volume_name);
                added.volumes.insert(empty.mount_path, volume);
            }
        }
        Ok(added)
    }

    fn values(
        &self,
        id: NodeId,
        variables: &Variables,
        known: &BTreeMap<String, BTreeMap<String, String>>,
        kind: &str,
    ) -> Result<BTreeMap<String, String>, String> {
        let name = self.name_of(id, &variables.name)?;
        let mut values = BTreeMap::new();
        for (key, variable) in &variables.keys {
            match known.get(&name).and_then(|values| values.get(key)) {
                Some(value) => {
                    values.insert(variable.clone(), value.clone());
                }
                None if variables.is_optional => {}
                None => return Err(format!("the {kind} `{name}` has no value for `{key}`")),
            }
        }
        Ok(values)
    }

    fn mounted(
        &self,
        id: NodeId,
        files: &FilesMount,
        known: &BTreeMap<String, BTreeMap<String, String>>,
        kind: &str,
    ) -> Result<Mounted, String> {
        let name = self.name_of(id, &files.name)?;
        let values = match known.get(&name) {
            Some(values) => values.clone(),
            None if files.is_optional => BTreeMap::new(),
            None => return Err(format!("the {kind} `{name}` has no values")),
        };
        Ok(Mounted {
            path: files.path.clone(),
            values,
            is_secret: kind == "secret",
        })
    }

    /// The name of a secret or claim, which may come from a task or an input.
    fn name_of(&self, id: NodeId, source: &ParameterSource) -> Result<String, String> {
        let node = &self.nodes[id];
        let parent = node.parent.unwrap_or_default();
        // An iteration's graph is the one its loop is in.
        let graph = if node.is_iteration {
            self.nodes[parent].parent.unwrap_or_default()
        } else {
            parent
        };
        let task = node.task.ok_or("it is not a task")?;
        let parameter = TaskParameter {
            source: source.clone(),
            selector: None,
        };
        let name = self.value(graph, task, &parameter, &self.names_of(id))?;
        name.map(|name| value::text(&name))
            .filter(|name| !name.is_empty())
            .ok_or_else(|| "the name of a secret or volume has no value".to_owned())
    }

    /// What comes of a task that makes or deletes a volume.
    pub(super) fn claim(&self, id: NodeId, image: &str) -> Option<Outcome> {
        let inputs = &self.nodes[id].inputs.parameters;
        let text = |name: &str| {
            inputs
                .get(name)
                .map(value::text)
                .filter(|text| !text.is_empty())
        };
        let result = match image {
            kubernetes::CREATE_CLAIM => {
                let name = text("pvc_name").unwrap_or_else(|| {
                    let suffix = text("pvc_name_suffix").unwrap_or_default();
                    format!("{}{suffix}", self.names.job_name)
                });
                self.cluster_objects.volume(&name).map(|_| Some(name))
            }
            kubernetes::DELETE_CLAIM => {
                let name = text("pvc_name").unwrap_or_default();
                self.cluster_objects.delete(&name).map(|()| None)
            }
            _ => return None,
        };
        Some(match result {
            Err(error) => Outcome::failed(error),
            Ok(name) => Outcome {
                state: State::Succeeded,
                exit: None,
                error: None,
                cpu_s: None,
                outputs: Outputs {
                    parameters: name
                        .map(|name| ("name".to_owned(), Value::from(name)))
                        .into_iter()
                        .collect(),
                    artifacts: BTreeMap::new(),
                },
                notes: Vec::new(),
            },
        })
    }
}
