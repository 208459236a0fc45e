//! A pipeline's parameters as flags: `--url https://… --trees 30`.

use kfp_pipeline::{InputParameter, PipelineSpec, parameters};
use serde_json::{Map, Value};

use crate::{error::Usage, output::table};

/// Reads the flags after `--`.
///
/// # Errors
/// If a flag is not a parameter, is repeated, has no value or one of another type.
pub(crate) fn parse(spec: &PipelineSpec, tokens: &[String]) -> Result<Map<String, Value>, Usage> {
    let ports = &spec.root.input_definitions.parameters;
    let mut given = Map::new();
    let mut tokens = tokens.iter();
    while let Some(token) = tokens.next() {
        let Some(flag) = token.strip_prefix("--") else {
            return Err(Usage(format!("`{token}` is not a flag; {}", usage(spec))));
        };
        let (flag, inline) = match flag.split_once('=') {
            Some((flag, value)) => (flag, Some(value)),
            None => (flag, None),
        };
        let named = |name: &&String| name.as_str() == flag || name.replace('_', "-") == flag;
        let Some(name) = ports.keys().find(named) else {
            let message = format!("the pipeline has no parameter `--{flag}`; {}", usage(spec));
            return Err(Usage(message));
        };
        let Some(text) = inline.or_else(|| tokens.next().map(String::as_str)) else {
            return Err(Usage(format!("`--{flag}` has no value")));
        };
        let value = parameters::parse(ports[name].parameter_type, text)
            .map_err(|error| Usage(format!("`--{flag}`: {error}")))?;
        if given.insert(name.clone(), value).is_some() {
            return Err(Usage(format!("`--{flag}` is given twice")));
        }
    }
    Ok(given)
}

/// What `-- --help` prints.
pub(crate) fn help(spec: &PipelineSpec) -> String {
    let info = &spec.pipeline_info;
    let mut text = format!("{}\n", info.name);
    if !info.description.is_empty() {
        text = format!("{text}{}\n", info.description);
    }
    let ports = &spec.root.input_definitions.parameters;
    if ports.is_empty() {
        return format!("{text}\nIt has no parameters.\n");
    }
    let rows = ports.iter().map(|(name, port)| {
        vec![
            format!("  {}", flag(name)),
            port.parameter_type.name().to_owned(),
            presence(port),
            port.description.replace('\n', " "),
        ]
    });
    format!("{text}\nParameters:\n{}", table(rows))
}

fn presence(port: &InputParameter) -> String {
    match &port.default_value {
        Some(default) => format!("default {default}"),
        None if port.is_optional => "optional".to_owned(),
        None => "required".to_owned(),
    }
}

/// A parameter as it is typed.
pub(crate) fn flag(name: &str) -> String {
    format!("--{}", name.replace('_', "-"))
}

fn usage(spec: &PipelineSpec) -> String {
    let ports = &spec.root.input_definitions.parameters;
    let flags: Vec<String> = ports
        .iter()
        .map(|(name, port)| {
            if port.is_optional {
                format!("[{}]", flag(name))
            } else {
                flag(name)
            }
        })
        .collect();
    if flags.is_empty() {
        "it has none".to_owned()
    } else {
        format!("its parameters are {}", flags.join(" "))
    }
}
