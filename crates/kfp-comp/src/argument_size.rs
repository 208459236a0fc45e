//! Linux's limit for one argument of a process, which large parameters exceed on a cluster as they do here.
//!
//! KFP passes each parameter as an argument; KFP 2 passes all of them together once more, as JSON in
//! `--executor-input`. An input file has no such limit.

use std::collections::BTreeMap;

use anyhow::Result;
use kfp_component_spec::{Component, Kind, ParameterType, Presence};
use kfp_pipeline::command::MAX_ARGUMENT_BYTES;

use crate::error::hinted_usage;

const LIMIT: &str =
    "Linux accepts at most 131071 bytes (128 KiB) in one argument, on a cluster as on this machine";

/// A parameter with a value or a default.
struct Parameter<'a> {
    name: &'a str,
    /// Bytes of its own argument.
    bytes: usize,
    /// Bytes within the executor input.
    json_bytes: usize,
}

/// Refuses a parameter that does not fit into an argument, as both versions of KFP pass it.
pub(crate) fn check_each(component: &Component, given: &BTreeMap<String, String>) -> Result<()> {
    match parameters(component, given).max_by_key(|parameter| parameter.bytes) {
        Some(Parameter { name, bytes, .. }) if bytes > MAX_ARGUMENT_BYTES => Err(refusal(
            &format!("parameter `{name}` has {bytes} bytes"),
            name,
        )),
        _ => Ok(()),
    }
}

/// Refuses parameters that do not fit into one argument together, as KFP 2 passes them.
pub(crate) fn check_together(
    component: &Component,
    given: &BTreeMap<String, String>,
) -> Result<()> {
    let bytes: usize = parameters(component, given)
        .map(|parameter| parameter.json_bytes)
        .sum();
    let largest = parameters(component, given).max_by_key(|parameter| parameter.json_bytes);
    match largest {
        Some(Parameter {
            name, json_bytes, ..
        }) if bytes > MAX_ARGUMENT_BYTES => Err(refusal(
            &format!(
                "the parameters have {bytes} bytes as the JSON that KFP 2 passes, {json_bytes} of them in `{name}`"
            ),
            name,
        )),
        _ => Ok(()),
    }
}

fn refusal(size: &str, name: &str) -> anyhow::Error {
    hinted_usage(
        format!("{size}, but {LIMIT}"),
        format!("declare `{name}: Input<Artifact>` instead, and pass a file of any size"),
    )
}

fn parameters<'a>(
    component: &'a Component,
    given: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = Parameter<'a>> {
    component.inputs().filter_map(|input| {
        let Kind::Parameter(parameter) = &input.kind else {
            return None;
        };
        let text = match (given.get(&input.name), &parameter.presence) {
            (Some(text), _) | (None, Presence::Default(text)) => text,
            (None, Presence::Required | Presence::Optional) => return None,
        };
        let json_bytes = match parameter.ty {
            ParameterType::String => serde_json::Value::from(text.as_str()).to_string().len(),
            _ => text.len(),
        };
        Some(Parameter {
            name: &input.name,
            bytes: text.len(),
            json_bytes,
        })
    })
}

#[cfg(test)]
mod tests {
    use kfp_component_spec::source;

    use super::*;

    /// The message about these values, from either check.
    fn refusal(values: &[(&str, String)]) -> Option<String> {
        let component = source::component(
            "#[component] fn echo(text: String, more: String, file: Input<Dataset>) -> Result<()> {}",
        )
        .unwrap();
        let given = values
            .iter()
            .map(|(name, text)| ((*name).to_owned(), text.clone()))
            .collect();
        let checked =
            check_each(&component, &given).and_then(|()| check_together(&component, &given));
        checked.err().map(|error| error.to_string())
    }

    #[test]
    fn a_parameter_may_be_as_long_as_an_argument_less_the_quotes_of_json() {
        assert_eq!(refusal(&[("text", "x".repeat(131_069))]), None);
        let error = refusal(&[("text", "x".repeat(131_070))]).unwrap();
        assert!(
            error.starts_with("the parameters have 131072 bytes as the JSON"),
            "{error}"
        );
        let error = refusal(&[("text", "x".repeat(131_072))]).unwrap();
        assert!(
            error
                .starts_with("parameter `text` has 131072 bytes, but Linux accepts at most 131071"),
            "{error}"
        );
    }

    #[test]
    fn the_largest_of_parameters_that_are_too_long_together_is_named() {
        let error =
            refusal(&[("text", "x".repeat(70_000)), ("more", "\n".repeat(40_000))]).unwrap();
        assert!(
            error.starts_with("the parameters have 150004 bytes")
                && error.contains("80002 of them in `more`"),
            "{error}"
        );
    }

    #[test]
    fn a_file_is_not_a_parameter() {
        assert_eq!(refusal(&[("file", "x".repeat(200_000))]), None);
    }
}
