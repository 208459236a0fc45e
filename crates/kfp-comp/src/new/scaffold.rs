//! The initial source of a component: it compiles, uses every argument, writes every output and has a test.
//!
//! It is provisional and belongs to its author; no verb reads it as a scaffold again.

use std::fmt::Write;

use kfp_component_spec::{
    Component, Kind,
    source::{self, ParsedArgument},
};
use minijinja::{Value, context};

use super::argument::{NewArgument, SAMPLE_TABLE, mentions, sample_value};
use crate::name::ComponentName;

/// The parts of a new component's function.
#[derive(Debug)]
pub(super) struct Scaffold {
    /// The component's name.
    pub(super) name: ComponentName,
    /// The title, which also names it in KFP: `Word Count`.
    pub(super) title: String,
    /// What it does, in one sentence.
    pub(super) summary: String,
    /// The arguments of `#[component]`, if the title is not derived from the crate's name.
    pub(super) attribute: String,
    /// Whether the documentation was copied from another component, so that clippy's prose lints are allowed.
    pub(super) is_adopted: bool,
    /// Its arguments in order.
    pub(super) arguments: Vec<NewArgument>,
}

impl Scaffold {
    /// A component with these arguments; without arguments, one that copies a table.
    pub(super) fn new(name: ComponentName, arguments: Vec<ParsedArgument>) -> Self {
        if !arguments.is_empty() {
            let describe = |parsed: ParsedArgument| NewArgument {
                description: sentence(&parsed.argument.name) + ".",
                parsed,
            };
            return Self::with(name, arguments.into_iter().map(describe).collect());
        }
        let declare = |text: &str, description: &str| NewArgument {
            parsed: source::argument(text).expect("the built-in arguments are right"),
            description: description.to_owned(),
        };
        let arguments = vec![
            declare("source: Input<Dataset>", "The table to copy."),
            declare("copy: Output<Dataset>", "The same table."),
        ];
        Self {
            summary: "Copies a table.".to_owned(),
            ..Self::with(name, arguments)
        }
    }

    /// A component with exactly these arguments.
    pub(super) fn with(name: ComponentName, arguments: Vec<NewArgument>) -> Self {
        let title = sentence(name.as_str());
        Self {
            summary: format!("{title}."),
            title,
            attribute: String::new(),
            is_adopted: false,
            name,
            arguments,
        }
    }

    /// Keeps the title of an imported component, if an attribute can hold it.
    pub(super) fn keep_title(&mut self, title: String) {
        self.is_adopted = true;
        if title.contains(|c: char| c.is_ascii_alphanumeric()) && !title.contains(char::is_control)
        {
            self.attribute = format!("(name = {title:?})");
            self.title = title;
        }
    }

    /// The values of the templates `main.rs` and `README.md`.
    pub(super) fn values(&self) -> Value {
        let arguments = self.arguments.iter().map(|argument| {
            context! {
                ident => argument.ident(),
                rust_type => argument.parsed.rust_type.as_str(),
                default => argument.parsed.default.as_deref(),
                documentation => documentation(&argument.description),
            }
        });
        context! {
            name => self.name.as_str(),
            function => self.name.function(),
            title => self.title.as_str(),
            quoted_title => toml_edit::Value::from(self.title.as_str()).to_string(),
            summary => self.summary.as_str(),
            documentation => documentation(&self.summary),
            attribute => self.attribute.as_str(),
            is_adopted => self.is_adopted,
            imports => self.imports(),
            needs_json => self.arguments.iter().any(|argument| mentions(&argument.parsed.rust_type, "serde_json")),
            arguments => arguments.collect::<Vec<_>>(),
            body => self.body(),
            test => self.test(),
        }
    }

    /// The samples that `run` uses for omitted required inputs: file name and content.
    pub(super) fn samples(component: &Component) -> Vec<(String, String)> {
        let required = component
            .inputs()
            .filter(|argument| !argument.may_be_omitted());
        let sample = |kind: &Kind| match kind {
            Kind::Parameter(parameter) if !parameter.choices.is_empty() => {
                format!("{}\n", parameter.choices[0])
            }
            Kind::Parameter(parameter) => format!("{}\n", sample_value(parameter.ty)),
            _ => SAMPLE_TABLE.to_owned(),
        };
        required
            .map(|argument| (argument.name.clone(), sample(&argument.kind)))
            .collect()
    }

    fn inputs(&self) -> impl Iterator<Item = &NewArgument> {
        self.arguments
            .iter()
            .filter(|argument| argument.parsed.argument.is_input())
    }

    fn outputs(&self) -> impl Iterator<Item = &NewArgument> {
        self.arguments
            .iter()
            .filter(|argument| !argument.parsed.argument.is_input())
    }

    /// Whether the arguments are one dataset in and one out, which the body then copies.
    fn is_copy(&self) -> bool {
        let types: Vec<&str> = self
            .arguments
            .iter()
            .map(|argument| argument.parsed.rust_type.as_str())
            .collect();
        types == ["Input<Dataset>", "Output<Dataset>"]
    }

    fn imports(&self) -> Vec<String> {
        let named = |word: &str| {
            self.arguments
                .iter()
                .any(|argument| mentions(&argument.parsed.rust_type, word))
        };
        ["BTreeMap", "HashMap"]
            .into_iter()
            .filter(|map| named(map))
            .map(|map| format!("std::collections::{map}"))
            .collect()
    }

    fn body(&self) -> Vec<String> {
        if self.is_copy() {
            let [from, to] = &self.arguments[..] else {
                unreachable!("two arguments make a copy")
            };
            let (from, to) = (from.ident(), to.ident());
            return vec![format!(
                "std::io::copy(&mut {from}.open()?, &mut {to}.create()?)?;"
            )];
        }
        let mut lines = vec![
            "// Placeholder: reports what it received. Replace it with the real work.".to_owned(),
        ];
        let seen: Vec<String> = self
            .inputs()
            .map(|input| format!("    {},", input.report()))
            .collect();
        let used = self.outputs().any(NewArgument::takes_text);
        match &seen[..] {
            [] if !used => {}
            [] => lines.push("let seen = String::from(\"nothing was passed in\");".into()),
            _ => {
                lines.push("let seen = [".into());
                lines.extend(seen);
                lines.push("]".into());
                if used {
                    lines.push(".join(\"\\n\");".into());
                } else {
                    lines.push(".join(\"\\n\") + \"\\n\";".into());
                    lines.push(
                        "std::io::Write::write_all(&mut std::io::stderr(), seen.as_bytes())?;"
                            .into(),
                    );
                }
            }
        }
        lines.extend(self.outputs().map(NewArgument::provisional_write));
        lines
    }

    fn test(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .outputs()
            .map(|output| format!("let {} = testing::output();", output.ident()))
            .collect();
        // Through `super`, because an argument may have the function's name.
        lines.push(format!("super::{}(", self.name.function()));
        lines.extend(
            self.arguments
                .iter()
                .map(|argument| format!("    {},", argument.test_value())),
        );
        lines.push(")".into());
        lines.push(".unwrap();".into());
        let first = self
            .inputs()
            .next()
            .map(|input| input.parsed.argument.name.clone());
        let copied = self.is_copy();
        for output in self.outputs() {
            lines.push(output.test_check(first.as_deref(), copied));
        }
        lines
    }
}

/// Text as the lines of a documentation comment.
fn documentation(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| {
            format!("/// {}", line.replace('\r', " "))
                .trim_end()
                .to_owned()
        })
        .collect()
}

/// `label_colname` → `Label colname`.
pub(crate) fn sentence(name: &str) -> String {
    let words = name.replace(['_', '-'], " ");
    let mut letters = words.chars();
    let mut text = String::new();
    if let Some(first) = letters.next() {
        let _ = write!(text, "{}{}", first.to_uppercase(), letters.as_str());
    }
    text
}
