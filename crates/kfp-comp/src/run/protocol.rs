//! The command line that KFP would start a component with.
//!
//! Pure: no file is read. Values are passed on unchanged; the program validates them.

use std::{collections::BTreeMap, path::Path};

use kfp_component_spec::{
    Argument, ArtifactType, Component, Kind, Parameter, ParameterType, Presence,
};
use serde_json::{Map, Value, json};

/// The version of KFP to imitate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kfp {
    /// Argo starts the program: it gets flags only, and a literal `{{$}}`.
    V1,
    /// The launcher starts the program and resolves `{{$}}` to the executor input.
    V2,
}

impl Kfp {
    /// Its major version.
    pub(super) fn number(self) -> u8 {
        match self {
            Self::V1 => 1,
            Self::V2 => 2,
        }
    }
}

/// The file to which a component writes its executor output.
pub(super) const EXECUTOR_OUTPUT: &str = "output_metadata.json";

/// Values by argument name.
pub(super) type Inputs = BTreeMap<String, String>;

/// The arguments after the program's name. Outputs go to `directory`, each under its own name.
pub(super) fn command_line(
    component: &Component,
    given: &Inputs,
    kfp: Kfp,
    directory: &Path,
) -> Vec<String> {
    let mut tokens = Vec::new();
    for argument in &component.arguments {
        let value = match &argument.kind {
            Kind::Parameter(parameter) => {
                value(parameter, given.get(&argument.name)).map(|text| match kfp {
                    Kfp::V1 => text,
                    Kfp::V2 => launcher_text(&typed(parameter.ty, &text)),
                })
            }
            Kind::InputArtifact { .. } => given.get(&argument.name).cloned(),
            // KFP 2 names a list in the executor input alone; KFP 1 has none.
            Kind::InputList(_) => None,
            Kind::OutputParameter(_) | Kind::OutputArtifact(_) => {
                Some(output_path(directory, argument))
            }
        };
        if let Some(value) = value {
            tokens.extend([argument.flag(), value]);
        }
    }
    tokens.push("--executor-input".into());
    tokens.push(match kfp {
        Kfp::V1 => "{{$}}".into(),
        Kfp::V2 => executor_input(component, given, directory).to_string(),
    });
    tokens
}

/// The executor input that the launcher would pass, with defaults filled in and empty maps omitted.
fn executor_input(component: &Component, given: &Inputs, directory: &Path) -> Value {
    let mut parameters = Map::new();
    let mut artifacts = Map::new();
    let mut output_parameters = Map::new();
    let mut output_artifacts = Map::new();
    for argument in &component.arguments {
        let name = argument.name.clone();
        match &argument.kind {
            Kind::Parameter(parameter) => {
                if let Some(text) = value(parameter, given.get(&name)) {
                    parameters.insert(name, typed(parameter.ty, &text));
                }
            }
            Kind::InputArtifact { ty, .. } => {
                if let Some(path) = given.get(&name) {
                    let list = artifacts_of(&name, *ty, std::slice::from_ref(path));
                    artifacts.insert(name, list);
                }
            }
            Kind::InputList(ty) => {
                let paths = given.get(&name).map_or("[]", String::as_str);
                let paths: Vec<String> = serde_json::from_str(paths).unwrap_or_default();
                let list = artifacts_of(&name, *ty, &paths);
                artifacts.insert(name, list);
            }
            Kind::OutputParameter(_) => {
                output_parameters.insert(
                    name,
                    json!({"outputFile": output_path(directory, argument)}),
                );
            }
            Kind::OutputArtifact(ty) => {
                let list = artifacts_of(&name, *ty, &[output_path(directory, argument)]);
                output_artifacts.insert(name, list);
            }
        }
    }
    let without_empty = |maps: [(&str, Map<String, Value>); 2]| -> Map<String, Value> {
        let full = maps.into_iter().filter(|(_, map)| !map.is_empty());
        full.map(|(key, map)| (key.to_owned(), Value::Object(map)))
            .collect()
    };
    let inputs = without_empty([("parameterValues", parameters), ("artifacts", artifacts)]);
    let mut outputs = without_empty([
        ("parameters", output_parameters),
        ("artifacts", output_artifacts),
    ]);
    outputs.insert(
        "outputFile".into(),
        directory.join(EXECUTOR_OUTPUT).to_string_lossy().into(),
    );
    json!({"inputs": inputs, "outputs": outputs})
}

/// The list that KFP 2 makes of an artifact, or of several.
fn artifacts_of(name: &str, ty: ArtifactType, paths: &[String]) -> Value {
    let schema = format!("system.{}", ty.name().unwrap_or("Artifact"));
    let ty = json!({"schemaTitle": schema, "schemaVersion": "0.0.1"});
    let artifacts = paths
        .iter()
        .map(|path| json!({"name": name, "type": ty, "uri": path, "metadata": {}}));
    json!({"artifacts": artifacts.collect::<Vec<_>>()})
}

fn output_path(directory: &Path, argument: &Argument) -> String {
    directory
        .join(&argument.name)
        .to_string_lossy()
        .into_owned()
}

/// The value of a parameter: the given one, otherwise its default.
fn value(parameter: &Parameter, given: Option<&String>) -> Option<String> {
    given.cloned().or_else(|| match &parameter.presence {
        Presence::Default(default) => Some(default.clone()),
        Presence::Required | Presence::Optional => None,
    })
}

/// The value as KFP 2 would store it. Text that is not of the type is passed on, and the program refuses it.
fn typed(ty: ParameterType, text: &str) -> Value {
    let json = || serde_json::from_str::<Value>(text.trim()).ok();
    let value = match ty {
        ParameterType::String => None,
        ParameterType::Integer | ParameterType::Float => json().filter(Value::is_number),
        ParameterType::Boolean => text
            .trim()
            .to_ascii_lowercase()
            .parse()
            .ok()
            .map(Value::Bool),
        ParameterType::JsonArray => json().filter(Value::is_array),
        ParameterType::JsonObject | ParameterType::TaskFinalStatus => {
            json().filter(Value::is_object)
        }
    };
    value.map_or_else(|| text.into(), as_go)
}

/// The value as the driver's JSON encoder writes it: whole numbers without a fraction, keys sorted.
fn as_go(value: Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "it is whole and within 2^53"
            )]
            Some(whole) if whole.fract() == 0.0 && whole.abs() < EXACT => (whole as i64).into(),
            _ => Value::Number(number),
        },
        Value::Array(items) => items.into_iter().map(as_go).collect(),
        Value::Object(entries) => {
            let sorted: BTreeMap<String, Value> = entries
                .into_iter()
                .map(|(key, value)| (key, as_go(value)))
                .collect();
            sorted.into_iter().collect()
        }
        other => other,
    }
}

/// 2^53: below it a float holds every whole number.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A value as the driver writes it into an argument: Go's JSON encoder escapes `<`, `>` and `&`.
fn launcher_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other
            .to_string()
            .replace('<', "\\u003c")
            .replace('>', "\\u003e")
            .replace('&', "\\u0026"),
    }
}

#[cfg(test)]
mod tests {
    use kfp_component_spec::source;

    use super::*;
    use crate::run::inputs::{parse, require};

    fn component() -> Component {
        source::component(
            "#[component]
            fn split(
                table: Input<Dataset>,
                label_colname: String,
                #[arg(default = 0.2)] fraction: f64,
                shuffle: Option<bool>,
                notes: Option<Input<Artifact>>,
                train: Output<Dataset>,
                rows: Output<i64>,
            ) -> Result<()> {}",
        )
        .unwrap()
    }

    fn given(tokens: &[&str]) -> anyhow::Result<Inputs> {
        parse(
            &component(),
            &tokens.iter().map(ToString::to_string).collect::<Vec<_>>(),
        )
    }

    #[test]
    fn kfp_1_gets_flags_and_the_literal_placeholder() {
        let given = given(&[
            "--table",
            "/in.csv",
            "--label_colname",
            "species",
            "--shuffle=True",
        ])
        .unwrap();
        let line = command_line(&component(), &given, Kfp::V1, Path::new("/out"));
        assert_eq!(
            line.join(" "),
            "--table /in.csv --label-colname species --fraction 0.2 --shuffle True --train /out/train --rows /out/rows \
             --executor-input {{$}}"
        );
    }

    #[test]
    fn kfp_2_gets_the_same_and_the_executor_input() {
        let given = given(&[
            "--table=/in.csv",
            "--label-colname",
            "-3",
            "--shuffle",
            "True",
        ])
        .unwrap();
        let mut line = command_line(&component(), &given, Kfp::V2, Path::new("/out"));
        let input: Value = serde_json::from_str(&line.pop().unwrap()).unwrap();
        assert_eq!(
            line.join(" "),
            "--table /in.csv --label-colname -3 --fraction 0.2 --shuffle true --train /out/train --rows /out/rows \
             --executor-input"
        );
        let artifact = |name: &str, uri: &str| {
            json!({"artifacts": [{"name": name, "type": {"schemaTitle": "system.Dataset", "schemaVersion": "0.0.1"},
                "uri": uri, "metadata": {}}]})
        };
        assert_eq!(
            input,
            json!({
                "inputs": {
                    "parameterValues": {"label_colname": "-3", "fraction": 0.2, "shuffle": true},
                    "artifacts": {"table": artifact("table", "/in.csv")},
                },
                "outputs": {
                    "parameters": {"rows": {"outputFile": "/out/rows"}},
                    "artifacts": {"train": artifact("train", "/out/train")},
                    "outputFile": "/out/output_metadata.json",
                },
            })
        );
    }

    #[test]
    fn kfp_2_writes_values_as_go_does() {
        for (ty, text, wanted) in [
            (ParameterType::Float, "3.0", "3"),
            (ParameterType::Float, "0.25", "0.25"),
            (ParameterType::Integer, "-2", "-2"),
            (ParameterType::Boolean, "False", "false"),
            (
                ParameterType::JsonArray,
                "[1.0, \"a<b\", [2.5]]",
                "[1,\"a\\u003cb\",[2.5]]",
            ),
            (
                ParameterType::JsonObject,
                "{\"b\": 1, \"a\": \"x & y\"}",
                "{\"a\":\"x \\u0026 y\",\"b\":1}",
            ),
            (ParameterType::String, "a<b 3.0", "a<b 3.0"),
        ] {
            assert_eq!(launcher_text(&typed(ty, text)), wanted);
        }
    }

    #[test]
    fn a_value_of_the_wrong_type_is_left_to_the_program() {
        assert_eq!(typed(ParameterType::Integer, "abc"), json!("abc"));
        assert_eq!(typed(ParameterType::JsonArray, "{}"), json!("{}"));
        assert_eq!(typed(ParameterType::Boolean, "1"), json!("1"));
    }

    #[test]
    fn a_wrong_flag_is_reported_with_the_right_ones() {
        for (tokens, wanted) in [
            (
                &["--tabel", "x"][..],
                "there is no input `--tabel`; the inputs are --table --label-colname [--fraction]",
            ),
            (&["table"], "`table` is not a flag"),
            (&["--kfp", "1"], "`--kfp` is an option of `kfp-comp run`"),
            (&["--quiet"], "`--quiet` is an option of `kfp-comp run`"),
            (&["--train", "x"], "`--train` is an output"),
            (&["--table"], "`--table` has no value"),
            (
                &["--table", "a", "--table", "b"],
                "`--table` is given twice",
            ),
        ] {
            let error = given(tokens).unwrap_err();
            assert!(error.to_string().contains(wanted), "{tokens:?}: {error}");
        }
        let error = require(
            &component(),
            &given(&["--fraction", "0.1"]).unwrap(),
            "split",
            Path::new("samples"),
        )
        .unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("`--table`, `--label-colname` are required;"),
            "{error}"
        );
    }
}
