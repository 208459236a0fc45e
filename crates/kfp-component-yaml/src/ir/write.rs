//! The IR as a file: the comment kfp 2 puts on top, then YAML that PyYAML reads back to the same values.

use serde_json::Value;

use super::ParameterKind;
use crate::python;
use kfp_pyyaml::{is_break, is_printable};

/// A compiled component.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    /// The pipeline's name.
    pub name: String,
    /// Kept by kfp 2 in the comment only.
    pub description: Option<String>,
    /// The `PipelineSpec` as JSON data, keys sorted.
    pub spec: Value,
}

impl Pipeline {
    /// The file kfp 2 would write, up to line folding.
    pub fn to_yaml(&self) -> String {
        format!("{}{}", self.header(), yaml(&self.spec))
    }

    /// The comment on top.
    pub fn header(&self) -> String {
        let mut lines = vec![
            "# PIPELINE DEFINITION".to_owned(),
            format!("# Name: {}", self.name),
        ];
        if let Some(description) = &self.description {
            let mut texts = split_lines(description).into_iter();
            lines.push(format!(
                "# Description: {}",
                texts.next().unwrap_or_default()
            ));
            lines.extend(texts.map(|text| format!("#              {text}")));
        }
        for (key, title) in [
            ("inputDefinitions", "# Inputs:"),
            ("outputDefinitions", "# Outputs:"),
        ] {
            if let Some(definitions) = self.spec["root"].get(key) {
                lines.push(title.into());
                lines.extend(signatures(definitions));
            }
        }
        lines.iter().map(|line| comment(line)).collect()
    }
}

/// A line of the comment as YAML can hold it. kfp 2 writes it raw: a break in a default ends its comment, and a control
/// character makes the whole file unreadable; here the one stays inside and the other is written as its code.
fn comment(line: &str) -> String {
    let mut text = String::with_capacity(line.len() + 1);
    for c in line.chars() {
        match c {
            c if is_break(c) => text.push_str("\n# "),
            c if is_printable(c) => text.push(c),
            c => text.extend(c.escape_default()),
        }
    }
    text + "\n"
}

/// Whether kfp 2 can read a description again that it writes into the comment at the top, line by line.
pub(crate) fn is_readable_in_comment(description: &str) -> bool {
    split_lines(description)
        .iter()
        .all(|line| line.chars().all(is_printable))
}

fn signatures(definitions: &Value) -> Vec<String> {
    let side = |key: &str| definitions[key].as_object().into_iter().flatten();
    let parameters = side("parameters").map(|(name, definition)| {
        let default = match definition.get("defaultValue") {
            None => String::new(),
            Some(Value::String(text)) => format!(" [Default: '{text}']"),
            Some(value) => format!(" [Default: {}]", python::repr(value)),
        };
        (
            name,
            format!("{}{default}", comment_type(&definition["parameterType"])),
        )
    });
    let artifacts = side("artifacts").map(|(name, definition)| {
        (
            name,
            definition["artifactType"]["schemaTitle"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        )
    });
    let mut all: Vec<_> = parameters.chain(artifacts).collect();
    all.sort_by_key(|(name, _)| *name);
    all.into_iter()
        .map(|(name, text)| format!("#    {name}: {text}"))
        .collect()
}

fn comment_type(parameter_type: &Value) -> &'static str {
    ParameterKind::ALL
        .into_iter()
        .find(|kind| parameter_type == kind.ir())
        .map_or("", ParameterKind::in_comment)
}

/// Python's `splitlines`.
fn split_lines(text: &str) -> Vec<&str> {
    let is_break = |c: char| {
        matches!(
            c,
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'
                ..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
        )
    };
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(is_break).unwrap_or(rest.len());
        lines.push(&rest[..end]);
        rest = &rest[end..];
        let width = if rest.starts_with("\r\n") {
            2
        } else {
            rest.chars().next().map_or(0, char::len_utf8)
        };
        rest = &rest[width..];
    }
    lines
}

fn yaml(spec: &Value) -> String {
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
    serde_saphyr::to_string_with_options(spec, options).expect("JSON data is YAML")
}
