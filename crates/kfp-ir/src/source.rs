//! Where the inputs of a task come from.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ValueOrParameter, is_default};

/// A task's input parameter.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct TaskParameter {
    /// Where it comes from.
    pub source: ParameterSource,
    /// A CEL expression that takes a part of the value.
    pub selector: Option<String>,
}

/// Where a task's input parameter comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum ParameterSource {
    /// Written in the pipeline.
    Constant(Value),
    /// The output of another task in the graph.
    TaskOutput {
        /// The task.
        producer_task: String,
        /// Its output.
        output_parameter_key: String,
    },
    /// An input of the graph.
    ComponentInput(String),
    /// How another task ended.
    FinalStatus {
        /// The task.
        producer_task: String,
    },
}

/// The message, of whose first four fields one is there.
#[derive(Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct Fields {
    #[serde(skip_serializing_if = "is_default")]
    runtime_value: Option<ValueOrParameter>,
    #[serde(skip_serializing_if = "is_default")]
    task_output_parameter: Option<TaskOutputParameter>,
    #[serde(skip_serializing_if = "is_default")]
    component_input_parameter: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    task_final_status: Option<FinalStatus>,
    #[serde(skip_serializing_if = "is_default")]
    parameter_expression_selector: String,
}

#[derive(Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TaskOutputParameter {
    producer_task: String,
    output_parameter_key: String,
}

#[derive(Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FinalStatus {
    producer_task: String,
}

impl TryFrom<Fields> for TaskParameter {
    type Error = &'static str;

    fn try_from(fields: Fields) -> Result<Self, Self::Error> {
        const SEVERAL: &str = "an input parameter needs exactly one of `runtimeValue`, `taskOutputParameter`, \
            `componentInputParameter` and `taskFinalStatus`";
        let constant = match fields.runtime_value {
            None => None,
            Some(ValueOrParameter::Constant(value)) => Some(ParameterSource::Constant(value)),
            Some(ValueOrParameter::RuntimeParameter(_)) => {
                return Err("`runtimeValue.runtimeParameter` is not implemented by KFP's backend");
            }
        };
        let output = fields
            .task_output_parameter
            .map(|output| ParameterSource::TaskOutput {
                producer_task: output.producer_task,
                output_parameter_key: output.output_parameter_key,
            });
        let input = fields
            .component_input_parameter
            .map(ParameterSource::ComponentInput);
        let status = fields
            .task_final_status
            .map(|status| ParameterSource::FinalStatus {
                producer_task: status.producer_task,
            });
        let mut sources = [constant, output, input, status].into_iter().flatten();
        let (Some(source), None) = (sources.next(), sources.next()) else {
            return Err(SEVERAL);
        };
        let selector = fields.parameter_expression_selector;
        Ok(Self {
            source,
            selector: (!selector.is_empty()).then_some(selector),
        })
    }
}

impl From<TaskParameter> for Fields {
    fn from(parameter: TaskParameter) -> Self {
        let mut fields = Self {
            parameter_expression_selector: parameter.selector.unwrap_or_default(),
            ..Self::default()
        };
        match parameter.source {
            ParameterSource::Constant(value) => {
                fields.runtime_value = Some(ValueOrParameter::Constant(value));
            }
            ParameterSource::TaskOutput {
                producer_task,
                output_parameter_key,
            } => {
                fields.task_output_parameter = Some(TaskOutputParameter {
                    producer_task,
                    output_parameter_key,
                });
            }
            ParameterSource::ComponentInput(name) => fields.component_input_parameter = Some(name),
            ParameterSource::FinalStatus { producer_task } => {
                fields.task_final_status = Some(FinalStatus { producer_task });
            }
        }
        fields
    }
}

/// Where a task's input artifact comes from.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum TaskArtifact {
    /// The output of another task in the graph.
    #[serde(rename_all = "camelCase")]
    TaskOutputArtifact {
        /// The task.
        producer_task: String,
        /// Its output.
        output_artifact_key: String,
    },
    /// An input of the graph.
    ComponentInputArtifact(String),
}
