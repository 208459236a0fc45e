//! What KFP 2's launcher tells a task, and what the task answers.
//!
//! Reading tolerates fields it does not know; writing uses none that an old backend does not know.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::staged::StagedOutput;

/// The value of `{{$}}`.
#[derive(Debug)]
pub(crate) struct ExecutorInput(Value);

impl ExecutorInput {
    /// Reads the text of `--executor-input`; `None` is KFP 1, which passes the placeholder itself.
    pub(crate) fn parse(text: &str) -> Result<Option<Self>, String> {
        if text.trim() == "{{$}}" {
            return Ok(None);
        }
        match serde_json::from_str(text) {
            Ok(value @ Value::Object(_)) => Ok(Some(Self(value))),
            Ok(_) => Err("`--executor-input` is JSON, but must be an object".into()),
            Err(error) => Err(format!("`--executor-input` is not JSON: {error}")),
        }
    }

    /// A parameter's value. Null is KFP's local runner saying that it was omitted.
    pub(crate) fn parameter(&self, name: &str) -> Option<&Value> {
        self.0.get("inputs")?.get("parameterValues")?.get(name)
    }

    /// An input artifact: the first of its list.
    pub(crate) fn input_artifact(&self, name: &str) -> Option<Provisioned<'_>> {
        self.artifact("inputs", name)
    }

    /// An output artifact: the first of its list.
    pub(crate) fn output_artifact(&self, name: &str) -> Option<Provisioned<'_>> {
        self.artifact("outputs", name)
    }

    /// Where an output parameter goes.
    pub(crate) fn output_parameter(&self, name: &str) -> Option<PathBuf> {
        let parameter = self.0.get("outputs")?.get("parameters")?.get(name)?;
        Some(parameter.get("outputFile")?.as_str()?.into())
    }

    /// Where the executor output goes.
    pub(crate) fn output_file(&self) -> Option<&Path> {
        let path = self.0.get("outputs")?.get("outputFile")?.as_str()?;
        (!path.is_empty()).then(|| Path::new(path))
    }

    /// Whether this is KFP's local runner, by its file name and by having no storage.
    pub(crate) fn is_local(&self) -> bool {
        let file = self.output_file().and_then(Path::file_name);
        let sides = ["inputs", "outputs"]
            .into_iter()
            .filter_map(|side| self.0.get(side)?.get("artifacts")?.as_object());
        let mut artifacts = sides
            .flat_map(Map::values)
            .filter_map(|list| list.get("artifacts")?.as_array())
            .flatten();
        file.is_some_and(|name| name != "output_metadata.json")
            && artifacts
                .all(|artifact| !artifact["uri"].as_str().unwrap_or_default().contains("://"))
    }

    fn artifact(&self, side: &str, name: &str) -> Option<Provisioned<'_>> {
        self.0
            .get(side)?
            .get("artifacts")?
            .get(name)?
            .get("artifacts")?
            .get(0)
            .map(Provisioned)
    }
}

/// An artifact as the driver provisioned it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Provisioned<'a>(&'a Value);

impl Provisioned<'_> {
    /// Where the launcher keeps it on local disk.
    pub(crate) fn path(self) -> Option<PathBuf> {
        let text = |key: &str| {
            self.0
                .get(key)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
        };
        if let Some(path) = text("customPath") {
            return Some(path.into());
        }
        let path = local_path(text("uri")?)?;
        let in_workspace = self
            .0
            .get("metadata")
            .and_then(|metadata| metadata.get("_kfp_workspace"));
        if in_workspace == Some(&Value::Bool(true)) {
            let inside = path.strip_prefix("/").unwrap_or(&path);
            return Some(Path::new("/kfp-workspace/.artifacts").join(inside));
        }
        Some(path)
    }

    /// What is noted about it.
    pub(crate) fn metadata(self) -> Map<String, Value> {
        self.0
            .get("metadata")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default()
    }
}

/// Where the launcher mounts a URI; a plain path is KFP's local runner.
fn local_path(uri: &str) -> Option<PathBuf> {
    let Some((scheme, rest)) = uri.split_once("://") else {
        return Some(uri.into());
    };
    match scheme {
        "gs" => Some(Path::new("/gcs").join(rest)),
        "s3" | "minio" => Some(Path::new("/").join(scheme).join(rest)),
        "oci" => Some(
            Path::new("/oci")
                .join(rest.replace('/', "_"))
                .join("models"),
        ),
        "file" => Some(rest.into()),
        _ => None,
    }
}

/// The answer: every output artifact with its provisioned name and URI, and what the component noted about it.
pub(crate) fn output<'a>(
    input: &ExecutorInput,
    artifacts: impl Iterator<Item = &'a StagedOutput>,
) -> String {
    let answer = artifacts.filter_map(|output| {
        let provisioned = input.output_artifact(&output.name)?;
        let mut metadata = provisioned.metadata();
        // Null is fatal to the backend.
        metadata.retain(|_, value| !value.is_null());
        metadata.extend(output.state().metadata.clone());
        let text = |key: &str| {
            provisioned
                .0
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let artifact = json!({"name": text("name"), "uri": text("uri"), "metadata": metadata});
        Some((output.name.clone(), json!({"artifacts": [artifact]})))
    });
    json!({"artifacts": answer.collect::<Map<_, _>>()}).to_string()
}

/// An answer that KFP refuses to read, with the reason in what it then says: there is no such field.
pub(crate) fn no_output(function: &str) -> String {
    let reason = format!("{function} did not finish; its log says why");
    json!({reason: true}).to_string()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::{Value, json};

    use super::{ExecutorInput, Provisioned};

    fn path(artifact: &Value) -> Option<String> {
        Some(Provisioned(artifact).path()?.to_str()?.to_owned())
    }

    #[test]
    fn a_uri_is_where_the_launcher_mounts_it() {
        let cases = [
            ("gs://bucket/key", "/gcs/bucket/key"),
            ("s3://bucket/key", "/s3/bucket/key"),
            ("minio://bucket/a/b", "/minio/bucket/a/b"),
            ("oci://registry/model", "/oci/registry_model/models"),
            ("file:///data/x", "/data/x"),
            ("/local/outputs/x", "/local/outputs/x"),
        ];
        for (uri, wanted) in cases {
            assert_eq!(path(&json!({"uri": uri})).as_deref(), Some(wanted));
        }
        assert_eq!(path(&json!({"uri": "https://host/x"})), None);
        assert_eq!(path(&json!({"uri": ""})), None);
        assert_eq!(path(&json!({})), None);
    }

    #[test]
    fn a_custom_path_or_the_workspace_takes_its_place() {
        let custom = json!({"uri": "s3://b/k", "customPath": "/mnt/k"});
        assert_eq!(path(&custom).as_deref(), Some("/mnt/k"));
        let workspace = json!({"uri": "minio://b/k", "metadata": {"_kfp_workspace": true}});
        assert_eq!(
            path(&workspace).as_deref(),
            Some("/kfp-workspace/.artifacts/minio/b/k")
        );
    }

    #[test]
    fn absent_maps_are_no_inputs() {
        let input = ExecutorInput::parse(r#"{"inputs": {}, "outputs": {"outputFile": "/o"}}"#)
            .unwrap()
            .unwrap();
        assert!(input.parameter("x").is_none());
        assert!(input.input_artifact("x").is_none());
        assert!(input.output_artifact("x").is_none());
        assert!(input.output_parameter("x").is_none());
        assert_eq!(input.output_file(), Some(Path::new("/o")));
    }

    #[test]
    fn only_the_placeholder_itself_means_kfp_1() {
        assert!(ExecutorInput::parse("{{$}}").unwrap().is_none());
        for text in ["", "{{$.x}}", "{", "[]", "null"] {
            assert!(ExecutorInput::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn local_is_known_by_having_no_storage() {
        let is_local = |uri: &str, file: &str| {
            let input = json!({"outputs": {"artifacts": {"x": {"artifacts": [{"uri": uri}]}}, "outputFile": file}});
            ExecutorInput::parse(&input.to_string())
                .unwrap()
                .unwrap()
                .is_local()
        };
        assert!(is_local("/root/run/x", "/root/run/executor_output.json"));
        assert!(!is_local("minio://b/x", "/root/run/executor_output.json"));
        assert!(!is_local(
            "/root/run/x",
            "/tmp/kfp_outputs/output_metadata.json"
        ));
    }
}
