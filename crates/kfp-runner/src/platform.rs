//! What stands here for the secrets, config maps and volumes of a cluster.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs, io,
    path::PathBuf,
};

use kfp_pipeline::{ParameterSource, Pipeline, kubernetes::Settings};

/// Values by name and key.
type Values = BTreeMap<String, BTreeMap<String, String>>;

/// What stands here for the secrets, config maps and volumes of a cluster.
#[derive(Clone, Default)]
pub struct ClusterObjects {
    /// Values of secrets, which are recorded nowhere.
    pub secrets: Values,
    /// Values of config maps.
    pub config_maps: Values,
    /// Directories of claims.
    pub volumes: BTreeMap<String, PathBuf>,
    /// Where the directories of all other claims are, which are made when they are needed.
    pub volumes_root: PathBuf,
}

/// Without the values of secrets.
impl fmt::Debug for ClusterObjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClusterObjects")
            .field("secrets", &self.secrets.keys())
            .field("config_maps", &self.config_maps)
            .field("volumes", &self.volumes)
            .field("volumes_root", &self.volumes_root)
            .finish()
    }
}

/// A secret or config map that a pipeline needs and that is missing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// `secret` or `config map`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// The key that has no value; none if it has no values at all and they are to be files.
    pub key: Option<String>,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, name, key } = self;
        match key {
            Some(key) => write!(f, "the {kind} `{name}` has no value for `{key}`"),
            None => write!(f, "the {kind} `{name}` has no values"),
        }
    }
}

impl ClusterObjects {
    /// What can be foretold to be missing: names that only a run knows are not looked at.
    ///
    /// # Errors
    /// If the pipeline's settings are not what kfp-kubernetes writes.
    pub fn missing(&self, pipeline: &Pipeline) -> Result<BTreeSet<Missing>, String> {
        let mut missing = BTreeSet::new();
        for platform in pipeline.platforms.platforms.values() {
            for executor in platform.deployment_spec.executors.values() {
                let settings = Settings::read(executor)?;
                let kinds = [
                    (
                        "secret",
                        &settings.secrets,
                        &settings.secret_files,
                        &self.secrets,
                    ),
                    (
                        "config map",
                        &settings.config_maps,
                        &settings.config_map_files,
                        &self.config_maps,
                    ),
                ];
                for (kind, all, files, given) in kinds {
                    for files in files.iter().filter(|files| !files.is_optional) {
                        let name = match &files.name {
                            ParameterSource::Constant(name) => name.as_str().unwrap_or_default(),
                            _ => continue,
                        };
                        if !given.contains_key(name) {
                            missing.insert(Missing {
                                kind,
                                name: name.to_owned(),
                                key: None,
                            });
                        }
                    }
                    for variables in all.iter().filter(|variables| !variables.is_optional) {
                        let ParameterSource::Constant(name) = &variables.name else {
                            continue;
                        };
                        let name = name.as_str().unwrap_or_default();
                        let values = given.get(name);
                        let keys = variables.keys.iter().map(|(key, _)| key);
                        let absent = keys
                            .filter(|key| values.is_none_or(|values| !values.contains_key(*key)));
                        missing.extend(absent.map(|key| Missing {
                            kind,
                            name: name.to_owned(),
                            key: Some(key.clone()),
                        }));
                    }
                }
            }
        }
        Ok(missing)
    }

    /// The directory of a claim, which is made if it is not there.
    ///
    /// # Errors
    /// If the name is not a claim's, or the directory cannot be made.
    pub(crate) fn volume(&self, claim: &str) -> Result<PathBuf, String> {
        if let Some(directory) = self.volumes.get(claim) {
            return Ok(directory.clone());
        }
        let directory = self.made(claim)?;
        fs::create_dir_all(&directory)
            .map_err(|error| format!("could not make `{}`: {error}", directory.display()))?;
        Ok(directory)
    }

    /// Deletes the volume of a claim, unless it is a directory that was given.
    ///
    /// # Errors
    /// If it cannot be deleted.
    pub(crate) fn delete(&self, claim: &str) -> Result<(), String> {
        if self.volumes.contains_key(claim) {
            return Ok(());
        }
        let directory = self.made(claim)?;
        match fs::remove_dir_all(&directory) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(format!(
                "could not delete `{}`: {error}",
                directory.display()
            )),
            _ => Ok(()),
        }
    }

    /// The directory of a claim that is not given; its name must be one of a cluster.
    fn made(&self, claim: &str) -> Result<PathBuf, String> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        if claim.is_empty() || claim.starts_with('.') || !claim.chars().all(is_plain) {
            return Err(format!("`{claim}` is not the name of a claim"));
        }
        Ok(self.volumes_root.join(claim))
    }
}
