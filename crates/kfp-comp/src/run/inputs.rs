//! The inputs on the command line.
//!
//! Only names are checked here; the component checks the values.

use std::path::Path;

use anyhow::Result;
use clap::CommandFactory;
use kfp_component_spec::{Argument, Component, Kind};

use super::protocol::Inputs;
use crate::{
    cli::Cli,
    error::{Usage, hinted_usage},
};

/// Reads inputs of the form `--label-colname species` or `--label_colname=species`.
pub(super) fn parse(component: &Component, tokens: &[String]) -> Result<Inputs> {
    let mut given = Inputs::new();
    let mut tokens = tokens.iter();
    while let Some(token) = tokens.next() {
        let Some(flag) = token.strip_prefix("--") else {
            return Err(hinted_usage(
                format!("`{token}` is not a flag; {}", flags(component)),
                "write `--NAME VALUE`, and quote a value with spaces",
            ));
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
            return Err(unknown(component, flag));
        };
        if !argument.is_input() {
            return Err(hinted_usage(
                format!("`--{flag}` is an output: `run` chooses where it is written"),
                format!("omit `--{flag}`; the path is printed after the run"),
            ));
        }
        let Some(value) = inline.or_else(|| tokens.next().map(String::as_str)) else {
            return Err(Usage(format!("`--{flag}` has no value")).into());
        };
        if given.insert(name, value.to_owned()).is_some() {
            return Err(Usage(format!("`--{flag}` is given twice")).into());
        }
    }
    Ok(given)
}

/// Checks that every required input is given. `samples` is the directory that was searched for the others.
pub(super) fn require(
    component: &Component,
    given: &Inputs,
    name: &str,
    samples: &Path,
) -> Result<()> {
    let missing: Vec<&Argument> = component
        .inputs()
        .filter(|input| !input.may_be_omitted() && !given.contains_key(&input.name))
        .collect();
    let Some(first) = missing.first() else {
        return Ok(());
    };
    let listed: Vec<String> = missing
        .iter()
        .map(|input| format!("`{}`", input.flag()))
        .collect();
    let verb = if missing.len() == 1 { "is" } else { "are" };
    let (value, sample) = match first.kind {
        Kind::Parameter(_) => ("VALUE", "its value"),
        Kind::InputList(_) => ("'[\"FILE\"]'", "a directory of files"),
        _ => ("FILE", "a file"),
    };
    Err(hinted_usage(
        format!(
            "{} {verb} required; {}",
            listed.join(", "),
            flags(component)
        ),
        format!(
            "`kfp-comp run {name} -- {} {value}`, or put {sample} at `{}`",
            first.flag(),
            samples.join(&first.name).display()
        ),
    ))
}

/// Whether it is an option of the verb, which comes before `--`.
fn is_option_of_run(flag: &str) -> bool {
    let mut cli = Cli::command();
    cli.build();
    let run = cli.find_subcommand("run");
    run.is_some_and(|run| {
        run.get_arguments()
            .any(|option| option.get_long() == Some(flag))
    })
}

fn unknown(component: &Component, flag: &str) -> anyhow::Error {
    if is_option_of_run(flag) {
        return hinted_usage(
            format!("`--{flag}` is an option of `kfp-comp run`, not an input"),
            format!("write it before `--`: `kfp-comp run NAME --{flag} … -- INPUTS`"),
        );
    }
    let message = format!("there is no input `--{flag}`; {}", flags(component));
    let known: Vec<String> = component.inputs().map(Argument::flag).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    match similar::get_close_matches(format!("--{flag}").as_str(), &known, 1, 0.6).first() {
        Some(near) => hinted_usage(message, format!("did you mean `{near}`?")),
        None => Usage(message).into(),
    }
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
