//! Environments of lightweight Python components: what a component has pip install is installed once and kept.

use std::{
    collections::BTreeMap,
    env,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{Lightweight, container::is_on_path};
use crate::task::digest;

/// A file in an environment that is complete.
const COMPLETE: &str = "complete";

/// Where environments are kept, and what they are made with.
#[derive(Clone, Debug)]
pub struct Environments {
    /// The directory they are kept in, which need not be there yet.
    pub cache: PathBuf,
    /// The virtual environment in use, whose Python makes them where no better fits.
    pub nearest: Option<PathBuf>,
}

/// The environment of one component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    base: PathBuf,
    version: String,
    /// The arguments of each call of `pip install`, in order.
    installs: Vec<Vec<String>>,
    directory: PathBuf,
}

impl Environments {
    /// The environment a component needs, and what is odd about it. `image` tells the version of Python, `kfp` the
    /// version of the SDK where the component does not install one.
    ///
    /// # Errors
    /// If there is no Python, or it cannot be told what is installed.
    pub(super) fn of(
        &self,
        component: &Lightweight,
        image: &str,
        kfp: Option<&str>,
        is_offline: bool,
        versions: &mut Versions,
    ) -> Result<(Environment, Option<String>), String> {
        let mut installs = match &component.installs {
            Some(script) => pip_calls(script)?,
            None => Vec::new(),
        };
        if installs.is_empty() {
            let version = kfp.map_or_else(|| "kfp>=2".to_owned(), |kfp| format!("kfp=={kfp}"));
            installs.push(vec![
                version,
                "--no-deps".into(),
                "typing-extensions>=3.7.4,<5".into(),
            ]);
        }
        let wanted = wanted_version(image);
        let (base, version) = self.base(wanted, versions)?;
        let warning = wanted.filter(|wanted| version != *wanted).map(|wanted| {
            format!(
                "the pipeline names Python {wanted}; what runs is `{}`, Python {version}",
                base.display()
            )
        });
        let key = serde_json::json!([installs, version, env::consts::OS, env::consts::ARCH]);
        let key = digest::of_bytes(key.to_string());
        let directory = self.cache.join(&key[..32]);
        let environment = Environment {
            base,
            version,
            installs,
            directory,
        };
        if is_offline && !environment.is_ready() {
            return Err(format!(
                "its environment with {} was not made before, and this run is offline",
                environment.packages().join(", ")
            ));
        }
        Ok((environment, warning))
    }

    /// The interpreter that environments are made with, and its version.
    fn base(
        &self,
        wanted: Option<&str>,
        versions: &mut Versions,
    ) -> Result<(PathBuf, String), String> {
        let named = wanted.map(|version| PathBuf::from(format!("python{version}")));
        let named = named.filter(|name| is_on_path(name));
        let mut others = Vec::new();
        for python in named
            .into_iter()
            .chain(self.nearest.clone())
            .chain(["python3".into()])
        {
            let Some(version) = versions.of(&python) else {
                continue;
            };
            if wanted.is_none_or(|wanted| wanted == version) {
                return Ok((python, version));
            }
            others.push((python, version));
        }
        let other = others.into_iter().next();
        other.ok_or_else(|| "there is no Python on this machine: install Python 3".to_owned())
    }
}

impl Environment {
    /// Its interpreter.
    pub(super) fn python(&self) -> PathBuf {
        self.directory.join("bin/python")
    }

    /// Whether everything is installed.
    pub(super) fn is_ready(&self) -> bool {
        self.directory.join(COMPLETE).is_file()
    }

    /// What is installed, for people.
    pub(super) fn packages(&self) -> Vec<&str> {
        let words = self.installs.iter().flatten().map(String::as_str);
        words
            .filter(|word| {
                !word.starts_with("--")
                    && !word.starts_with("http")
                    && !word.starts_with("typing-extensions")
            })
            .collect()
    }

    /// Makes it, unless another process did in the meantime.
    ///
    /// # Errors
    /// With the last line of what venv or pip said.
    pub(super) fn make(&self) -> Result<(), String> {
        let failed =
            |error: io::Error| format!("could not make `{}`: {error}", self.directory.display());
        let parent = self.directory.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(failed)?;
        let lock = File::create(self.directory.with_extension("lock")).map_err(failed)?;
        lock.lock().map_err(failed)?;
        if self.is_ready() {
            return Ok(());
        }
        if self.directory.exists() {
            fs::remove_dir_all(&self.directory).map_err(failed)?;
        }
        let mut venv = Command::new(&self.base);
        venv.args(["-m", "venv"]).arg(&self.directory);
        run(&mut venv, "make an environment")?;
        for arguments in &self.installs {
            let mut pip = Command::new(self.python());
            pip.args(["-m", "pip", "install"])
                .args(arguments)
                .env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
            run(&mut pip, &format!("install {}", self.packages().join(", ")))?;
        }
        File::create(self.directory.join(COMPLETE)).map_err(failed)?;
        Ok(())
    }
}

fn run(command: &mut Command, what: &str) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| {
        format!(
            "could not run `{}`: {error}",
            command.get_program().display()
        )
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(if output.stderr.is_empty() {
        &output.stdout
    } else {
        &output.stderr
    });
    let error = said
        .lines()
        .rev()
        .find(|line| line.starts_with("ERROR"))
        .or(said.trim().lines().last());
    Err(format!("could not {what}: {}", error.unwrap_or_default()))
}

/// `3.11` of `python:3.11`, `python:3.11.4-slim`.
fn wanted_version(image: &str) -> Option<&str> {
    if kfp_pipeline::image::name(image) != "python" {
        return None;
    }
    let tag = kfp_pipeline::image::tag(image)?.split('-').next()?;
    let end = tag
        .match_indices('.')
        .nth(1)
        .map_or(tag.len(), |(at, _)| at);
    Some(&tag[..end]).filter(|version| version.starts_with("3."))
}

/// The versions of interpreters, each of which is started once.
#[derive(Debug, Default)]
pub(super) struct Versions(BTreeMap<PathBuf, Option<String>>);

impl Versions {
    /// None if it does not run.
    fn of(&mut self, python: &Path) -> Option<String> {
        if let Some(known) = self.0.get(python) {
            return known.clone();
        }
        let version = version(python);
        self.0.insert(python.to_owned(), version.clone());
        version
    }
}

/// `3.11` of an interpreter that runs.
fn version(python: &Path) -> Option<String> {
    let script = "import sys; print('%d.%d' % sys.version_info[:2])";
    let output = Command::new(python)
        .args(["-c", script])
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let version = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !version.is_empty()).then_some(version)
}

/// The arguments of each `pip install` in the script that kfp compiles into a component.
///
/// # Errors
/// If the script is another than kfp writes: nothing is guessed.
fn pip_calls(script: &str) -> Result<Vec<Vec<String>>, String> {
    const CALL: &str = "python3 -m pip install";
    let unclear = || "it cannot be told which packages its script installs".to_owned();
    let mut calls = Vec::new();
    for part in script.split(CALL).skip(1) {
        let mut arguments = Vec::new();
        for word in shlex::split(&upto_end(part)).ok_or_else(unclear)? {
            if word.contains(['$', '`', '\n']) {
                return Err(unclear());
            }
            arguments.push(word);
        }
        if arguments.is_empty() {
            return Err(unclear());
        }
        calls.push(arguments);
    }
    Ok(calls)
}

/// The text until a `&&`, `;` or `|` outside of quotes.
fn upto_end(text: &str) -> String {
    let mut quote = None;
    let mut command = String::new();
    for c in text.chars() {
        match (quote, c) {
            (None, '&' | ';' | '|') => break,
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
        command.push(c);
    }
    command
}

#[cfg(test)]
mod tests {
    use kfp_pipeline::ContainerSpec;

    use super::*;

    #[test]
    fn packages_are_told_from_the_script_kfp_compiles() {
        let script = "\nif ! [ -x \"$(command -v pip)\" ]; then\n    python3 -m ensurepip || python3 -m ensurepip --user || apt-get install python3-pip\nfi\n\n\
            PIP_DISABLE_PIP_VERSION_CHECK=1 python3 -m pip install --quiet --no-warn-script-location --index-url https://i.example/simple --trusted-host i.example 'pandas==2.0' \
            'requests[socks]>=2;python_version>\"3\"'  &&  python3 -m pip install --quiet --no-warn-script-location 'kfp==2.17.3' '--no-deps' \
            'typing-extensions>=3.7.4,<5; python_version<\"3.9\"' && \"$0\" \"$@\"\n";
        let calls = pip_calls(script).unwrap();
        assert_eq!(calls.len(), 2);
        assert_eq!(
            calls[0][2..5],
            ["--index-url", "https://i.example/simple", "--trusted-host"]
        );
        assert_eq!(
            calls[0][6..],
            ["pandas==2.0", "requests[socks]>=2;python_version>\"3\""]
        );
        assert_eq!(calls[1][2..4], ["kfp==2.17.3", "--no-deps"]);
        assert!(pip_calls("python3 -m pip install $PACKAGES && x").is_err());
        assert!(pip_calls("python3 -m pip install 'open && x").is_err());
        assert_eq!(pip_calls("echo").unwrap(), Vec::<Vec<String>>::new());
    }

    #[test]
    fn an_interpreter_is_started_once_for_all_components() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        // By another process: a program that a thread of this one has open for writing cannot be started.
        let script =
            "printf '#!/bin/sh\\necho >> %s\\necho 3.77\\n' \"$1\" > \"$0\" && chmod +x \"$0\"";
        let status = Command::new("sh")
            .args(["-c", script])
            .args([path("python"), path("started")])
            .status();
        assert!(status.unwrap().success());
        let environments = Environments {
            cache: path("cache"),
            nearest: Some(path("python")),
        };
        let command = ["sh", "-c", "-m kfp.dsl.executor_main", "pass"].map(str::to_owned);
        let component = Lightweight::of(&ContainerSpec {
            command: command.into(),
            ..ContainerSpec::default()
        })
        .unwrap();
        let mut versions = Versions::default();
        for _ in 0..3 {
            let (environment, difference) = environments
                .of(&component, "python:3.77", None, false, &mut versions)
                .unwrap();
            assert_eq!(
                (environment.base, difference),
                (path("python"), None),
                "{}",
                environment.version
            );
        }
        assert_eq!(fs::read_to_string(path("started")).unwrap(), "\n");
    }

    #[test]
    fn the_image_says_which_python_is_wanted() {
        assert_eq!(wanted_version("python:3.11"), Some("3.11"));
        assert_eq!(
            wanted_version("docker.io/library/python:3.12.1-slim"),
            Some("3.12")
        );
        assert_eq!(wanted_version("python"), None);
        assert_eq!(wanted_version("acme/train:3.11"), None);
    }
}
