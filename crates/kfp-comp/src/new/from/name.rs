//! The names of inputs and outputs, in a form that kfp 2, kfp 1.8 and Rust accept.

use anyhow::{Result, bail};
use kfp_component_spec::source;
use kfp_component_yaml::ir;

use crate::name::is_keyword;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Input,
    Output,
}

impl Direction {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Output => "output",
        }
    }

    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::Input => "_in",
            Self::Output => "_out",
        }
    }
}

/// The kfp 2 form of a name, changed further only if Rust or kfp 1.8 does not accept it.
pub(super) fn rust_name(declared: &str, direction: Direction) -> Result<String> {
    let words: Vec<String> = ir::port_name(declared)
        .split('_')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let mut name = words.join("_");
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        // As kfp 1.8 does; kfp 2 cannot compile such a name.
        name.insert(0, 'n');
    }
    if direction == Direction::Output && drawn(&name).is_some() {
        return Ok(name);
    }
    let mut refusal = String::new();
    for candidate in [name.clone(), name + direction.suffix()] {
        match source::argument(&format!("{}: String", ident(&candidate))) {
            Ok(_) => return Ok(candidate),
            Err(mistakes) => {
                refusal = mistakes
                    .into_iter()
                    .map(|mistake| mistake.message)
                    .collect();
            }
        }
    }
    bail!(
        "{} `{declared}` cannot be an argument: {refusal}",
        direction.word()
    )
}

/// The type of the two outputs that KFP 1's web UI draws.
pub(super) fn drawn(name: &str) -> Option<&'static str> {
    match name {
        "mlpipeline_ui_metadata" => Some("UiMetadata"),
        "mlpipeline_metrics" => Some("Metrics"),
        _ => None,
    }
}

pub(super) fn ident(name: &str) -> String {
    if is_keyword(name) {
        format!("r#{name}")
    } else {
        name.to_owned()
    }
}
