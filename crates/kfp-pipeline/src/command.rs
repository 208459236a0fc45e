//! The command line of a task: placeholders replaced as KFP's driver and launcher do.

use serde_json::Value;

use crate::{
    ContainerSpec,
    executor::ExecutorInput,
    placeholder::{Argument, Placeholder, pieces},
    value,
};

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
        key(text)
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
        placeholders.argument(&Argument::parse(element)?, &mut line)?;
    }
    Ok(line)
}

impl Placeholders<'_> {
    fn argument(&self, argument: &Argument, line: &mut Vec<String>) -> Result<(), String> {
        match argument {
            Argument::Text(text) => line.push(self.text(text)?),
            Argument::List(items) => {
                for item in items {
                    self.argument(item, line)?;
                }
            }
            Argument::Concat(parts) => {
                let mut words = Vec::new();
                for part in parts {
                    self.argument(part, &mut words)?;
                }
                line.push(words.concat());
            }
            Argument::IfPresent {
                input_name,
                then,
                otherwise,
            } => {
                let branch = if self.input.inputs.has(input_name) {
                    Some(then)
                } else {
                    otherwise.as_ref()
                };
                if let Some(branch) = branch {
                    self.argument(branch, line)?;
                }
            }
        }
        Ok(())
    }

    /// A text with every placeholder in it replaced; unknown ones stay.
    ///
    /// # Errors
    /// If a placeholder stands for a value that is not there.
    pub fn text(&self, template: &str) -> Result<String, String> {
        pieces(template).map(|piece| self.piece(piece)).collect()
    }

    fn piece(&self, piece: &str) -> Result<String, String> {
        let (inputs, outputs) = (&self.input.inputs, &self.input.outputs);
        let absent = |what: &str, name: &str| {
            format!(
                "a placeholder of the command line needs the {what} `{name}`, which has no value"
            )
        };
        let artifact = |name: &str| {
            let list = inputs.artifacts.get(name);
            list.and_then(|list| list.artifacts.first())
                .ok_or_else(|| absent("input artifact", name))
        };
        let output = |name: &str| outputs.artifacts.get(name)?.artifacts.first();
        let value = match Placeholder::parse(piece) {
            Some(Placeholder::ExecutorInput) => Some(self.input_json.to_owned()),
            Some(Placeholder::InputParameter(name)) => {
                let value = inputs.parameters.get(name);
                Some(value::text(value.ok_or_else(|| absent("input", name))?))
            }
            Some(Placeholder::InputPath(name)) => {
                let artifact = artifact(name)?;
                let path = artifact.path().ok_or_else(|| {
                    format!(
                        "the input artifact `{name}` is at `{}`, which cannot be fetched here",
                        artifact.uri
                    )
                })?;
                Some(path.to_owned())
            }
            Some(Placeholder::InputUri(name)) => Some(artifact(name)?.uri.clone()),
            Some(Placeholder::InputMetadata(name, key)) => {
                let value = artifact(name)?.metadata.get(key);
                Some(value.map_or(String::new(), value::text))
            }
            Some(Placeholder::OutputFile(name)) => {
                let file = outputs.parameters.get(name);
                file.map(|file| file.output_file.clone())
            }
            Some(Placeholder::OutputPath(name)) => {
                output(name).and_then(|artifact| artifact.path().map(str::to_owned))
            }
            Some(Placeholder::OutputUri(name)) => output(name).map(|artifact| artifact.uri.clone()),
            None => match key(piece) {
                Some("outputs.output_file" | "outputMetadataUri") => {
                    Some(outputs.output_file.clone())
                }
                key => key.and_then(|key| self.names.get(key)).map(str::to_owned),
            },
        };
        Ok(value.unwrap_or_else(|| piece.to_owned()))
    }
}

/// `name` of `{{$.name}}`.
fn key(text: &str) -> Option<&str> {
    text.strip_prefix("{{$.")?.strip_suffix("}}")
}
