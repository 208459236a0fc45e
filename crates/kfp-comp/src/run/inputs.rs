//! The inputs on the command line.
//!
//! Only names are checked here; the component checks the values.

use kfp_component_spec::Component;

use super::protocol::Inputs;
use crate::error::Usage;

/// Reads inputs of the form `--label-colname species` or `--label_colname=species`.
pub(super) fn parse(component: &Component, tokens: &[String]) -> Result<Inputs, Usage> {
    let mut given = Inputs::new();
    let mut tokens = tokens.iter();
    while let Some(token) = tokens.next() {
        let Some(flag) = token.strip_prefix("--") else {
            return Err(Usage(format!(
                "`{token}` is not a flag; {}",
                flags(component)
            )));
        };
        let (flag, inline) = match flag.split_once('=') {
            Some((flag, value)) => (flag, Some(value)),
            None => (flag, None),
        };
        let name = flag.replace('-', "_");
        let Some(argument) = component
            .arguments
            .iter()
            .find(|argument| argument.name == name)
        else {
            return Err(Usage(format!(
                "there is no input `--{flag}`; {}",
                flags(component)
            )));
        };
        if !argument.is_input() {
            return Err(Usage(format!(
                "`--{flag}` is an output, and `run` decides where outputs go"
            )));
        }
        let Some(value) = inline.or_else(|| tokens.next().map(String::as_str)) else {
            return Err(Usage(format!("`--{flag}` has no value")));
        };
        if given.insert(name, value.to_owned()).is_some() {
            return Err(Usage(format!("`--{flag}` is given twice")));
        }
    }
    Ok(given)
}

/// Checks that every required input is given.
pub(super) fn require(component: &Component, given: &Inputs) -> Result<(), Usage> {
    let missing: Vec<String> = component
        .inputs()
        .filter(|input| !input.may_be_omitted() && !given.contains_key(&input.name))
        .map(|input| format!("`{}`", input.flag()))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Usage(format!(
        "{} required; {}",
        missing.join(", "),
        flags(component)
    )))
}

/// The flags of all inputs, for messages.
fn flags(component: &Component) -> String {
    let all: Vec<String> = component
        .inputs()
        .map(|input| {
            if input.may_be_omitted() {
                format!("[{}]", input.flag())
            } else {
                input.flag()
            }
        })
        .collect();
    match &all[..] {
        [] => "the component has no inputs".into(),
        all => format!("the inputs are {}", all.join(" ")),
    }
}
