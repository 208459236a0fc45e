//! Lightweight Python components: the source is in the command line, and KFP's own executor runs it.

use std::{fs, path::Path};

use kfp_pipeline::ContainerSpec;

/// What a module of kfp runs a component's source.
const EXECUTOR: &str = "kfp.dsl.executor_main";
const SOURCE: &str = "ephemeral_component.py";

/// A lightweight Python component, as kfp compiles it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lightweight {
    /// The Python source.
    source: String,
    /// How many words of the command there are before the arguments.
    words: usize,
    /// What it has pip install before it starts, as kfp wrote it; none if nothing.
    pub installs: Option<String>,
}

impl Lightweight {
    /// Recognises the command kfp compiles such a component to.
    pub fn of(container: &ContainerSpec) -> Option<Self> {
        let command = &container.command;
        let executor = command.iter().position(|word| word.contains(EXECUTOR))?;
        // The script that runs the executor gets the source as `$0`: it is the last word of the command.
        let source = command.get(executor + 1)?;
        if executor + 2 != command.len() {
            return None;
        }
        let installs = command[..executor]
            .iter()
            .find(|word| word.contains("pip install"))
            .cloned();
        Some(Self {
            source: source.clone(),
            words: command.len(),
            installs,
        })
    }

    /// Runs the source with an interpreter, in the way the script in the command does.
    pub(super) fn command_line(
        &self,
        interpreter: &Path,
        line: Vec<String>,
        directory: &Path,
    ) -> Result<Vec<String>, String> {
        let source = directory.join(SOURCE);
        fs::write(&source, &self.source)
            .map_err(|error| format!("could not write `{}`: {error}", source.display()))?;
        let mut command: Vec<String> = [
            interpreter.to_string_lossy().as_ref(),
            "-m",
            EXECUTOR,
            "--component_module_path",
            source.to_string_lossy().as_ref(),
        ]
        .map(str::to_owned)
        .into();
        command.extend(line.into_iter().skip(self.words));
        Ok(command)
    }
}
