//! From an image's name to something that runs on this machine.

mod python;
mod resolve;

use std::path::{Path, PathBuf};

pub use python::Lightweight;
pub use resolve::{Choice, Component, Found, Sources, Unresolved, resolve};

/// What runs a task here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// A program built for this machine, instead of the first word of the command.
    Native(PathBuf),
    /// The command as it is written, with the programs of this machine.
    Host,
    /// A lightweight Python component, with an interpreter that has kfp.
    Python {
        /// The interpreter.
        interpreter: PathBuf,
        /// The component.
        component: Lightweight,
    },
}

impl Program {
    /// The word for it in the record.
    pub fn how(&self) -> &'static str {
        match self {
            Self::Native(_) => "native",
            Self::Host => "host",
            Self::Python { .. } => "python",
        }
    }

    /// The command line on this machine. A Python component's source is written into the attempt's directory.
    pub(crate) fn command_line(
        &self,
        mut line: Vec<String>,
        directory: &Path,
    ) -> Result<Vec<String>, String> {
        match self {
            Self::Native(path) => {
                let Some(program) = line.first_mut() else {
                    return Err("the command line is empty".into());
                };
                *program = path.to_string_lossy().into_owned();
                Ok(line)
            }
            Self::Host => Ok(line),
            Self::Python {
                interpreter,
                component,
            } => component.command_line(interpreter, line, directory),
        }
    }
}
