//! The command line of a task: placeholders replaced as KFP's driver and launcher do.

use serde_json::Value;

use crate::{ContainerSpec, executor::ExecutorInput, value};

/// The longest argument of a process in bytes: `MAX_ARG_STRLEN` of Linux, 32 pages of 4 KiB, less the final NUL.
pub const MAX_ARGUMENT_BYTES: usize = 32 * 4096 - 1;

/// What placeholders stand for.
#[derive(Clone, Copy, Debug)]
pub struct Placeholders<'a> {
    /// What the component is told.
    pub input: &'a ExecutorInput,
    /// The text `{{$}}` becomes; the executor input as JSON.
    pub input_json: &'a str,
    /// The run and the task.
    pub names: &'a Names,
}

/// The texts a pipeline can refer to with `dsl.PIPELINE_JOB_NAME_PLACEHOLDER` and its siblings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// `{{$.pipeline_job_name}}`: the run's title.
    pub job_name: String,
    /// `{{$.pipeline_job_resource_name}}`: the run's name.
    pub job_resource_name: String,
    /// `{{$.pipeline_job_uuid}}`
    pub job_uuid: String,
    /// `{{$.pipeline_task_name}}`
    pub task_name: String,
    /// `{{$.pipeline_task_uuid}}`
    pub task_uuid: String,
    /// `{{$.pipeline_job_create_time_utc}}`
    pub create_time: String,
    /// `{{$.pipeline_root}}`
    pub pipeline_root: String,
    /// `{{$.workspace_path}}`
    pub workspace: String,
}

impl Names {
    fn get(&self, key: &str) -> Option<&str> {
        Some(match key {
            "pipeline_job_name" => &self.job_name,
            "pipeline_job_resource_name" => &self.job_resource_name,
            "pipeline_job_uuid" => &self.job_uuid,
            "pipeline_task_name" => &self.task_name,
            "pipeline_task_uuid" => &self.task_uuid,
            "pipeline_job_create_time_utc" | "pipeline_job_schedule_time_utc" => &self.create_time,
            "pipeline_root" => &self.pipeline_root,
            "workspace_path" => &self.workspace,
            _ => return None,
        })
    }

    /// A constant written in a pipeline, as the backend's driver resolves it: a placeholder is replaced only if it is
    /// the whole text, `{{$.workspace_path}}` alone anywhere in it; within lists and objects nothing is.
    pub fn constant(&self, constant: &Value) -> Value {
        const WORKSPACE: &str = "{{$.workspace_path}}";
        let Value::String(text) = constant else {
            return constant.clone();
        };
        if text.contains(WORKSPACE) {
            return text.replace(WORKSPACE, &self.workspace).into();
        }
        text.strip_prefix("{{$.")
            .and_then(|rest| rest.strip_suffix("}}"))
            .filter(|key| !matches!(*key, "pipeline_root" | "workspace_path"))
            .and_then(|key| self.get(key))
            .map_or_else(|| constant.clone(), Value::from)
    }
}

/// The program and its arguments.
///
/// # Errors
/// If a placeholder stands for a value that is not there, or a structural one (`IfPresent`, `Concat`) is malformed.
pub fn command_line(
    container: &ContainerSpec,
    placeholders: &Placeholders<'_>,
) -> Result<Vec<String>, String> {
    let mut line = Vec::new();
    for element in container.command.iter().chain(&container.args) {
        placeholders.element(element, &mut line)?;
    }
    Ok(line)
}

impl Placeholders<'_> {
    fn element(&self, element: &str, line: &mut Vec<String>) -> Result<(), String> {
        if is_structural(element) {
            let value = serde_json::from_str(element)
                .map_err(|error| format!("the argument `{element}` is not JSON: {error}"))?;
            return self.structural(&value, line);
        }
        line.push(self.text(element)?);
        Ok(())
    }

    /// Arguments of an `IfPresent` or `Concat`, or of a text within one.
    fn structural(&self, value: &Value, line: &mut Vec<String>) -> Result<(), String> {
        match value {
            Value::String(text) => line.push(self.text(text)?),
            Value::Array(items) => {
                for item in items {
                    self.structural(item, line)?;
                }
            }
            Value::Object(map) => {
                if let Some(condition) = map.get("IfPresent") {
                    let name = condition["InputName"].as_str().unwrap_or_default();
                    let branch = if self.input.inputs.has(name) {
                        "Then"
                    } else {
                        "Else"
                    };
                    if let Some(branch) = condition.get(branch) {
                        self.structural(branch, line)?;
                    }
                } else if let Some(parts) = map.get("Concat") {
                    let mut words = Vec::new();
                    self.structural(parts, &mut words)?;
                    line.push(words.concat());
                } else {
                    return Err(format!("`{value}` is neither `IfPresent` nor `Concat`"));
                }
            }
            other => return Err(format!("`{other}` is not an argument")),
        }
        Ok(())
    }

    /// A text with every placeholder in it replaced; unknown ones stay.
    ///
    /// # Errors
    /// If a placeholder stands for a value that is not there.
    pub fn text(&self, template: &str) -> Result<String, String> {
        let mut text = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("{{$") {
            text.push_str(before);
            let Some((inner, behind)) = after.split_once("}}") else {
                text.push_str("{{$");
                rest = after;
                continue;
            };
            let value = self.placeholder(inner)?;
            text.push_str(&value.unwrap_or_else(|| format!("{{{{${inner}}}}}")));
            rest = behind;
        }
        text.push_str(rest);
        Ok(text)
    }

    fn placeholder(&self, inner: &str) -> Result<Option<String>, String> {
        if inner.is_empty() {
            return Ok(Some(self.input_json.to_owned()));
        }
        let Some(inner) = inner.strip_prefix('.') else {
            return Ok(None);
        };
        let outputs = &self.input.outputs;
        let inputs = &self.input.inputs;
        let absent = |what: &str, name: &str| {
            format!(
                "a placeholder of the command line needs the {what} `{name}`, which has no value"
            )
        };
        if let Some((name, "")) = indexed(inner, "inputs.parameters[") {
            return match inputs.parameters.get(name) {
                Some(value) => Ok(Some(value::text(value))),
                None => Err(absent("input", name)),
            };
        }
        if let Some((name, property)) = indexed(inner, "inputs.artifacts[") {
            let list = inputs.artifacts.get(name);
            let artifact = list.and_then(|list| list.artifacts.first());
            let artifact = artifact.ok_or_else(|| absent("input artifact", name))?;
            return match property {
                ".path" => artifact
                    .path()
                    .map(|path| Some(path.to_owned()))
                    .ok_or_else(|| {
                        format!(
                            "the input artifact `{name}` is at `{}`, which cannot be fetched here",
                            artifact.uri
                        )
                    }),
                ".uri" => Ok(Some(artifact.uri.clone())),
                property => Ok(indexed(property, ".metadata[")
                    .filter(|(_, rest)| rest.is_empty())
                    .map(|(key, _)| {
                        artifact
                            .metadata
                            .get(key)
                            .map_or(String::new(), value::text)
                    })),
            };
        }
        if let Some((name, ".output_file")) = indexed(inner, "outputs.parameters[") {
            return Ok(outputs
                .parameters
                .get(name)
                .map(|file| file.output_file.clone()));
        }
        if let Some((name, property)) = indexed(inner, "outputs.artifacts[") {
            let artifact = outputs
                .artifacts
                .get(name)
                .and_then(|list| list.artifacts.first());
            return Ok(match property {
                ".path" => artifact.and_then(|artifact| artifact.path().map(str::to_owned)),
                ".uri" => artifact.map(|artifact| artifact.uri.clone()),
                _ => None,
            });
        }
        if matches!(inner, "outputs.output_file" | "outputMetadataUri") {
            return Ok(Some(outputs.output_file.clone()));
        }
        Ok(self.names.get(inner).map(str::to_owned))
    }
}

/// `prefix'name']rest` as name and rest.
fn indexed<'a>(text: &'a str, prefix: &str) -> Option<(&'a str, &'a str)> {
    let quoted = text.strip_prefix(prefix)?;
    let quote = quoted.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let (name, rest) = quoted[1..].split_once(quote)?;
    Some((name, rest.strip_prefix(']')?))
}

/// How KFP's backend tells arguments that are JSON.
fn is_structural(element: &str) -> bool {
    element.starts_with("{\"IfPresent\":") || element.starts_with("{\"Concat\":")
}
