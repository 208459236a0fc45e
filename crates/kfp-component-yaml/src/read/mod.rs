//! Reads any v1 component.yaml that kfp 1.8 reads, with a position on everything; refuses what its schema refuses.
//!
//! ```
//! let text = "
//! name: Row count
//! inputs: [{name: table, type: CSV}]
//! implementation: {container: {image: 'wc:1', command: [wc, -l, {inputPath: table}]}}
//! ";
//! let file = kfp_component_yaml::read::read(text).unwrap();
//! assert_eq!(file.inputs[0].name.value, "table");
//! let image = &file.container().unwrap().image;
//! assert_eq!(&text[image.range()], "'wc:1'");
//! ```
//!
//! [`read`] gives a [`ComponentFile`] or every [`Problem`] found, the first being the one the SDK raises. Annotations,
//! inputs, outputs, tasks and environment keep the file's order, and every text its [`Spanned`] byte range, so that the
//! image can be replaced in place unless it [is aliased](Spanned::aliased).

mod arg;
mod command;
mod component;
mod decode;
mod graph;
mod graph_model;
mod help;
mod model;
mod references;

pub use command::{Arg, ArgKind, Branch, Condition, If, PlaceholderKind};
pub use graph_model::{Graph, GraphArgument, Task};
pub use model::{
    ComponentFile, Container, DeclaredType, Default, Implementation, Input, Output, Pairs, Spanned,
};

use std::fmt;

use crate::rules::{self, Rule};
use kfp_pyyaml::{Position, Tree, YamlError};

/// Something that keeps an SDK from using a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The lint rule it falls under.
    pub rule: &'static Rule,
    /// The exception that the SDK raises.
    pub class: &'static str,
    /// The most telling line of what the SDK says.
    pub message: String,
    /// Where the SDK stumbles.
    pub position: Position,
    /// What to write instead in this very case, where the rule's help does not fit best.
    pub help: Option<String>,
}

impl Problem {
    pub(crate) fn new(
        rule: &'static Rule,
        class: &'static str,
        message: impl Into<String>,
        position: Position,
    ) -> Self {
        Self {
            rule,
            class,
            message: message.into(),
            position,
            help: None,
        }
    }

    pub(crate) fn type_error(
        rule: &'static Rule,
        message: impl Into<String>,
        position: Position,
    ) -> Self {
        Self::new(rule, "TypeError", message, position)
    }

    /// The same with a better help than the rule's.
    #[must_use]
    pub(crate) fn with_help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }

    /// What to write instead.
    pub fn help(&self) -> &str {
        self.help.as_deref().unwrap_or(self.rule.help)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}: {}",
            self.position.line, self.position.column, self.class, self.message
        )
    }
}

impl std::error::Error for Problem {}

impl From<YamlError> for Problem {
    fn from(error: YamlError) -> Self {
        let rule = if error.class == "RecursionError" {
            &rules::TOO_LARGE
        } else {
            &rules::NOT_YAML
        };
        Self::new(rule, error.class, error.message, error.position)
    }
}

/// What is left of a file after reading it with all its problems.
pub(crate) struct Reading {
    /// Everything that could be made out; complete only without problems.
    pub(crate) file: ComponentFile,
    /// In the order the SDKs would come across them.
    pub(crate) problems: Vec<Problem>,
}

/// Reads one component.
///
/// # Errors
/// Everything that is wrong with it, the first problem being what kfp 1.8 raises.
pub fn read(text: &str) -> Result<ComponentFile, Vec<Problem>> {
    let documents = kfp_pyyaml::load_all(text).map_err(|error| vec![error.into()])?;
    let reading = match documents.as_slice() {
        [tree] => read_tree(tree),
        [] => {
            let message = "'NoneType' object has no attribute 'items'";
            return Err(vec![Problem::new(
                &rules::NOT_A_COMPONENT,
                "AttributeError",
                message,
                Position::START,
            )]);
        }
        [_, second, ..] => return Err(vec![second_document(second)]),
    };
    if reading.problems.is_empty() {
        Ok(reading.file)
    } else {
        Err(reading.problems)
    }
}

pub(crate) fn second_document(second: &Tree) -> Problem {
    let message = "expected a single document in the stream but found another document";
    Problem::new(
        &rules::SEVERAL_DOCUMENTS,
        "ComposerError",
        message,
        second.position(second.root()),
    )
}

pub(crate) fn read_tree(tree: &Tree) -> Reading {
    let mut reader = decode::Reader::new(tree);
    let file = reader.component(tree.root());
    Reading {
        file,
        problems: reader.problems,
    }
}
