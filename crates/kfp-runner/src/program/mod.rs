//! From an image's name to something that runs on this machine.
//!
//! All of it happens before the first task: [`resolve`] tells what runs what, [`prepare`] installs and pulls what that
//! needs.

mod container;
mod environment;
mod image;
mod prepare;
mod python;
mod resolve;

use std::path::{Path, PathBuf};

pub(crate) use container::Container;
pub use container::{Engine, Limits};
pub use environment::{Environment, Environments};
pub use image::Images;
pub use prepare::{Need, prepare};
pub use python::Lightweight;
pub use resolve::{
    Choice, Component, Containers, Found, Sources, Unresolved, resolve, resolve_with,
};

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
    /// The command as it is written, in a container.
    Container {
        /// What runs it.
        engine: Engine,
        /// The image the pipeline names.
        image: String,
        /// The engine's id of it; empty before it is pulled.
        id: String,
    },
}

impl Program {
    /// The word for it in the record.
    pub fn how(&self) -> &'static str {
        match self {
            Self::Native(_) => "native",
            Self::Host => "host",
            Self::Python { .. } => "python",
            Self::Container { .. } => "container",
        }
    }

    /// The command line on this machine. A Python component's source is written into the attempt's directory.
    pub(crate) fn command_line(
        &self,
        mut line: Vec<String>,
        directory: &Path,
        container: &Container<'_>,
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
            Self::Container { engine, id, .. } => engine.command_line(id, &line, container),
        }
    }
}
