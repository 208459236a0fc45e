//! Which program stands for which image.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use kfp_pipeline::{
    ContainerSpec, Executor, PipelineSpec,
    image::{name, repository, tag},
    kubernetes::is_volume,
};

use super::{Engine, Environments, Images, Lightweight, Need, Program, environment::Versions};

/// Where programs may come from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// What the user says about images, by reference or name.
    pub choices: BTreeMap<String, Choice>,
    /// The components of the workspace.
    pub components: Vec<Component>,
    /// A Python interpreter with kfp and all that the components need.
    pub python: Option<PathBuf>,
    /// Where environments of Python components are kept, if there is no such interpreter.
    pub environments: Option<Environments>,
    /// Where programs of published images are kept.
    pub images: Option<Images>,
    /// Whether images may run in containers.
    pub containers: Containers,
    /// Whether nothing may be pulled and installed.
    pub is_offline: bool,
}

/// Whether images may run in containers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Containers {
    /// They may not.
    #[default]
    Never,
    /// Those that nothing else runs, with the engine that is found.
    IfNeeded,
    /// All but those of the workspace and those the user chose something for, with this engine.
    Always(Engine),
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
    /// How it differs from what the pipeline names, unless that was asked for.
    pub difference: Option<String>,
    /// What is odd about what was asked for.
    pub note: Option<String>,
    /// What has to be there before it runs, and may not be.
    pub need: Option<Need>,
}

/// An image that nothing on this machine can run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// The executor in the pipeline.
    pub executor: String,
    /// Its image.
    pub image: String,
    /// Why nothing runs it.
    pub reason: String,
    /// What could be done.
    pub hint: String,
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "nothing on this machine runs the image `{}` of the executor `{}`: {}",
            self.image, self.executor, self.reason
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
    resolve_with(pipeline, sources, &mut |_| {})
}

/// Finds a program for every executor of a pipeline, by its label. `say` is told which image is pulled.
///
/// # Errors
/// All executors there is none for.
pub fn resolve_with(
    pipeline: &PipelineSpec,
    sources: &Sources,
    say: &mut dyn FnMut(&str),
) -> Result<BTreeMap<String, Found>, Vec<Unresolved>> {
    let mut resolver = Resolver {
        sources,
        kfp: pipeline.sdk_version.strip_prefix("kfp-"),
        engine: None,
        pythons: Versions::default(),
        say,
    };
    let mut found = BTreeMap::new();
    let mut unresolved = Vec::new();
    for (label, executor) in &pipeline.deployment_spec.executors {
        let Executor::Container(container) = executor else {
            continue;
        };
        // The engine makes and deletes volumes itself.
        if is_volume(&container.image) {
            continue;
        }
        match resolver.find(container) {
            Ok(program) => {
                found.insert(label.clone(), program);
            }
            Err(reason) => unresolved.push(Unresolved {
                executor: label.clone(),
                image: container.image.clone(),
                reason,
                hint: hint(container),
            }),
        }
    }
    if unresolved.is_empty() {
        Ok(found)
    } else {
        Err(unresolved)
    }
}

/// Looks for programs, and asks a container engine and each Python once.
struct Resolver<'a> {
    sources: &'a Sources,
    /// The version of kfp the pipeline was compiled with.
    kfp: Option<&'a str>,
    engine: Option<Result<Engine, String>>,
    pythons: Versions,
    say: &'a mut dyn FnMut(&str),
}

impl Resolver<'_> {
    /// The program, or why there is none.
    fn find(&mut self, container: &ContainerSpec) -> Result<Found, String> {
        let sources = self.sources;
        let image = &container.image;
        let choice = sources.choices.get(image);
        match choice.or_else(|| sources.choices.get(name(image))) {
            Some(Choice::Native(path)) => {
                let why = format!("`{}`, as asked for", path.display());
                return Ok(Found::new(image, Program::Native(path.clone()), why));
            }
            Some(Choice::Host) => {
                let why = "programs of this machine, as asked for";
                return Ok(Found::new(image, Program::Host, why));
            }
            None => {}
        }
        if let Some(component) = sources.component(container) {
            let why = format!("the component `{}` of this workspace", component.name);
            return Ok(Found {
                component: Some(component.name.clone()),
                difference: component.difference(image),
                ..Found::new(image, Program::Native(component.program.clone()), why)
            });
        }
        if let Containers::Always(engine) = &sources.containers {
            return in_container(image, engine, "as asked for", sources.is_offline);
        }
        let reason = match Lightweight::of(container) {
            Some(component) => match self.python(component, image) {
                Ok(found) => return Ok(found),
                Err(reason) => reason,
            },
            None => match self.published(container) {
                Ok(found) => return Ok(found),
                Err(reason) => reason,
            },
        };
        self.contained(image, &reason)
    }

    /// A lightweight Python component, with the interpreter that is named or an environment made for it.
    fn python(&mut self, component: Lightweight, image: &str) -> Result<Found, String> {
        if let Some(interpreter) = &self.sources.python {
            let note = component.installs.as_ref().map(|_| {
                format!(
                    "the packages the component asks for are not installed; `{}` must have them",
                    interpreter.display()
                )
            });
            let why = format!(
                "a lightweight Python component, with `{}`",
                interpreter.display()
            );
            let program = Program::Python {
                interpreter: interpreter.clone(),
                component,
            };
            return Ok(Found {
                note,
                ..Found::new(image, program, why)
            });
        }
        let Some(environments) = &self.sources.environments else {
            return Err("it is a lightweight Python component".to_owned());
        };
        let (environment, difference) = environments.of(
            &component,
            image,
            self.kfp,
            self.sources.is_offline,
            &mut self.pythons,
        )?;
        let why = format!(
            "a lightweight Python component, in an environment with {}",
            environment.packages().join(", ")
        );
        let program = Program::Python {
            interpreter: environment.python(),
            component,
        };
        Ok(Found {
            difference,
            need: (!environment.is_ready()).then_some(Need::Environment(environment)),
            ..Found::new(image, program, why)
        })
    }

    /// The program of an image that holds one static program.
    fn published(&mut self, container: &ContainerSpec) -> Result<Found, String> {
        let image = &container.image;
        let Some(images) = &self.sources.images else {
            return Err("it is not a component of this workspace".to_owned());
        };
        let (program, why) =
            images.program(image, &container.command, self.sources.is_offline, self.say)?;
        let difference = (!image.contains('@')).then(|| {
            format!("`{image}` may be another image next time: it is not pinned by digest")
        });
        Ok(Found {
            difference,
            ..Found::new(image, Program::Native(program), why)
        })
    }

    /// The image in a container; `reason` is why it has to be.
    fn contained(&mut self, image: &str, reason: &str) -> Result<Found, String> {
        let sources = self.sources;
        if sources.containers == Containers::Never {
            return Err(reason.to_owned());
        }
        match self.engine.get_or_insert_with(Engine::find) {
            Ok(engine) => in_container(image, engine, reason, sources.is_offline),
            Err(missing) => Err(format!("{reason}, and {missing}")),
        }
    }
}

/// What could be done about an image that nothing runs.
fn hint(container: &ContainerSpec) -> String {
    let name = name(&container.image);
    if Lightweight::of(container).is_some() {
        return "name a Python that has kfp and the component's packages: `--python .venv/bin/python`"
            .to_owned();
    }
    format!(
        "in a container, `--engine podman`; if its program is a file here, `--native {name}=PATH`; if its command runs on \
         this machine as it is, `--native {name}=host`"
    )
}

fn in_container(
    image: &str,
    engine: &Engine,
    reason: &str,
    is_offline: bool,
) -> Result<Found, String> {
    let id = engine.image_id(image);
    if is_offline && id.is_none() {
        return Err(format!(
            "{} does not have the image, and this run is offline: run it once without `--offline`",
            engine.name()
        ));
    }
    let need = id.is_none().then_some(Need::Pull);
    let program = Program::Container {
        engine: engine.clone(),
        image: image.to_owned(),
        id: id.unwrap_or_default(),
    };
    let why = format!("a container of {}: {reason}", engine.name());
    Ok(Found {
        need,
        ..Found::new(image, program, why)
    })
}

impl Found {
    fn new(image: &str, program: Program, why: impl Into<String>) -> Self {
        Self {
            image: image.to_owned(),
            program,
            component: None,
            why: why.into(),
            difference: None,
            note: None,
            need: None,
        }
    }
}

impl Sources {
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
