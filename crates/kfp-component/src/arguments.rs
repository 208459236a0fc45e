//! The command line as KFP writes it: `--name value` pairs, some of them empty or unresolved.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::description::{Argument, Description};
use crate::executor::ExecutorInput;

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Request {
    /// `--help`.
    Help,
    /// `--version`.
    Version,
    /// To run with these.
    Run(Arguments),
}

/// The values given.
#[derive(Debug)]
pub(crate) struct Arguments {
    flags: BTreeMap<&'static str, String>,
    /// KFP 2's whole truth about the task, if this is KFP 2.
    pub(crate) executor_input: Option<ExecutorInput>,
    /// What is wrong with the command line as such.
    pub(crate) mistake: Option<String>,
}

const EXECUTOR_INPUT: &str = "--executor-input";

impl Arguments {
    /// The text a flag carries. An unresolved placeholder is no text.
    pub(crate) fn flag(&self, argument: &Argument) -> Option<&str> {
        let text = self.flags.get(argument.flag)?;
        let literal =
            text.contains("{{$.") || (self.executor_input.is_some() && is_literal_condition(text));
        (!literal).then_some(text)
    }

    /// The path a flag carries, if it is one.
    pub(crate) fn path(&self, argument: &Argument) -> Option<PathBuf> {
        let path = self.flag(argument)?;
        (!path.is_empty()).then(|| path.into())
    }
}

/// Takes the command line apart; `tokens` is everything after the program's own name. An error is an executor input that
/// cannot be read: with one that can, the runner is known, and has to be told of any other mistake.
pub(crate) fn parse(description: &Description, tokens: Vec<String>) -> Result<Request, String> {
    let mut flags = BTreeMap::new();
    let mut strays = Vec::new();
    let mut mistake = None;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match declared(description, &token) {
            Some((flag, inline)) => {
                // A flag right after a flag: KFP 1.8 leaves the value of an omitted optional out.
                let next = || tokens.next_if(|next| declared(description, next).is_none());
                let value = inline.map(String::from).or_else(next);
                if value.is_some_and(|value| flags.insert(flag, value).is_some()) {
                    mistake.get_or_insert(format!("`{flag}` is given twice"));
                }
            }
            None if matches!(&*token, "--help" | "-h") => return Ok(Request::Help),
            None if matches!(&*token, "--version" | "-V") => return Ok(Request::Version),
            None => strays.push(token),
        }
    }
    let executor_input = match flags.remove(EXECUTOR_INPUT) {
        Some(text) => ExecutorInput::parse(&text)?,
        None => None,
    };
    // Backends before 2.17 pass conditions on as they stand in the compiled pipeline; executor input knows the outcome.
    strays.retain(|token| executor_input.is_none() || !is_literal_condition(token));
    let stray = strays.first().map(|stray| unknown(description, stray));
    Ok(Request::Run(Arguments {
        flags,
        executor_input,
        mistake: mistake.or(stray),
    }))
}

/// The declared flag that `token` is, and the value it may carry behind `=`.
fn declared<'a>(
    description: &Description,
    token: &'a str,
) -> Option<(&'static str, Option<&'a str>)> {
    let (name, value) = match token.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (token, None),
    };
    let flags = description.arguments.iter().map(|argument| argument.flag);
    flags
        .chain([EXECUTOR_INPUT])
        .find(|flag| *flag == name)
        .map(|flag| (flag, value))
}

fn is_literal_condition(text: &str) -> bool {
    text.starts_with(r#"{"IfPresent":"#)
}

fn unknown(description: &Description, token: &str) -> String {
    let flags: Vec<_> = description
        .arguments
        .iter()
        .map(|argument| argument.flag)
        .collect();
    let known = if flags.is_empty() {
        "this component takes none".into()
    } else {
        format!("the arguments are {}", flags.join(", "))
    };
    format!("unknown argument `{}`; {known}", shown(token))
}

/// A value as a message shows it: on one line, and not all of a long one.
pub(crate) fn shown(text: &str) -> String {
    const LONGEST: usize = 80;
    let line: String = text
        .chars()
        .take(LONGEST)
        .flat_map(char::escape_debug)
        .collect();
    let line = line.replace("\\\"", "\"").replace("\\'", "'");
    if text.chars().nth(LONGEST).is_some() {
        line + "…"
    } else {
        line
    }
}
