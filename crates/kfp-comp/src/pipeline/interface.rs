//! Components in a pipeline compared with those of the workspace, of the lock file beside it and of catalogs.

use std::path::Path;

use anyhow::Result;
use kfp_component_yaml::{ir, load, render};
use kfp_pipeline::{ComponentSpec, Pipeline, Problem, Way, image::repository, rule};
use kfp_workspace::Workspace;

use super::released::Releases;
use crate::lock::Lock;

/// A component as it is now.
pub(crate) struct Current {
    /// Where it is, for people.
    pub(super) origin: String,
    /// Registry and repository.
    pub(super) repository: String,
    /// The only image that is meant, if one is.
    pub(super) pinned: Option<String>,
    pub(super) spec: ComponentSpec,
}

/// What changed since the pipeline in `folder` was compiled. The lock file in the folder comes before the workspace.
///
/// # Errors
/// If the lock file or a catalog cannot be read.
pub(crate) fn changes(
    pipeline: &Pipeline,
    folder: Option<&Path>,
    of_workspace: &[Current],
    mut releases: Option<&mut Releases>,
) -> Result<Vec<Problem>> {
    let locked = folder.map_or_else(|| Ok(Vec::new()), locked)?;
    let mut problems = Vec::new();
    for (name, component) in &pipeline.spec.components {
        let Some(image) = pipeline.spec.image(component) else {
            continue;
        };
        let here = locked
            .iter()
            .chain(of_workspace)
            .find(|one| one.repository == repository(image));
        let published = match &mut releases {
            Some(releases) => releases.current(image)?,
            None => None,
        };
        let way = Way::root().keys(["components", name]);
        for now in here.into_iter().chain(published) {
            let differences = differences(component, &now.spec);
            if !differences.is_empty() {
                let message = format!(
                    "`{name}` is not the component of {}: {}",
                    now.origin,
                    differences.join(", ")
                );
                problems.push(pipeline.problem(&rule::CHANGED_INTERFACE, &way, message));
            }
            if now.pinned.as_ref().is_some_and(|pinned| pinned != image) {
                let message = format!(
                    "`{name}` is the image `{image}`, and {} has another",
                    now.origin
                );
                problems.push(pipeline.problem(&rule::OTHER_IMAGE, &way, message));
            }
        }
    }
    Ok(problems)
}

/// The components of the lock file in a folder, whose files are as they were locked.
fn locked(folder: &Path) -> Result<Vec<Current>> {
    let lock = Lock::read(folder)?;
    let mut all = Vec::new();
    for one in &lock.components {
        if let Some(spec) = one.kept(folder)?.and_then(|text| compiled(&text)) {
            all.push(Current {
                origin: format!("`{}`", crate::lock::FILE),
                repository: one.image.clone(),
                pinned: Some(one.pinned()),
                spec,
            });
        }
    }
    Ok(all)
}

/// The components of a workspace. One that cannot be read is left out: it has an error of its own elsewhere.
pub(crate) fn of_workspace(workspace: &Workspace) -> Vec<Current> {
    let mut all = Vec::new();
    for one in &workspace.components {
        let package = one.package(&workspace.settings);
        let Ok(signatures) = workspace.signatures(&[one]) else {
            continue;
        };
        let text = signatures
            .first()
            .and_then(|component| render::render(component, &package).ok());
        if let Some(spec) = text.and_then(|text| compiled(&text)) {
            all.push(Current {
                origin: "this workspace".to_owned(),
                repository: repository(&package.image).to_owned(),
                pinned: None,
                spec,
            });
        }
    }
    all
}

/// What kfp makes of a component's file.
pub(super) fn compiled(text: &str) -> Option<ComponentSpec> {
    let file = load::load(text, None).ok()?.file;
    ir::compile(&file)
        .ok()?
        .spec
        .components
        .into_values()
        .next()
}

/// What a pipeline that was compiled with `old` gets wrong about `new`.
fn differences(old: &ComponentSpec, new: &ComponentSpec) -> Vec<String> {
    let mut all = Vec::new();
    let (before, now) = (&old.input_definitions, &new.input_definitions);
    for (name, port) in &before.parameters {
        match now.parameters.get(name) {
            None => all.push(format!("it has no parameter `{name}`")),
            Some(new) if new.parameter_type != port.parameter_type => all.push(format!(
                "`{name}` is a {}, not a {}",
                new.parameter_type.name(),
                port.parameter_type.name()
            )),
            Some(_) => {}
        }
    }
    for (name, port) in &now.parameters {
        let is_needed = !port.is_optional && port.default_value.is_none();
        if is_needed && !before.parameters.contains_key(name) {
            all.push(format!("it needs a parameter `{name}`"));
        }
    }
    let artifacts = [
        ("input", &before.artifacts, &now.artifacts),
        (
            "output",
            &old.output_definitions.artifacts,
            &new.output_definitions.artifacts,
        ),
    ];
    for (side, before, now) in artifacts {
        for (name, port) in before {
            match now.get(name) {
                None => all.push(format!("it has no {side} artifact `{name}`")),
                Some(new) if new.artifact_type != port.artifact_type => all.push(format!(
                    "the {side} `{name}` is a {}, not a {}",
                    new.artifact_type.schema_title, port.artifact_type.schema_title
                )),
                Some(_) => {}
            }
        }
    }
    for (name, port) in &now.artifacts {
        if !port.is_optional && !before.artifacts.contains_key(name) {
            all.push(format!("it needs an artifact `{name}`"));
        }
    }
    let (before, now) = (
        &old.output_definitions.parameters,
        &new.output_definitions.parameters,
    );
    for (name, port) in before {
        let same = now
            .get(name)
            .map(|new| new.parameter_type == port.parameter_type);
        match same {
            None => all.push(format!("it has no output parameter `{name}`")),
            Some(false) => all.push(format!("the type of the output `{name}` changed")),
            Some(true) => {}
        }
    }
    all
}
