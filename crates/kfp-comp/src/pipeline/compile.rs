//! The Python file of a pipeline, which is compiled with the author's own Python.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{
    error::{Usage, hinted, hinted_usage},
    output::{Console, Style},
};

/// Runs kfp's own command line, with places for errors.
const PROGRAM: &str = include_str!("compile.py");

/// Options for the Python file of a pipeline.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct PythonArgs {
    /// The Python that compiles pipelines, and that runs lightweight components where they run on this machine
    #[arg(long, value_name = "PATH")]
    pub(crate) python: Option<PathBuf>,
    /// The pipeline to compile in a .py file that has several
    #[arg(long, value_name = "NAME")]
    pub(crate) function: Option<String>,
}

/// Why a Python file does not compile.
#[derive(Debug)]
pub(crate) struct Refusal {
    message: String,
    hint: Option<String>,
}

impl Refusal {
    /// From what the program has printed, of which more than one line is passed on.
    fn read(path: &Path, said: &str, console: &mut Console) -> Self {
        let (hints, said): (Vec<&str>, Vec<&str>) = said
            .trim()
            .lines()
            .partition(|line| line.starts_with("hint: "));
        if said.len() > 1 {
            for line in &said {
                console.say(&format!("             | {line}"));
            }
        }
        let last = said.last().copied().unwrap_or_default();
        let needs_kubernetes = last.contains("cannot import name 'kubernetes' from 'kfp'");
        let hint = hints.last().map(|hint| hint["hint: ".len()..].to_owned());
        Self {
            message: format!("`{}` does not compile: {last}", path.display()),
            hint: hint.or_else(|| {
                needs_kubernetes.then(|| "install kfp-kubernetes for that Python".to_owned())
            }),
        }
    }

    /// Prints it, where more than one file is looked at.
    pub(crate) fn show(&self, console: &mut Console) {
        console.failure(&self.message, std::iter::empty());
        if let Some(hint) = &self.hint {
            console.hint(hint);
        }
    }
}

impl From<Refusal> for anyhow::Error {
    fn from(refusal: Refusal) -> Self {
        match refusal.hint {
            Some(hint) => hinted_usage(refusal.message, hint),
            None => Usage(refusal.message).into(),
        }
    }
}

/// Compiles a Python file with the user's own Python, which has the user's own modules.
///
/// # Errors
/// If there is no such file, or no Python with kfp 2.
pub(crate) fn compile(
    path: &Path,
    args: &PythonArgs,
    console: &mut Console,
) -> Result<Result<String, Refusal>> {
    fs::metadata(path)
        .map_err(|error| Usage(format!("could not read `{}`: {error}", path.display())))?;
    let python = args.python.clone().unwrap_or_else(interpreter);
    let directory = tempfile::tempdir().context("could not make a temporary directory")?;
    let compiled = directory.path().join("pipeline.yaml");
    console.status(Style::Info, "Compiling", &path.display().to_string());
    let mut command = Command::new(&python);
    // Warnings are those of a file that compiles, and would hide why one does not.
    command.args(["-W", "ignore", "-c", PROGRAM, "dsl", "compile", "--output"]);
    command.arg(&compiled);
    if let Some(function) = &args.function {
        command.args(["--function", function]);
    }
    let output = match command.arg("--py").arg(path).output() {
        Ok(output) => output,
        Err(error) => {
            let message = format!("could not run `{}`: {error}", python.display());
            return Err(hinted(
                message,
                "name a Python that has kfp 2: `--python .venv/bin/python`",
            ));
        }
    };
    if output.status.success() {
        let text = fs::read_to_string(&compiled).context("kfp compiled nothing")?;
        return Ok(Ok(text));
    }
    let said = String::from_utf8_lossy(&output.stderr);
    if ["'kfp'", "'kfp.cli'"]
        .iter()
        .any(|name| said.contains(&format!("No module named {name}")))
    {
        let message = format!(
            "`{}` has no kfp 2, which compiles pipelines",
            python.display()
        );
        let hint = format!("{} -m pip install 'kfp>=2'", python.display());
        return Err(hinted(message, hint));
    }
    Ok(Err(Refusal::read(path, &said, console)))
}

/// The active or the nearest virtual environment's Python, else the system's.
fn interpreter() -> PathBuf {
    nearest_environment().unwrap_or_else(|| "python3".into())
}

/// The Python of the active or the nearest virtual environment.
pub(crate) fn nearest_environment() -> Option<PathBuf> {
    let active = env::var_os("VIRTUAL_ENV").map(PathBuf::from);
    active
        .into_iter()
        .chain([PathBuf::from(".venv")])
        .map(|environment| environment.join("bin/python"))
        .find(|python| python.is_file())
}
