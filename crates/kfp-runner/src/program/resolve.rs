//! Which program stands for which image.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use kfp_pipeline::{
    ContainerSpec, Executor, PipelineSpec,
    image::{name, repository, tag},
};

use super::{Lightweight, Program};

/// Where programs may come from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// What the user says about images, by reference or name.
    pub choices: BTreeMap<String, Choice>,
    /// The components of the workspace.
    pub components: Vec<Component>,
    /// A Python interpreter with kfp.
    pub python: Option<PathBuf>,
}

/// What the user says about an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Its program is this file.
    Native(PathBuf),
    /// Its command runs with the programs of this machine.
    Host,
}

/// A component of the workspace, built for this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Its name, which is that of its program.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The image it is published as: `ghcr.io/acme/train:0.1.0`.
    pub image: String,
    /// Where its program is, or will be once it is built.
    pub program: PathBuf,
}

/// A program for an executor, and why it is this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The image the pipeline names.
    pub image: String,
    /// The program.
    pub program: Program,
    /// The component of the workspace it is, if it is one.
    pub component: Option<String>,
    /// Why, for people.
    pub why: String,
    /// What differs from what the pipeline names.
    pub warning: Option<String>,
}

/// An image that nothing on this machine can run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// The executor in the pipeline.
    pub executor: String,
    /// Its image.
    pub image: String,
    /// What could be done.
    pub hint: String,
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "nothing on this machine runs the image `{}` of the executor `{}`",
            self.image, self.executor
        )
    }
}

/// Finds a program for every executor of a pipeline, by its label.
///
/// # Errors
/// All executors there is none for.
pub fn resolve(
    pipeline: &PipelineSpec,
    sources: &Sources,
) -> Result<BTreeMap<String, Found>, Vec<Unresolved>> {
    let mut found = BTreeMap::new();
    let mut unresolved = Vec::new();
    for (label, executor) in &pipeline.deployment_spec.executors {
        let Executor::Container(container) = executor else {
            continue;
        };
        match sources.find(container) {
            Ok(program) => {
                found.insert(label.clone(), program);
            }
            Err(hint) => unresolved.push(Unresolved {
                executor: label.clone(),
                image: container.image.clone(),
                hint,
            }),
        }
    }
    if unresolved.is_empty() {
        Ok(found)
    } else {
        Err(unresolved)
    }
}

impl Sources {
    /// The program, or a hint at how there could be one.
    fn find(&self, container: &ContainerSpec) -> Result<Found, String> {
        let image = &container.image;
        let found = |program, component, why: String, warning| Found {
            image: image.clone(),
            program,
            component,
            why,
            warning,
        };
        let choice = self
            .choices
            .get(image)
            .or_else(|| self.choices.get(name(image)));
        match choice {
            Some(Choice::Native(path)) => {
                let why = format!("`{}`, as asked for", path.display());
                return Ok(found(Program::Native(path.clone()), None, why, None));
            }
            Some(Choice::Host) => {
                let why = "programs of this machine, as asked for".to_owned();
                return Ok(found(Program::Host, None, why, None));
            }
            None => {}
        }
        if let Some(component) = self.component(container) {
            return Ok(found(
                Program::Native(component.program.clone()),
                Some(component.name.clone()),
                format!("the component `{}` of this workspace", component.name),
                component.difference(image),
            ));
        }
        if let Some(component) = Lightweight::of(container) {
            let Some(interpreter) = &self.python else {
                return Err(
                    "it is a lightweight Python component: name a Python that has kfp with `--python`, such as \
                     `.venv/bin/python`"
                        .to_owned(),
                );
            };
            let warning = component.installs.as_ref().map(|_| {
                format!(
                    "the packages the component asks for are not installed; `{}` must have them",
                    interpreter.display()
                )
            });
            let program = Program::Python {
                interpreter: interpreter.clone(),
                component,
            };
            let why = format!(
                "a lightweight Python component, with `{}`",
                interpreter.display()
            );
            return Ok(found(program, None, why, warning));
        }
        let name = name(image);
        Err(format!(
            "if its program is a file here, `--native {name}=PATH`; if its command runs on this machine as it is, \
             `--native {name}=host`"
        ))
    }

    /// The component whose image it is, or whose name the image and its command have.
    fn component(&self, container: &ContainerSpec) -> Option<&Component> {
        let image = &container.image;
        let same_repository =
            |component: &&Component| repository(&component.image) == repository(image);
        let same_name = |component: &&Component| {
            let program = container.command.first().map(Path::new);
            component.name == name(image)
                && program.and_then(Path::file_name) == Some(component.name.as_ref())
        };
        let mut all = self.components.iter();
        all.clone()
            .find(same_repository)
            .or_else(|| all.find(same_name))
    }
}

impl Component {
    /// What differs between the image a pipeline names and this component.
    fn difference(&self, image: &str) -> Option<String> {
        if image == self.image {
            return None;
        }
        let named = match (tag(image), image.contains('@')) {
            (_, true) => "an image by its digest".to_owned(),
            (Some(tag), false) if tag != tag_of(&self.version) => format!("version {tag}"),
            (None, false) => "no version".to_owned(),
            (Some(_), false) => format!("`{image}`"),
        };
        Some(format!(
            "the pipeline names {named} of `{}`; what runs is version {} from this workspace",
            self.name, self.version
        ))
    }
}

fn tag_of(version: &str) -> String {
    version.replace('+', "_")
}
