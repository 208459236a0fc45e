//! Where the inputs of a task come from.

use serde::Deserialize;
use serde_json::Value;

use super::ValueOrParameter;

/// A task's input parameter.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "RawTaskParameter")]
pub struct TaskParameter {
    /// Where it comes from.
    pub source: ParameterSource,
    /// A CEL expression that takes a part of the value.
    pub selector: Option<String>,
}

/// Where a task's input parameter comes from.
#[derive(Clone, Debug)]
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawTaskParameter {
    runtime_value: Option<ValueOrParameter>,
    task_output_parameter: Option<RawTaskOutputParameter>,
    component_input_parameter: Option<String>,
    task_final_status: Option<RawFinalStatus>,
    #[serde(default)]
    parameter_expression_selector: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawTaskOutputParameter {
    producer_task: String,
    output_parameter_key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawFinalStatus {
    producer_task: String,
}

impl TryFrom<RawTaskParameter> for TaskParameter {
    type Error = &'static str;

    fn try_from(raw: RawTaskParameter) -> Result<Self, Self::Error> {
        const SEVERAL: &str = "an input parameter needs exactly one of `runtimeValue`, `taskOutputParameter`, \
            `componentInputParameter` and `taskFinalStatus`";
        let constant = match raw.runtime_value {
            None => None,
            Some(ValueOrParameter::Constant(value)) => Some(ParameterSource::Constant(value)),
            Some(ValueOrParameter::RuntimeParameter(_)) => {
                return Err("`runtimeValue.runtimeParameter` is not implemented by KFP's backend");
            }
        };
        let output = raw
            .task_output_parameter
            .map(|output| ParameterSource::TaskOutput {
                producer_task: output.producer_task,
                output_parameter_key: output.output_parameter_key,
            });
        let input = raw
            .component_input_parameter
            .map(ParameterSource::ComponentInput);
        let status = raw
            .task_final_status
            .map(|status| ParameterSource::FinalStatus {
                producer_task: status.producer_task,
            });
        let mut sources = [constant, output, input, status].into_iter().flatten();
        let (Some(source), None) = (sources.next(), sources.next()) else {
            return Err(SEVERAL);
        };
        let selector = raw.parameter_expression_selector;
        Ok(Self {
            source,
            selector: (!selector.is_empty()).then_some(selector),
        })
    }
}

/// Where a task's input artifact comes from.
#[derive(Clone, Debug, Deserialize)]
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
