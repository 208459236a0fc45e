//! A component's crate: what its manifest and its signature say about it.
//!
//! Reads its own folder only; what belongs to the workspace is handed in.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use cargo_metadata::{DependencyKind, Metadata, Package, PackageId, TargetKind};
use kfp_component_spec::yaml;
use kfp_component_spec::{label, source};

use crate::error::{Context as _, Error, Result};
use crate::workspace::Settings;

/// A component's crate: a member that depends on `kfp-component` and has a program of its own name.
#[derive(Clone, Debug)]
pub struct Component {
    /// The crate's, the program's and the component's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its folder.
    pub folder: PathBuf,
    /// The program's source.
    pub source: PathBuf,
    /// Its folder and those of the path dependencies that end up in the program.
    pub folders: Vec<PathBuf>,
    pub(crate) id: PackageId,
    authors: Vec<String>,
    license: Option<String>,
    repository: Option<String>,
    documentation: Option<String>,
}

impl Component {
    pub(crate) fn of_package(package: &Package, metadata: &Metadata) -> Option<Self> {
        let depends = |dependency: &cargo_metadata::Dependency| {
            dependency.name == "kfp-component" && dependency.kind == DependencyKind::Normal
        };
        let program = |target: &&cargo_metadata::Target| {
            target.kind.contains(&TargetKind::Bin) && target.name == package.name.as_str()
        };
        let source = &package.targets.iter().find(program)?.src_path;
        // A tool that merely uses the library is no component; an unreadable file counts, for whoever reads it next to say so.
        let is_component = fs::read_to_string(source).map_or(true, |text| text.contains("main!"));
        if !package.dependencies.iter().any(depends) || !is_component {
            return None;
        }
        let folders = linked(metadata, &package.id)
            .into_iter()
            .filter(|id| metadata[id].source.is_none())
            .filter_map(|id| {
                Some(
                    metadata[id]
                        .manifest_path
                        .parent()?
                        .as_std_path()
                        .to_owned(),
                )
            })
            .collect();
        Some(Self {
            name: package.name.to_string(),
            version: package.version.to_string(),
            folder: package.manifest_path.parent()?.into(),
            source: source.clone().into(),
            folders,
            id: package.id.clone(),
            authors: package.authors.clone(),
            license: package.license.clone(),
            repository: package.repository.clone(),
            documentation: package.documentation.clone(),
        })
    }

    /// The tag of its version: a tag has no `+`, a version may.
    pub fn version_tag(&self) -> String {
        self.version.replace('+', "_")
    }

    /// Its component.yaml, as the label [`label::COMPONENT`] holds it: the author's own file if there is one, else
    /// the one its signature states.
    pub fn interface(&self, settings: &Settings) -> Result<String> {
        let file = self.folder.join("component.yaml");
        let own = fs::read_to_string(&file)
            .ok()
            .filter(|text| !is_generated(text));
        let (path, text) = match own {
            Some(text) => (&file, text),
            None => (&self.source, self.render(settings)?),
        };
        label::interface(&text).context(|| format!("could not use `{}`", path.display()))
    }

    fn render(&self, settings: &Settings) -> Result<String> {
        let failed = || {
            format!(
                "could not read the component in `{}`",
                self.source.display()
            )
        };
        let text = fs::read_to_string(&self.source).context(failed)?;
        let component = source::component(&text).map_err(|mistakes| {
            let lines = mistakes
                .iter()
                .map(|one| format!("{} (line {}:{})", one.message, one.line, one.column));
            Error::new(failed())
                .because(lines.collect::<Vec<_>>().join("; "))
                .hint("`kfp-comp check` shows each mistake")
        })?;
        Ok(yaml::render(&component, &self.package(settings)))
    }

    fn package(&self, settings: &Settings) -> yaml::Package {
        yaml::Package {
            name: self.name.clone(),
            version: self.version.clone(),
            authors: self.authors.clone(),
            license: self.license.clone(),
            source: self.repository.clone(),
            image: format!("{}:{}", self.name, self.version_tag()),
            annotations: settings.annotations.clone(),
        }
    }

    /// What its images say about it, by OCI's names, beside what the settings add.
    pub fn annotations(
        &self,
        settings: &Settings,
        description: Option<&str>,
    ) -> BTreeMap<String, String> {
        let own = [
            ("title", Some(self.name.clone())),
            ("description", description.map(str::to_owned)),
            ("version", Some(self.version.clone())),
            ("licenses", self.license.clone()),
            ("source", self.repository.clone()),
            ("documentation", self.documentation.clone()),
            (
                "authors",
                (!self.authors.is_empty()).then(|| self.authors.join(", ")),
            ),
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
}

/// Whether the file is the tool's to write: it begins with the first line of the header.
fn is_generated(text: &str) -> bool {
    text.lines().next() == yaml::HEADER.lines().next()
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
