//! What makes two tasks equal: program, command line, values and the contents of files, wherever they are.

use std::{collections::BTreeMap, path::PathBuf};

use kfp_pipeline::{
    command::{self, Placeholders},
    value::shortened,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    record::Content,
    report::text::is_secret,
    task::{Attempt, digest},
};

/// The parts of a task's key, kept so that it can be told which of them differs.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Parts {
    /// The digest of the program.
    program: String,
    /// The command line, with stand-ins for the paths of inputs and outputs.
    command: Vec<String>,
    parameters: BTreeMap<String, Value>,
    artifacts: BTreeMap<String, Value>,
    environment: BTreeMap<String, String>,
    /// The pipeline author's own key.
    author: String,
}

impl Parts {
    /// # Errors
    /// If the command line cannot be resolved.
    pub(crate) fn of(
        attempt: &Attempt,
        program: String,
        contents: &BTreeMap<String, Content>,
        author: &str,
    ) -> Result<Self, String> {
        let mut symbolic = attempt.clone();
        symbolic.directory = PathBuf::from("/task");
        let mut artifacts = BTreeMap::new();
        for (name, list) in &mut symbolic.inputs.artifacts {
            let mut all = Vec::new();
            for (index, artifact) in list.artifacts.iter_mut().enumerate() {
                let content = match contents.get(&artifact.uri) {
                    Some(content) => content.sha256.clone(),
                    None if artifact.path().is_some() => "none".to_owned(),
                    None => artifact.uri.clone(),
                };
                all.push(json!({
                    "name": artifact.name,
                    "type": artifact.ty,
                    "metadata": artifact.metadata,
                    "content": content,
                }));
                if artifact.path().is_some() {
                    artifact.uri = format!("/inputs/{name}/{index}");
                    artifact.custom_path.clear();
                }
            }
            artifacts.insert(name.clone(), Value::Array(all));
        }
        let input = symbolic.executor_input();
        let input_json = serde_json::to_string(&input).map_err(|error| error.to_string())?;
        let placeholders = Placeholders {
            input: &input,
            input_json: &input_json,
            names: &attempt.names,
        };
        let command = command::command_line(&attempt.container, &placeholders)?;
        // Of secrets the names alone: their values are kept nowhere.
        let secrets = attempt.environment.keys();
        let mut environment: BTreeMap<String, String> = secrets
            .map(|name| (name.clone(), "secret".to_owned()))
            .collect();
        for variable in &attempt.container.env {
            environment.insert(variable.name.clone(), placeholders.text(&variable.value)?);
        }
        for mounted in &attempt.mounted {
            let shown = |value: &String| {
                if mounted.is_secret {
                    "secret".to_owned()
                } else {
                    value.clone()
                }
            };
            let files = mounted.values.iter();
            environment.extend(
                files.map(|(key, value)| (format!("{}/{key}", mounted.path), shown(value))),
            );
        }
        Ok(Self {
            program,
            command,
            parameters: attempt.inputs.parameters.clone(),
            artifacts,
            environment,
            author: author.to_owned(),
        })
    }

    /// The key itself.
    pub(crate) fn key(&self) -> String {
        // Maps are sorted, so equal parts are equal texts.
        let text = serde_json::to_vec(self).unwrap_or_default();
        digest::of_bytes(text)
    }

    /// The first difference from an earlier task, for people.
    pub(crate) fn difference(&self, earlier: &Self) -> String {
        if self.program != earlier.program {
            return "its program changed".to_owned();
        }
        for (name, value) in &self.parameters {
            match earlier.parameters.get(name) {
                Some(was) if was == value => {}
                Some(_) if is_secret(name) => return format!("`{name}` changed"),
                Some(was) => {
                    return format!("`{name}` was {} and is {}", shown(was), shown(value));
                }
                None if is_secret(name) => return format!("`{name}` was not given"),
                None => return format!("`{name}` is {} and was not given", shown(value)),
            }
        }
        let gone = |name: &&String| !self.parameters.contains_key(*name);
        if let Some(name) = earlier.parameters.keys().find(gone) {
            return format!("`{name}` is no longer given");
        }
        let names = self.artifacts.keys().chain(earlier.artifacts.keys());
        for name in names {
            if self.artifacts.get(name) != earlier.artifacts.get(name) {
                return format!("the content of its input `{name}` changed");
            }
        }
        if self.environment != earlier.environment {
            return "its environment changed".to_owned();
        }
        if self.author != earlier.author {
            return "the cache key in the pipeline changed".to_owned();
        }
        if self.command != earlier.command {
            return "its command line changed".to_owned();
        }
        "its outputs are no longer kept".to_owned()
    }
}

fn shown(value: &Value) -> String {
    shortened(&value.to_string(), 40)
}
