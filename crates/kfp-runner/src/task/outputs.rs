//! What a component left behind, read as KFP's launcher does.

use std::{collections::BTreeMap, fs, io, path::Path};

use kfp_pipeline::{
    OutputDefinitions,
    executor::{ExecutorInput, ExecutorOutput, RuntimeArtifact},
    value,
};
use serde_json::Value;

use super::digest;
use crate::record::{Artifact, Outputs};

/// The outputs, and what is odd about them.
type Collected = (Outputs, Vec<String>);

/// Reads the executor output and the files of output parameters, and looks at the artifacts.
///
/// # Errors
/// If an output parameter is missing or not of its type, or the executor output is not what KFP takes.
pub(super) fn collect(
    input: &ExecutorInput,
    declared: &OutputDefinitions,
) -> Result<Collected, String> {
    let answer = answer(Path::new(&input.outputs.output_file))?;
    let mut notes = Vec::new();
    let parameters = parameters(input, declared, &answer, &mut notes)?;
    let mut artifacts = BTreeMap::new();
    for (name, list) in &input.outputs.artifacts {
        let answered = answer
            .artifacts
            .get(name)
            .and_then(|list| list.artifacts.first());
        let mut all = Vec::new();
        for given in &list.artifacts {
            all.push(artifact(name, given, answered, &mut notes)?);
        }
        artifacts.insert(name.clone(), all);
    }
    for name in answer.artifacts.keys() {
        if !declared.artifacts.contains_key(name) {
            notes.push(format!(
                "it answered with the artifact `{name}`, which it does not declare"
            ));
        }
    }
    let outputs = Outputs {
        parameters,
        artifacts,
    };
    Ok((outputs, notes))
}

fn answer(path: &Path) -> Result<ExecutorOutput, String> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(ExecutorOutput::default());
        }
        Err(error) => return Err(format!("could not read its executor output: {error}")),
    };
    serde_json::from_str(&text).map_err(|error| {
        let path = path.display();
        match infinite(&text, &error) {
            Some(word) => format!(
                "its executor output `{path}` has `{word}`, which is not a number in JSON, and KFP refuses it: \
                 log finite numbers only"
            ),
            None => format!("its executor output `{path}` is not what KFP takes: {error}"),
        }
    })
}

/// What Python writes for numbers that JSON does not have, if that is where the reader stopped.
fn infinite(text: &str, error: &serde_json::Error) -> Option<&'static str> {
    let line = text.lines().nth(error.line().checked_sub(1)?)?;
    let rest = line.get(error.column().checked_sub(1)?..)?;
    ["Infinity", "NaN"]
        .into_iter()
        .find(|word| rest.starts_with(word))
}

fn parameters(
    input: &ExecutorInput,
    declared: &OutputDefinitions,
    answer: &ExecutorOutput,
    notes: &mut Vec<String>,
) -> Result<BTreeMap<String, Value>, String> {
    let mut parameters = BTreeMap::new();
    for (name, port) in &declared.parameters {
        let ty = port.parameter_type;
        let value = if let Some(value) = answer.parameters.get(name) {
            if !ty.admits(value) {
                return Err(format!(
                    "the output `{name}` is a {}, and the component wrote a {}",
                    ty.name(),
                    value::kind(value)
                ));
            }
            value::normalized(value.clone())
        } else {
            let path = &input.outputs.parameters[name].output_file;
            let text = fs::read_to_string(path).map_err(|error| {
                format!("could not read the output parameter `{name}` at `{path}`: {error}")
            })?;
            ty.parse_output(&text)
                .map_err(|wrong| format!("the output `{name}`: {wrong}"))?
        };
        parameters.insert(name.clone(), value);
    }
    for name in answer.parameters.keys() {
        if !declared.parameters.contains_key(name) {
            notes.push(format!(
                "it answered with the parameter `{name}`, which it does not declare"
            ));
        }
    }
    Ok(parameters)
}

/// The artifact as planned, with what the component answered: another URI if it gives one, metadata merged.
fn artifact(
    name: &str,
    given: &RuntimeArtifact,
    answered: Option<&RuntimeArtifact>,
    notes: &mut Vec<String>,
) -> Result<Artifact, String> {
    let mut artifact = given.clone();
    if let Some(answered) = answered {
        if !answered.uri.is_empty() {
            artifact.uri.clone_from(&answered.uri);
        }
        artifact.custom_path.clone_from(&answered.custom_path);
        for (key, value) in &answered.metadata {
            if value.is_null() {
                return Err(format!(
                    "the metadata `{key}` of the output `{name}` is null, which KFP cannot keep"
                ));
            }
            let value = value::normalized(value.clone());
            artifact.metadata.insert(key.clone(), value);
        }
    }
    let content = match artifact.path() {
        None => None,
        Some(path) => match digest::of_path(Path::new(path)) {
            Ok(content) => Some(content),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if artifact.metadata.is_empty() {
                    notes.push(format!("it wrote nothing to the output artifact `{name}`"));
                }
                None
            }
            Err(error) => return Err(format!("could not read the output `{name}`: {error}")),
        },
    };
    Ok(Artifact { artifact, content })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What is made of a component that leaves the given files behind.
    fn left(files: &[(&str, &str)]) -> Result<Collected, String> {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name).to_string_lossy().into_owned();
        for (name, text) in files {
            fs::write(path(name), text).unwrap();
        }
        let input = json!({
            "inputs": {},
            "outputs": {
                "parameters": {"n": {"outputFile": path("n")}},
                "artifacts": {"model": {"artifacts": [{"name": "model", "uri": path("model"), "metadata": {"a": 1}}]}},
                "outputFile": path("answer"),
            },
        });
        let declared = json!({
            "parameters": {"n": {"parameterType": "NUMBER_INTEGER"}},
            "artifacts": {"model": {"artifactType": {"schemaTitle": "system.Model", "schemaVersion": "0.0.1"}}},
        });
        collect(
            &serde_json::from_value(input).unwrap(),
            &serde_json::from_value(declared).unwrap(),
        )
    }

    #[test]
    fn the_answer_wins_over_the_file_and_metadata_is_merged() {
        let answer = r#"{"parameterValues": {"n": 7.0}, "artifacts": {"model": {"artifacts": [{"metadata": {"b": 2.0}}]}}}"#;
        let (outputs, notes) = left(&[("n", "3"), ("model", "x"), ("answer", answer)]).unwrap();
        assert_eq!(outputs.parameters["n"], json!(7));
        let model = &outputs.artifacts["model"][0];
        assert_eq!(
            Value::Object(model.artifact.metadata.clone()),
            json!({"a": 1, "b": 2})
        );
        assert_eq!(model.content.as_ref().unwrap().bytes, 1);
        assert!(notes.is_empty());
    }

    #[test]
    fn what_kfp_would_not_take_fails_the_task() {
        for (files, wanted) in [
            (&[][..], "could not read the output parameter `n`"),
            (&[("n", "NaN")], "\"NaN\" is not a NUMBER_INTEGER"),
            (&[("n", "[1]")], "\"[1]\" is not a NUMBER_INTEGER"),
            (
                &[("answer", r#"{"parameterValues": {"n": [1]}}"#)],
                "the component wrote a list",
            ),
            (&[("n", "1"), ("answer", "")], "not what KFP takes"),
            (
                &[
                    ("n", "1"),
                    (
                        "answer",
                        r#"{"artifacts": {"model": {"artifacts": [{"metadata": {"ü": -Infinity}}]}}}"#,
                    ),
                ],
                "has `Infinity`, which is not a number in JSON",
            ),
            (
                &[("n", "1"), ("answer", r#"{"parameterValues": {"n": NaN}}"#)],
                "has `NaN`",
            ),
            (
                &[("n", "1"), ("answer", r#"{"outputs": {}}"#)],
                "unknown field `outputs`",
            ),
            (
                &[
                    ("n", "1"),
                    (
                        "answer",
                        r#"{"artifacts": {"model": {"artifacts": [{"metadata": {"x": null}}]}}}"#,
                    ),
                ],
                "is null",
            ),
        ] {
            let error = left(files).unwrap_err();
            assert!(error.contains(wanted), "{files:?}: {error}");
        }
    }
}
