//! What a task answers to KFP 2: an `ExecutorOutput` in proto3 JSON.
//!
//! Only the fields that the oldest KFP 2 knows are written, since an unknown field fails the task.

use serde_json::{Map, Value, json};

use crate::executor_input::ExecutorInput;
use crate::staged::StagedOutput;

/// Every output artifact with its provisioned name and URI, and the metadata that the component recorded for it.
pub(crate) fn output<'a>(
    input: &ExecutorInput,
    outputs: impl Iterator<Item = &'a StagedOutput>,
) -> String {
    let artifacts = outputs.filter_map(|output| {
        let provisioned = input.output_artifact(&output.name)?;
        let mut metadata = provisioned.metadata();
        // The backend fails on a null.
        metadata.retain(|_, value| !value.is_null());
        metadata.extend(output.state().metadata.clone());
        let artifact = json!({
            "name": provisioned.name().unwrap_or_default(),
            "uri": provisioned.uri().unwrap_or_default(),
            "metadata": metadata,
        });
        Some((output.name.clone(), json!({"artifacts": [artifact]})))
    });
    json!({"artifacts": artifacts.collect::<Map<String, Value>>()}).to_string()
}

/// An executor output that KFP refuses to read. Its message then quotes the reason, which is an unknown field.
pub(crate) fn unfinished(component: &str) -> String {
    let reason = format!("{component} did not finish; its log says why");
    json!({reason: true}).to_string()
}
