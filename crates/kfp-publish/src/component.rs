//! What publishing needs to know about a component beside its manifest: its interface, its labels, its sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use cargo_metadata::{DepKindInfo, DependencyKind, Metadata, NodeDep, Package, PackageId};
use kfp_component_yaml::{label, render};
use kfp_workspace::{ComponentCrate, Settings, Workspace, is_generated};

use crate::error::{Context as _, Error, Result};
use crate::sbom;

/// The component.yaml of `component`, as the label [`label::COMPONENT`] holds it: the author's own file if there is
/// one, else the one its signature states.
pub(crate) fn interface(workspace: &Workspace, component: &ComponentCrate) -> Result<String> {
    let file = workspace.root.join(&component.dir).join("component.yaml");
    let own = fs::read_to_string(&file)
        .ok()
        .filter(|text| !is_generated(text));
    let (path, text) = match own {
        Some(text) => (&file, text),
        None => (&component.source, rendered(workspace, component)?),
    };
    label::unpinned(&text).context(|| format!("could not use `{}`", path.display()))
}

fn rendered(workspace: &Workspace, component: &ComponentCrate) -> Result<String> {
    let signatures = workspace.signatures(&[component]).map_err(|error| {
        Error::new(format!(
            "could not read the component in `{}`",
            component.source.display()
        ))
        .because(error)
        .hint("`kfp-comp check` shows each mistake")
    })?;
    render::render(&signatures[0], &component.package(&workspace.settings))
        .context(|| format!("`{}` cannot be a component of KFP 2", component.name))
}

/// What the images of `component` say about it, by OCI's names, beside what the settings add.
pub(crate) fn annotations(
    component: &ComponentCrate,
    settings: &Settings,
    description: Option<&str>,
) -> BTreeMap<String, String> {
    let authors = (!component.authors.is_empty()).then(|| component.authors.join(", "));
    let own = [
        ("title", Some(component.name.clone())),
        ("description", description.map(str::to_owned)),
        ("version", Some(component.version.clone())),
        ("licenses", component.license.clone()),
        ("source", component.repository.clone()),
        ("documentation", component.documentation.clone()),
        ("authors", authors),
    ];
    let own = own
        .into_iter()
        .filter_map(|(key, value)| Some((format!("org.opencontainers.image.{key}"), value?)));
    settings
        .annotations
        .clone()
        .into_iter()
        .chain(own)
        .collect()
}

/// The directory of `component` and those of the path dependencies that end up in its program.
pub(crate) fn source_dirs(workspace: &Workspace, component: &ComponentCrate) -> Vec<PathBuf> {
    let metadata = &workspace.metadata;
    linked(metadata, &component.id)
        .into_iter()
        .filter(|id| metadata[id].source.is_none())
        .filter_map(|id| dir(&metadata[id]))
        .collect()
}

/// The package and what is compiled for it or into it: no dev-dependencies.
fn linked<'a>(metadata: &'a Metadata, root: &'a PackageId) -> BTreeSet<&'a PackageId> {
    let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    let nodes: BTreeMap<_, _> = nodes.map(|node| (&node.id, node)).collect();
    let mut found = BTreeSet::from([root]);
    let mut open = vec![root];
    while let Some(id) = open.pop() {
        let dependencies = nodes.get(id).into_iter().flat_map(|node| &node.deps);
        for dependency in dependencies {
            let is_linked = dependency
                .dep_kinds
                .iter()
                .any(|kind| kind.kind != DependencyKind::Development);
            if is_linked && found.insert(&dependency.pkg) {
                open.push(&dependency.pkg);
            }
        }
    }
    found
}

/// The crate that makes the program of `component` need a C compiler for `target`, if there is one.
pub(crate) fn c_code<'a>(
    workspace: &'a Workspace,
    component: &'a ComponentCrate,
    target: &str,
) -> Result<Option<&'a Package>> {
    let metadata = &workspace.metadata;
    let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    let calls_a_compiler = |dependency: &NodeDep| {
        let is_built = |kind: &DepKindInfo| kind.kind == DependencyKind::Build;
        matches!(metadata[&dependency.pkg].name.as_str(), "cc" | "cmake")
            && dependency.dep_kinds.iter().any(is_built)
    };
    let with_c: BTreeSet<_> = nodes
        .filter(|node| node.deps.iter().any(calls_a_compiler))
        .map(|node| &node.id)
        .collect();
    let packages = sbom::packages(workspace, component, target)?;
    Ok(packages
        .into_iter()
        .find(|package| with_c.contains(&package.id)))
}

/// Directories of this machine that a compiler would write into programs, and what stands for them there.
pub(crate) fn remaps(workspace: &Workspace) -> Vec<(PathBuf, String)> {
    let mut remaps = BTreeSet::new();
    for package in &workspace.metadata.packages {
        let Some(own) = dir(package) else { continue };
        match &package.source {
            // The crates of a registry are side by side in one directory, whether cargo's own or a vendored one.
            Some(source) if !source.repr.starts_with("git+") => {
                remaps.extend(
                    own.parent()
                        .map(|all| (all.to_owned(), "/crates".to_owned())),
                );
            }
            Some(_) => {
                remaps.insert((own, format!("/crates/{}-{}", package.name, package.version)));
            }
            None if !own.starts_with(&workspace.root) => {
                remaps.insert((own, format!("/path/{}", package.name)));
            }
            None => {}
        }
    }
    remaps.into_iter().collect()
}

fn dir(package: &Package) -> Option<PathBuf> {
    Some(package.manifest_path.parent()?.as_std_path().to_owned())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use kfp_workspace::Dependencies;

    use super::*;

    #[test]
    fn a_dependency_with_c_code_is_found_before_anything_is_compiled() {
        let workspace =
            Workspace::read(Path::new(env!("CARGO_MANIFEST_DIR")), Dependencies::Locked).unwrap();
        let with_c = |name: &str| {
            let component = workspace.component(name).unwrap();
            let found = c_code(&workspace, component, "aarch64-unknown-linux-musl").unwrap();
            found.map(|package| package.name.to_string())
        };
        assert_eq!(with_c("data-ingestion").as_deref(), Some("ring"));
        assert_eq!(with_c("data-preprocess"), None);
    }
}
