//! What KFP 2 tells a task about its inputs and outputs: the value of `{{$}}`, an `ExecutorInput` in proto3 JSON.
//!
//! Unknown fields are ignored, so that a later KFP may add some.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::parameter;
use crate::placeholder::{Reference, Resolver};
use crate::provisioned::Provisioned;
use crate::recovery;

/// The value of `{{$}}`.
#[derive(Debug)]
pub(crate) struct ExecutorInput {
    value: Value,
    /// What is wrong with the text, if KFP damaged it. The value then lacks the parameters.
    pub(crate) damage: Option<String>,
}

impl ExecutorInput {
    /// Reads the text of `--executor-input`. KFP 1 passes the placeholder itself, which is `None`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.trim() == "{{$}}" {
            return None;
        }
        let error = match serde_json::from_str(text) {
            Ok(mut value @ Value::Object(_)) => {
                let damage = recovery::remove_damaged(text, &mut value);
                return Some(Self { value, damage });
            }
            Ok(_) => "other JSON".to_owned(),
            Err(error) => error.to_string(),
        };
        let (value, damage) = recovery::recover(text, &error);
        Some(Self {
            value,
            damage: Some(damage),
        })
    }

    /// The JSON in a flag, which KFP damages in the same way.
    pub(crate) fn document(&self, text: &str) -> Value {
        let values = self
            .value
            .get("inputs")
            .and_then(|it| it.get("parameterValues"));
        let channels = values
            .and_then(Value::as_object)
            .filter(|_| self.damage.is_some());
        channels
            .and_then(|channels| recovery::document(text, channels))
            .unwrap_or_else(|| parameter::document(text))
    }

    /// The value with each placeholder replaced by what it stands for, and the first placeholder that stands for nothing.
    pub(crate) fn resolve(&self, value: Value) -> (Value, Option<String>) {
        let mut resolver = Resolver::new(|reference| self.find(reference));
        let value = resolver.resolve(value);
        (value, resolver.unresolved)
    }

    fn find(
        &self,
        Reference {
            side,
            kind,
            name,
            field,
        }: Reference<'_>,
    ) -> Option<Value> {
        let artifact = || self.artifact(side, name);
        match (side, kind, field) {
            ("inputs", "parameters", "") => self.parameter(name).cloned(),
            ("outputs", "parameters", "output_file") => path_text(&self.output_parameter(name)?),
            (_, "artifacts", "uri") => Some(artifact()?.uri()?.into()),
            (_, "artifacts", "path") => path_text(&artifact()?.path()?),
            _ => None,
        }
    }

    /// A parameter's value. `kfp.local` writes null for one that was left out, and clusters nothing.
    pub(crate) fn parameter(&self, name: &str) -> Option<&Value> {
        self.value.get("inputs")?.get("parameterValues")?.get(name)
    }

    /// An input artifact: the first of its list. (Only a list of artifacts has several.)
    pub(crate) fn input_artifact(&self, name: &str) -> Option<Provisioned<'_>> {
        self.artifact("inputs", name)
    }

    /// An input that is a list of artifacts, in the order of the loop that made them. An empty one is not there: proto3
    /// leaves it out.
    pub(crate) fn input_artifacts(&self, name: &str) -> impl Iterator<Item = Provisioned<'_>> {
        let list = self.list("inputs", name).and_then(Value::as_array);
        list.into_iter().flatten().map(Provisioned::new)
    }

    /// An output artifact: the first of its list.
    pub(crate) fn output_artifact(&self, name: &str) -> Option<Provisioned<'_>> {
        self.artifact("outputs", name)
    }

    /// Where an output parameter goes.
    pub(crate) fn output_parameter(&self, name: &str) -> Option<PathBuf> {
        let parameter = self.value.get("outputs")?.get("parameters")?.get(name)?;
        Some(parameter.get("outputFile")?.as_str()?.into())
    }

    /// Where the executor output goes.
    pub(crate) fn output_file(&self) -> Option<&Path> {
        let path = self.value.get("outputs")?.get("outputFile")?.as_str()?;
        (!path.is_empty()).then(|| Path::new(path))
    }

    /// Where any of the task's outputs is stored.
    pub(crate) fn output_uri(&self) -> Option<&str> {
        let artifacts = self.value.get("outputs")?.get("artifacts")?.as_object()?;
        let mut names = artifacts.keys();
        names.find_map(|name| self.output_artifact(name)?.uri())
    }

    /// Whether `kfp.local` started the program, which is known by the name of the file and by URIs that are paths.
    pub(crate) fn is_local(&self) -> bool {
        let file = self.output_file().and_then(Path::file_name);
        let sides = ["inputs", "outputs"]
            .into_iter()
            .filter_map(|side| self.value.get(side)?.get("artifacts")?.as_object());
        let mut artifacts = sides
            .flat_map(Map::values)
            .filter_map(|list| list.get("artifacts")?.as_array())
            .flatten();
        file.is_some_and(|name| name != "output_metadata.json")
            && artifacts
                .all(|artifact| !artifact["uri"].as_str().unwrap_or_default().contains("://"))
    }

    fn artifact(&self, side: &str, name: &str) -> Option<Provisioned<'_>> {
        self.list(side, name)?.get(0).map(Provisioned::new)
    }

    fn list(&self, side: &str, name: &str) -> Option<&Value> {
        let artifacts = self.value.get(side)?.get("artifacts")?;
        artifacts.get(name)?.get("artifacts")
    }
}

fn path_text(path: &Path) -> Option<Value> {
    Some(path.to_str()?.into())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::ExecutorInput;

    #[test]
    fn absent_maps_are_no_inputs() {
        let input =
            ExecutorInput::parse(r#"{"inputs": {}, "outputs": {"outputFile": "/o"}}"#).unwrap();
        assert!(input.parameter("x").is_none());
        assert!(input.input_artifact("x").is_none());
        assert!(input.output_artifact("x").is_none());
        assert!(input.output_parameter("x").is_none());
        assert_eq!(input.output_file(), Some(Path::new("/o")));
        assert_eq!(input.damage, None);
    }

    #[test]
    fn only_the_placeholder_itself_means_kfp_1() {
        assert!(ExecutorInput::parse("{{$}}").is_none());
        for text in ["", "{{$.x}}", "{", "[]", "null"] {
            assert!(
                ExecutorInput::parse(text).unwrap().damage.is_some(),
                "{text}"
            );
        }
    }

    #[test]
    fn everything_in_it_can_be_referred_to() {
        let input = json!({
            "inputs": {
                "parameterValues": {"n": 3},
                "artifacts": {"t": {"artifacts": [{"uri": "s3://b/t"}]}},
            },
            "outputs": {
                "parameters": {"p": {"outputFile": "/tmp/p"}},
                "artifacts": {"m": {"artifacts": [{"uri": "gs://b/m", "customPath": "/mnt/m"}]}},
            },
        });
        let input = ExecutorInput::parse(&input.to_string()).unwrap();
        let cases = [
            ("inputs.parameters['n']", "3"),
            ("inputs.artifacts['t'].uri", "s3://b/t"),
            ("inputs.artifacts['t'].path", "/s3/b/t"),
            ("outputs.artifacts['m'].uri", "gs://b/m"),
            ("outputs.artifacts['m'].path", "/mnt/m"),
            ("outputs.parameters['p'].output_file", "/tmp/p"),
        ];
        for (reference, wanted) in cases {
            let placeholder = format!("<{{{{$.{reference}}}}}>");
            let wanted = format!("<{wanted}>");
            assert_eq!(input.resolve(placeholder.into()), (wanted.into(), None));
        }
        let (_, unresolved) = input.resolve("{{$.inputs.parameters['t']}}".into());
        assert_eq!(unresolved.as_deref(), Some("{{$.inputs.parameters['t']}}"));
    }

    /// Texts of which an executor input is made, and of which a value may be made to look like one.
    const PARTS: [&str; 24] = [
        "{",
        "}",
        "[",
        "]",
        "\"",
        ":",
        ",",
        "\\",
        "\n",
        "ü",
        "1",
        "null",
        "\"inputs\":{",
        "\"outputs\":{",
        "\"parameterValues\":{",
        "\"artifacts\":{",
        "\"pipelinechannel--",
        "\"pipelinechannel--q\":\"say \\\"hi\\\"\"",
        "say \"hi\"",
        "\"outputFile\":\"/o\"",
        "{{$.",
        "{{$.inputs.parameters['pipelinechannel--q']}}",
        "}}",
        "['",
    ];

    #[test]
    fn random_texts_are_read_without_a_panic_and_without_changing_what_is_sound() {
        let mut random = oorandom::Rand32::new(7);
        let mut sound = 0;
        for _ in 0..20_000 {
            let parts = random.rand_range(0..30);
            let text: String = (0..parts)
                .map(|_| PARTS[random.rand_range(0..24) as usize])
                .collect();
            if let Some(input) = ExecutorInput::parse(&text) {
                input.resolve(text.clone().into());
                input.document(&text);
                input.is_local();
            }
            let input = json!({"inputs": {"parameterValues": {"text": text, "n": 1}}});
            let input = ExecutorInput::parse(&input.to_string()).unwrap();
            assert_eq!(input.damage, None, "{text}");
            assert_eq!(input.parameter("text"), Some(&text.as_str().into()));
            let (resolved, unresolved) = input.resolve(text.clone().into());
            if unresolved.is_none() {
                assert_eq!(resolved, text.as_str());
                sound += 1;
            }
        }
        assert!(sound > 1_000, "{sound} texts had no placeholder");
    }

    #[test]
    fn local_is_known_by_having_no_storage() {
        let is_local = |uri: &str, file: &str| {
            let input = json!({"outputs": {"artifacts": {"x": {"artifacts": [{"uri": uri}]}}, "outputFile": file}});
            ExecutorInput::parse(&input.to_string()).unwrap().is_local()
        };
        assert!(is_local("/root/run/x", "/root/run/executor_output.json"));
        assert!(!is_local("minio://b/x", "/root/run/executor_output.json"));
        assert!(!is_local(
            "/root/run/x",
            "/tmp/kfp_outputs/output_metadata.json"
        ));
    }
}
