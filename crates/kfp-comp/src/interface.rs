//! A component's interface as text: the table in its README, and what `show` prints.

use std::fmt::Write;

use kfp_catalog::Interface;
use kfp_component_spec::{Argument, Component, Kind, ParameterType, Presence};

use crate::output::table;

/// The lines of a README that enclose the table.
pub(crate) const MARKERS: (&str, &str) = ("<!-- kfp-comp interface -->", "<!-- /kfp-comp -->");

/// The interface as a Markdown table, inputs before outputs.
pub(crate) fn markdown(component: &Component) -> String {
    let mut text = String::new();
    if component.inputs().next().is_some() {
        text += "| Input | Type | When left out | Description |\n|---|---|---|---|\n";
    }
    for input in component.inputs() {
        let absent = match presence(input) {
            Absent::Refused => "required".to_owned(),
            Absent::None => "none".to_owned(),
            Absent::Value("") => "empty".to_owned(),
            Absent::Value(value) => format!("`{}`", cell(value)),
        };
        let (name, ty, description) = columns(input);
        let _ = writeln!(text, "| `{name}` | {ty} | {absent} | {description} |");
    }
    if let Some(note) = optional_parameters(component) {
        let _ = writeln!(text, "\n{note}");
    }
    if !text.is_empty() && component.outputs().next().is_some() {
        text.push('\n');
    }
    if component.outputs().next().is_some() {
        text += "| Output | Type | Description |\n|---|---|---|\n";
    }
    for output in component.outputs() {
        let (name, ty, description) = columns(output);
        let _ = writeln!(text, "| `{name}` | {ty} | {description} |");
    }
    if text.is_empty() {
        text += "No inputs and no outputs.\n";
    }
    text
}

/// What the form of KFP's web UI makes of optional parameters: it cannot omit one, and sends an empty text instead.
fn optional_parameters(component: &Component) -> Option<String> {
    let optional = component.inputs().filter_map(|input| match &input.kind {
        // KFP fills in the status of an exit handler; the form does not ask for it.
        Kind::Parameter(parameter)
            if parameter.presence == Presence::Optional
                && parameter.ty != ParameterType::TaskFinalStatus =>
        {
            let is_any_text = parameter.ty == ParameterType::String && parameter.choices.is_empty();
            Some((is_any_text, format!("`{}`", input.name)))
        }
        _ => None,
    });
    let (texts, others): (Vec<_>, Vec<_>) = optional.partition(|(is_text, _)| *is_text);
    let names = |list: &[(bool, String)]| {
        let names: Vec<&str> = list.iter().map(|(_, name)| name.as_str()).collect();
        names.join(", ")
    };
    let outcome = match (&texts[..], &others[..]) {
        ([], []) => return None,
        (texts, []) => format!("{} is then empty, not left out", names(texts)),
        ([], others) => format!("{} counts as left out then", names(others)),
        (texts, others) => format!(
            "{} is then empty, and {} counts as left out",
            names(texts),
            names(others)
        ),
    };
    Some(format!(
        "The run form of KFP's web UI sends an empty text for an optional parameter that is not filled in: {outcome}."
    ))
}

/// The interface of a component in a catalog or file as text, inputs before outputs.
pub(crate) fn tables(interface: &Interface) -> String {
    let inputs = interface.inputs.iter().map(|input| {
        let mut notes = one_line(&input.description);
        match &input.default {
            Some(default) => {
                let _ = write!(notes, " [default: {default}]");
            }
            None if input.optional => notes += " [optional]",
            None => {}
        }
        vec![
            format!("  {}", input.name),
            input.ty.clone(),
            notes.trim_start().to_owned(),
        ]
    });
    let outputs = interface.outputs.iter().map(|output| {
        vec![
            format!("  {}", output.name),
            output.ty.clone(),
            one_line(&output.description),
        ]
    });
    let mut text = String::new();
    for (title, rows) in [("Inputs", table(inputs)), ("Outputs", table(outputs))] {
        if !rows.is_empty() {
            let _ = write!(text, "\n{title}:\n{rows}");
        }
    }
    text
}

/// What a component sees when an input is omitted.
pub(crate) enum Absent<'a> {
    Refused,
    None,
    Value(&'a str),
}

pub(crate) fn presence(argument: &Argument) -> Absent<'_> {
    match &argument.kind {
        Kind::Parameter(parameter) => match &parameter.presence {
            Presence::Required => Absent::Refused,
            Presence::Optional => Absent::None,
            Presence::Default(value) => Absent::Value(value),
        },
        Kind::InputArtifact { optional: true, .. } => Absent::None,
        _ => Absent::Refused,
    }
}

/// The type's name; `Artifact` where `component.yaml` names none.
pub(crate) fn type_name(argument: &Argument) -> &'static str {
    argument.type_name().unwrap_or("Artifact")
}

fn columns(argument: &Argument) -> (&str, &str, String) {
    (
        &argument.name,
        type_name(argument),
        cell(&argument.full_description()),
    )
}

/// Text on one line, with `|` escaped.
fn cell(text: &str) -> String {
    one_line(text).replace('|', "\\|")
}

/// Text with every run of white space replaced by one space.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use kfp_component_spec::source;

    use super::*;

    #[test]
    fn the_table_says_what_the_signature_says() {
        let component = source::component(
            "#[component]
            fn word_count(
                /// One word | another,
                /// in lines.
                text: Input<Dataset>,
                #[arg(default = 10, range = 1..)] top: u32,
                #[arg(default = \"\")] mark: String,
                language: Option<String>,
                limit: Option<u32>,
                /// The counts.
                counts: Output<Dataset>,
            ) -> Result<()> {}",
        )
        .unwrap();
        assert_eq!(
            markdown(&component),
            "\
| Input | Type | When left out | Description |
|---|---|---|---|
| `text` | Dataset | required | One word \\| another, in lines. |
| `top` | Integer | `10` | At least 1. |
| `mark` | String | empty |  |
| `language` | String | none |  |
| `limit` | Integer | none |  |

The run form of KFP's web UI sends an empty text for an optional parameter that is not filled in: `language` is then empty, and `limit` counts as left out.

| Output | Type | Description |
|---|---|---|
| `counts` | Dataset | The counts. |
"
        );
    }

    #[test]
    fn an_empty_interface_says_so() {
        let component = source::component("#[component] fn nothing() -> Result<()> {}").unwrap();
        assert_eq!(markdown(&component), "No inputs and no outputs.\n");
    }
}
