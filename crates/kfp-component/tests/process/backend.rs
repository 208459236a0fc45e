//! Every way KFP has ever started a component: the arguments and the executor input it builds, from the recorded rules.

use serde_json::{Map, Value, json};

use crate::program::TestDir;

/// Who starts the program.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Backend {
    /// KFP 1.8 on Argo: text only.
    Kfp18,
    /// Conditions reach the program as the literal text of the pipeline.
    V2_0To2_16,
    /// A default counts as not given, and so does every artifact.
    V2_17_0,
    /// Conditions work.
    V2_17_1,
    /// `kfp.local` with its `DockerRunner`.
    Local,
}

pub(crate) const ALL: [Backend; 5] = [
    Backend::Kfp18,
    Backend::V2_0To2_16,
    Backend::V2_17_0,
    Backend::V2_17_1,
    Backend::Local,
];

/// One input as a component.yaml declares it and a pipeline gives it.
pub(crate) enum Input {
    /// A parameter, always given.
    Required(&'static str, Value),
    /// A parameter with a default, as the text of the YAML file and as a value.
    Defaulted(&'static str, Option<Value>, Value, &'static str),
    /// An optional parameter.
    Optional(&'static str, Option<Value>),
    /// An artifact with its content.
    Artifact(&'static str, &'static str),
    /// An optional artifact.
    OptionalArtifact(&'static str, Option<&'static str>),
}

/// One output: its name and whether it is an artifact.
pub(crate) type Output = (&'static str, bool);

impl Backend {
    /// The arguments this backend starts the program with; files lie in `dir`.
    pub(crate) fn arguments(
        self,
        dir: &TestDir,
        inputs: &[Input],
        outputs: &[Output],
    ) -> Vec<String> {
        let mut arguments = Vec::new();
        let mut parameters = Map::new();
        let mut artifacts = Map::new();
        for input in inputs {
            match input {
                Input::Required(name, value) => {
                    arguments.extend([flag(name), self.text(value)]);
                    parameters.insert((*name).into(), self.json(value));
                }
                Input::Defaulted(name, given, default, text) => {
                    let value = given.as_ref().unwrap_or(default);
                    let text = if given.is_none() {
                        (*text).into()
                    } else {
                        self.text(value)
                    };
                    match (self, given) {
                        (Self::V2_0To2_16, _) => arguments.push(literal_condition(name, &text)),
                        (Self::V2_17_0, None) => {}
                        _ => arguments.extend([flag(name), text]),
                    }
                    parameters.insert((*name).into(), self.json(value));
                }
                Input::Optional(name, given) => {
                    let text = given.as_ref().map(|value| self.text(value));
                    match (self, text) {
                        (Self::V2_0To2_16, text) => {
                            let text = text.unwrap_or_else(|| {
                                format!("{{{{$.inputs.parameters['{name}']}}}}")
                            });
                            arguments.push(literal_condition(name, &text));
                        }
                        (_, Some(text)) => arguments.extend([flag(name), text]),
                        (_, None) => {}
                    }
                    let value = given.as_ref().map(|value| self.json(value));
                    // Clusters leave the key out.
                    if let Some(value) = value.or((self == Self::Local).then_some(Value::Null)) {
                        parameters.insert((*name).into(), value);
                    }
                }
                Input::Artifact(name, content) => {
                    arguments.extend([flag(name), dir.file(&format!("in/{name}"), content)]);
                    artifacts.insert((*name).into(), self.artifact(dir, name, "in"));
                }
                Input::OptionalArtifact(name, content) => {
                    let path = content.map(|content| dir.file(&format!("in/{name}"), content));
                    if path.is_some() {
                        artifacts.insert((*name).into(), self.artifact(dir, name, "in"));
                    }
                    match (self, path) {
                        (Self::V2_0To2_16, path) => {
                            let path = path.unwrap_or_else(|| {
                                format!("{{{{$.inputs.artifacts['{name}'].path}}}}")
                            });
                            arguments.push(literal_condition(name, &path));
                        }
                        (Self::V2_17_0, _) | (_, None) => {}
                        (_, Some(path)) => arguments.extend([flag(name), path]),
                    }
                }
            }
        }
        for (name, _) in outputs {
            arguments.extend([flag(name), dir.at(&format!("out/{name}"))]);
        }
        arguments.push("--executor-input".into());
        arguments.push(match self {
            Self::Kfp18 => "{{$}}".into(),
            _ => self.executor_input(dir, &parameters, &artifacts, outputs),
        });
        arguments
    }

    fn executor_input(
        self,
        dir: &TestDir,
        parameters: &Map<String, Value>,
        artifacts: &Map<String, Value>,
        outputs: &[Output],
    ) -> String {
        let side = |artifact: bool| outputs.iter().filter(move |output| output.1 == artifact);
        let files: Map<_, _> = side(false)
            .map(|(name, _)| {
                (
                    (*name).to_owned(),
                    json!({"outputFile": dir.at(&format!("out/{name}"))}),
                )
            })
            .collect();
        let mut produced: Map<_, _> = side(true)
            .map(|(name, _)| ((*name).to_owned(), self.artifact(dir, name, "out")))
            .collect();
        if self != Self::Local {
            let logs = self.artifact(dir, "executor-logs-0", "out");
            produced.insert("executor-logs".into(), logs);
        }
        let answer = if self == Self::Local {
            "executor_output.json"
        } else {
            "output_metadata.json"
        };
        json!({
            "inputs": {"parameterValues": parameters, "artifacts": artifacts},
            "outputs": {"parameters": files, "artifacts": produced, "outputFile": dir.at(&format!("meta/{answer}"))},
        })
        .to_string()
    }

    /// An artifact as recorded from the launcher of 2.17, and from `kfp.local`, which knows only paths. `customPath`, which
    /// KFP may write from 2.15 on, puts the files of a cluster below the test's directory.
    fn artifact(self, dir: &TestDir, name: &str, side: &str) -> Value {
        let path = dir.at(&format!("{side}/{name}"));
        let ty = json!({"schemaTitle": "system.Artifact", "schemaVersion": "0.0.1"});
        let uri = format!("minio://mlpipeline/v2/artifacts/run/{name}");
        let artifact = match (self, side) {
            (Self::Local, _) => json!({"name": name, "type": ty, "uri": path, "metadata": {}}),
            // The metadata store gives an input a number for a name, and no type.
            (_, "in") => json!({
                "name": "216",
                "type": {"instanceSchema": ""},
                "uri": uri,
                "metadata": {"display_name": name, "store_session_info": "{\"Provider\":\"minio\"}"},
                "customPath": path,
            }),
            _ => json!({"name": name, "type": ty, "uri": uri, "customPath": path}),
        };
        json!({"artifacts": [artifact]})
    }

    /// A value as this backend prints it into an argument.
    fn text(self, value: &Value) -> String {
        match (self, value) {
            (_, Value::String(text)) => text.clone(),
            (Self::Kfp18, Value::Bool(true)) => "True".into(),
            (Self::Kfp18, Value::Bool(false)) => "False".into(),
            // `%g`, and Go's `'f'` format.
            (Self::V2_0To2_16, Value::Number(number)) if number.is_f64() => {
                number.as_f64().unwrap().to_string()
            }
            (Self::V2_17_0 | Self::V2_17_1, Value::Number(number))
                if number.as_f64() == Some(1e-5) =>
            {
                "1e-05".into()
            }
            (Self::Local | Self::Kfp18, Value::Array(_) | Value::Object(_)) => self
                .json(value)
                .to_string()
                .replace(',', ", ")
                .replace(':', ": "),
            (_, value) => self.json(value).to_string(),
        }
    }

    /// A value as this backend writes it into executor input: Local keeps top-level integers and makes floats of all others.
    fn json(self, value: &Value) -> Value {
        let float = |value: &Value| {
            value
                .as_i64()
                .map_or_else(|| self.json(value), |_| value.as_f64().into())
        };
        match (self, value) {
            (Self::Local, Value::Array(items)) => items.iter().map(float).collect(),
            (Self::Local, Value::Object(entries)) => entries
                .iter()
                .map(|(key, value)| (key.clone(), float(value)))
                .collect::<Map<_, _>>()
                .into(),
            (_, value) => value.clone(),
        }
    }
}

fn flag(name: &str) -> String {
    format!("--{}", name.replace('_', "-"))
}

/// The launcher pastes values in as they are, quotes and all.
fn literal_condition(name: &str, text: &str) -> String {
    format!(
        r#"{{"IfPresent": {{"InputName": "{name}", "Then": ["{}", "{text}"]}}}}"#,
        flag(name)
    )
}
