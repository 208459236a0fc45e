//! The IR as a file: the comment kfp 2 puts on top, then YAML that PyYAML reads back to the same values.

use std::collections::BTreeMap;

use kfp_ir::{ArtifactPort, InputDefinitions, OutputDefinitions, PipelineSpec};
use serde_json::Value;

use super::kind::in_comment;
use crate::python;
use kfp_pyyaml::{is_break, is_printable};

/// A compiled component.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    /// Kept by kfp 2 in the comment only.
    pub description: Option<String>,
    /// The pipeline of one task.
    pub spec: PipelineSpec,
}

impl Pipeline {
    /// The file kfp 2 would write, up to line folding.
    pub fn to_yaml(&self) -> String {
        format!("{}{}", self.header(), yaml(&self.spec.to_json()))
    }

    /// The comment on top.
    pub fn header(&self) -> String {
        let mut lines = vec![
            "# PIPELINE DEFINITION".to_owned(),
            format!("# Name: {}", self.spec.pipeline_info.name),
        ];
        if let Some(description) = &self.description {
            let mut texts = split_lines(description).into_iter();
            lines.push(format!(
                "# Description: {}",
                texts.next().unwrap_or_default()
            ));
            lines.extend(texts.map(|text| format!("#              {text}")));
        }
        let root = &self.spec.root;
        for (title, signatures) in [
            ("# Inputs:", inputs(&root.input_definitions)),
            ("# Outputs:", outputs(&root.output_definitions)),
        ] {
            if !signatures.is_empty() {
                lines.push(title.into());
                let line = |(name, text)| format!("#    {name}: {text}");
                lines.extend(signatures.into_iter().map(line));
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

/// Types by name, which is how the comment is sorted.
type Signatures<'p> = BTreeMap<&'p str, String>;

fn inputs(definitions: &InputDefinitions) -> Signatures<'_> {
    let mut all = artifacts(&definitions.artifacts);
    for (name, port) in &definitions.parameters {
        let default = match &port.default_value {
            None => String::new(),
            Some(Value::String(text)) => format!(" [Default: '{text}']"),
            Some(value) => format!(" [Default: {}]", python::repr(value)),
        };
        all.insert(
            name,
            format!("{}{default}", in_comment(port.parameter_type)),
        );
    }
    all
}

fn outputs(definitions: &OutputDefinitions) -> Signatures<'_> {
    let mut all = artifacts(&definitions.artifacts);
    for (name, port) in &definitions.parameters {
        all.insert(name, in_comment(port.parameter_type).to_owned());
    }
    all
}

fn artifacts(ports: &BTreeMap<String, ArtifactPort>) -> Signatures<'_> {
    let title = |port: &ArtifactPort| port.artifact_type.schema_title.clone();
    ports
        .iter()
        .map(|(name, port)| (name.as_str(), title(port)))
        .collect()
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
