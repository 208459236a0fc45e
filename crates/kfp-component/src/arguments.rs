//! The command line as KFP writes it: pairs of a flag and its value.
//!
//! # Which token is what
//!
//! The KFP 1 compiler, the drivers and launchers of KFP 2.0 to 2.17 and `kfp.local` all write the arguments of a
//! component.yaml in order: for each argument its flag and then its value, nothing between them and nothing quoted.
//! So **the token after a declared flag is its value**, whatever it looks like: `--text --count=9` gives `text` the value
//! `--count=9`. What KFP writes instead of a pair, and people type, is told apart as follows.
//!
//! - An input that was left out is not written at all (`if: isPresent` in component.yaml, on KFP 1, 2.17 and `kfp.local`).
//! - KFP 2.0 to 2.16 write the whole condition as one token, `{"IfPresent": {…}}`, with the value pasted into it.
//! - A component.yaml written by hand may lack the condition. Then KFP 1 writes the flag alone. A number, a boolean, JSON and
//!   a path never look like a declared flag, so a declared flag after theirs means that the value was left out. For an
//!   optional `String` it means that only where the rest of the command line could not be read otherwise.
//! - `--flag=value` is read as people type it, but only where a flag may stand.
//! - A value may be a placeholder that KFP did not resolve. The placeholder of the argument itself means that it was left
//!   out; see [`crate::placeholder`] for all others.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_core::de::IgnoredAny;

use crate::description::{Argument, Description, Kind, Presence};
use crate::executor_input::ExecutorInput;
use crate::placeholder;

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Request {
    /// `--help`.
    Help,
    /// `--version`.
    Version,
    /// To run with these arguments, unless they hold a mistake that has to be reported.
    Run(Arguments, Option<String>),
}

/// What KFP passed.
#[derive(Debug, Default)]
pub(crate) struct Arguments {
    flags: BTreeMap<&'static str, String>,
    /// Whether `--executor-input` was passed, as KFP does and people do not.
    pub(crate) from_kfp: bool,
    /// What `--executor-input` holds, if the task runs on KFP 2.
    pub(crate) executor_input: Option<ExecutorInput>,
}

/// The usual reason why KFP passes other arguments than the program takes.
pub(crate) const OTHER_VERSION: &str = "\nhint: does component.yaml belong to this version of the program? `kfp-comp generate` renews it";

const EXECUTOR_INPUT: &str = "--executor-input";

impl Arguments {
    /// The text of an argument's flag, unless it is the placeholder of an argument that was left out.
    pub(crate) fn flag(&self, argument: &Argument) -> Option<&str> {
        let text = self.flags.get(argument.flag)?;
        (!placeholder::stands_for(text, argument.name)).then_some(text)
    }

    /// The path that a flag carries.
    pub(crate) fn path(&self, argument: &Argument) -> Option<PathBuf> {
        let path = self.flag(argument)?;
        (!path.is_empty()).then(|| path.into())
    }
}

/// Reads the command line; `tokens` is everything after the program's own name.
pub(crate) fn parse(description: &Description, tokens: &[String]) -> Request {
    let reader = Reader {
        description,
        readable: readable(description, tokens),
        tokens,
    };
    let (pairs, strays) = match reader.read() {
        Ok(read) => read,
        Err(Early::Help) => return Request::Help,
        Err(Early::Version) => return Request::Version,
    };
    let mut flags = BTreeMap::new();
    let mut mistake = None;
    for (flag, value) in pairs {
        if flags.insert(flag, value).is_some() {
            mistake.get_or_insert_with(|| format!("`{flag}` is given twice"));
        }
    }
    let text = flags.remove(EXECUTOR_INPUT);
    let from_kfp = text.is_some();
    let executor_input = text.and_then(|text| ExecutorInput::parse(&text));
    for stray in strays {
        match literal_condition(description, stray) {
            Some((flag, value)) => {
                flags.entry(flag).or_insert_with(|| value.into());
            }
            None if executor_input.is_some() && stray.starts_with(CONDITION) => {}
            None => {
                mistake.get_or_insert_with(|| {
                    let hint = if from_kfp { OTHER_VERSION } else { "" };
                    unknown(description, stray) + hint
                });
            }
        }
    }
    let arguments = Arguments {
        flags,
        from_kfp,
        executor_input,
    };
    Request::Run(arguments, mistake)
}

/// What a token in the position of a flag is.
#[derive(Clone, Copy)]
enum Token<'a> {
    /// A declared flag, and its argument; `None` is `--executor-input`.
    Flag(&'static str, Option<&'a Argument>),
    /// `--flag=value`.
    Inline(&'static str, &'a str),
    Help,
    Version,
    Stray,
}

fn classify<'a>(description: &'a Description, token: &'a str) -> Token<'a> {
    let (name, value) = match token.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (token, None),
    };
    let argument = description
        .arguments
        .iter()
        .find(|argument| argument.flag == name);
    let flag = argument.map_or(EXECUTOR_INPUT, |argument| argument.flag);
    match (token, value) {
        (_, None) if flag == name => Token::Flag(flag, argument),
        (_, Some(value)) if flag == name => Token::Inline(flag, value),
        ("--help" | "-h", _) => Token::Help,
        ("--version" | "-V", _) => Token::Version,
        _ => Token::Stray,
    }
}

fn is_declared(description: &Description, token: &str) -> bool {
    matches!(
        classify(description, token),
        Token::Flag(..) | Token::Inline(..)
    )
}

/// How the token after a flag is taken.
#[derive(PartialEq)]
enum Next {
    /// It is the value.
    Value,
    /// It is the value unless it is a declared flag.
    ValueButNotFlag,
    /// It is the value unless it is a declared flag and the rest can only be read that way.
    ValueIfReadable,
}

fn next(argument: Option<&Argument>) -> Next {
    match argument {
        Some(argument) if argument.takes_any_text() => match argument.kind {
            Kind::Parameter {
                presence: Presence::Optional,
                ..
            } => Next::ValueIfReadable,
            _ => Next::Value,
        },
        _ => Next::ValueButNotFlag,
    }
}

/// For each position, whether the tokens from there on can be read without a stray one.
fn readable(description: &Description, tokens: &[String]) -> Vec<bool> {
    let mut readable = vec![true; tokens.len() + 2];
    for (index, token) in tokens.iter().enumerate().rev() {
        readable[index] = match classify(description, token) {
            Token::Flag(_, argument) => {
                let is_flag = tokens
                    .get(index + 1)
                    .is_none_or(|next| is_declared(description, next));
                match next(argument) {
                    Next::ValueButNotFlag if is_flag => readable[index + 1],
                    Next::Value | Next::ValueButNotFlag => readable[index + 2],
                    Next::ValueIfReadable => readable[index + 2] || is_flag && readable[index + 1],
                }
            }
            Token::Stray => token.starts_with(CONDITION) && readable[index + 1],
            Token::Inline(..) | Token::Help | Token::Version => readable[index + 1],
        };
    }
    readable
}

/// Pairs of a flag and its value, and the tokens that are neither.
type Pairs<'a> = (Vec<(&'static str, String)>, Vec<&'a str>);

/// A flag that ends the reading.
enum Early {
    Help,
    Version,
}

struct Reader<'a> {
    description: &'a Description,
    tokens: &'a [String],
    readable: Vec<bool>,
}

impl<'a> Reader<'a> {
    fn read(&self) -> Result<Pairs<'a>, Early> {
        let (mut pairs, mut strays) = (Vec::new(), Vec::new());
        let mut index = 0;
        while let Some(token) = self.tokens.get(index) {
            index += 1;
            match classify(self.description, token) {
                Token::Flag(flag, argument) => {
                    if let Some(value) = self.value(index, argument) {
                        pairs.push((flag, value.clone()));
                        index += 1;
                    }
                }
                Token::Inline(flag, value) => pairs.push((flag, value.into())),
                Token::Help => return Err(Early::Help),
                Token::Version => return Err(Early::Version),
                Token::Stray => strays.push(token.as_str()),
            }
        }
        Ok((pairs, strays))
    }

    /// The value of the flag before `index`, if the token there is one.
    fn value(&self, index: usize, argument: Option<&Argument>) -> Option<&'a String> {
        let token = self.tokens.get(index)?;
        let is_value = match next(argument) {
            Next::Value => true,
            Next::ValueButNotFlag => !is_declared(self.description, token),
            Next::ValueIfReadable => {
                let only_as_flag = self.readable[index] && !self.readable[index + 1];
                !(only_as_flag && is_declared(self.description, token))
            }
        };
        is_value.then_some(token)
    }
}

/// How the condition of a compiled pipeline begins.
const CONDITION: &str = r#"{"IfPresent": {"InputName": ""#;

/// The flag and the value in `{"IfPresent": {"InputName": "n", "Then": ["--n", "value"]}}`, with or without an `Else`. The
/// launcher pasted the value in as it was, so this is not JSON.
fn literal_condition<'a>(
    description: &Description,
    token: &'a str,
) -> Option<(&'static str, &'a str)> {
    let (name, then) = token
        .strip_prefix(CONDITION)?
        .split_once(r#"", "Then": [""#)?;
    let argument = description
        .arguments
        .iter()
        .find(|argument| argument.name == name)?;
    let value = then.strip_prefix(argument.flag)?.strip_prefix(r#"", ""#)?;
    let is_json = |text: &str| serde_json::from_str::<IgnoredAny>(text).is_ok();
    let alternative = value
        .rsplit_once(r#""], "Else": "#)
        .filter(|(_, rest)| rest.strip_suffix("}}").is_some_and(is_json));
    let value = match alternative {
        Some((value, _)) => value,
        None => value.strip_suffix(r#""]}}"#)?,
    };
    Some((argument.flag, value))
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

/// A value as a message shows it: on one line, and cut off after 80 characters.
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
