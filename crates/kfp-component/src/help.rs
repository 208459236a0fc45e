//! `--help`: the component's interface.

use std::fmt::Write;

use crate::description::{Argument, Description, Kind, Presence};

/// The help text; `choices` are parallel to the arguments.
pub(crate) fn text(description: &Description, choices: &[&[&str]]) -> String {
    let mut text = String::new();
    if !description.description.is_empty() {
        text = format!("{}\n\n", description.description);
    }
    // Writing to a string does not fail.
    let _ = writeln!(text, "Usage: {} [ARGUMENTS]", description.package);
    for (title, inputs) in [("Inputs", true), ("Outputs", false)] {
        let side = description
            .arguments
            .iter()
            .zip(choices)
            .filter(|(argument, _)| argument.is_input() == inputs);
        let rows: Vec<_> = side
            .map(|(argument, choices)| (head(argument), about(argument, choices)))
            .collect();
        let width = rows
            .iter()
            .map(|(head, _)| head.len())
            .max()
            .unwrap_or_default();
        for (index, (head, about)) in rows.iter().enumerate() {
            if index == 0 {
                let _ = writeln!(text, "\n{title}:");
            }
            let _ = writeln!(text, "{}", format!("  {head:width$}  {about}").trim_end());
        }
    }
    text.push_str(OPTIONS);
    text
}

const OPTIONS: &str = "
Options:
  --executor-input <JSON>  What KFP 2 passes to a task; it decides before the arguments above
  -h, --help               Print help
  -V, --version            Print version
";

/// `--trees <Integer>`, `--table <Dataset path>`
fn head(argument: &Argument) -> String {
    let ty = argument.ty.unwrap_or("Artifact");
    match argument.kind {
        Kind::Parameter { .. } => format!("{} <{ty}>", argument.flag),
        Kind::InputList => format!("{} <JSON list of paths>", argument.flag),
        _ => format!("{} <{ty} path>", argument.flag),
    }
}

fn about(argument: &Argument, choices: &[&str]) -> String {
    let mut parts: Vec<String> = argument
        .description
        .lines()
        .map(str::trim)
        .map(String::from)
        .collect();
    parts.retain(|part| !part.is_empty());
    if !choices.is_empty() {
        parts.push(format!("One of: {}.", choices.join(", ")));
    }
    match &argument.kind {
        Kind::Parameter { presence, .. } | Kind::InputArtifact { presence } => match presence {
            Presence::Required => {}
            Presence::Optional => parts.push("[optional]".into()),
            Presence::Default(text) => parts.push(format!("[default: {text}]")),
        },
        Kind::InputList | Kind::OutputParameter | Kind::OutputArtifact => {}
    }
    parts.join(" ")
}
