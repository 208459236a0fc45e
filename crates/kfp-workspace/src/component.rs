//! A component's crate: what its manifest says about it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::{Dependency, DependencyKind, Package, PackageId, TargetKind};
use kfp_component_yaml::render;

use crate::Settings;

/// A component's crate: a member that depends on `kfp-component` and has a program named after itself.
#[derive(Clone, Debug)]
pub struct ComponentCrate {
    /// The name of the crate, the program and the component.
    pub name: String,
    /// Whether it is a server of the workspace's settings instead: its image has no interface, and no catalog lists it.
    pub is_server: bool,
    /// The crate's version.
    pub version: String,
    /// The crate's directory, relative to the workspace's root.
    pub dir: PathBuf,
    /// The program's source, relative to the workspace's root.
    pub source: PathBuf,
    /// How cargo identifies the crate.
    pub id: PackageId,
    /// The authors named in the manifest.
    pub authors: Vec<String>,
    /// The licence, as an SPDX expression.
    pub license: Option<String>,
    /// The address of the source repository.
    pub repository: Option<String>,
    /// The address of the documentation.
    pub documentation: Option<String>,
}

/// The profile of cargo that components are built with for their images.
pub const COMPONENT_PROFILE: &str = "component";
/// The profile of cargo that model servers are built with for their images.
pub const SERVER_PROFILE: &str = "server";

impl ComponentCrate {
    /// The profile of cargo that its program is built with for its image.
    pub fn profile(&self) -> &'static str {
        if self.is_server {
            SERVER_PROFILE
        } else {
            COMPONENT_PROFILE
        }
    }

    pub(crate) fn of_package(package: &Package, root: &Path) -> Option<Self> {
        let is_runtime = |dependency: &Dependency| {
            dependency.name == "kfp-component" && dependency.kind == DependencyKind::Normal
        };
        let found = Self::of_program(package, root)?;
        let is_component =
            package.dependencies.iter().any(is_runtime) && is_component(&root.join(&found.source));
        is_component.then_some(found)
    }

    /// The crate of a server.
    pub(crate) fn of_server(package: &Package, root: &Path) -> Option<Self> {
        Some(Self {
            is_server: true,
            ..Self::of_program(package, root)?
        })
    }

    /// A crate with a program named after itself.
    fn of_program(package: &Package, root: &Path) -> Option<Self> {
        let program = package.targets.iter().find(|target| {
            target.kind.contains(&TargetKind::Bin) && target.name == package.name.as_str()
        })?;
        let source = program.src_path.as_std_path();
        let from_root = |path: &Path| path.strip_prefix(root).unwrap_or(path).to_owned();
        Some(Self {
            name: package.name.to_string(),
            is_server: false,
            version: package.version.to_string(),
            dir: from_root(package.manifest_path.parent()?.as_std_path()),
            source: from_root(source),
            id: package.id.clone(),
            authors: package.authors.clone(),
            license: package.license.clone(),
            repository: package.repository.clone(),
            documentation: package.documentation.clone(),
        })
    }

    /// The image tag that stands for the crate's version.
    pub fn tag(&self) -> String {
        version_tag(&self.version)
    }

    /// What the manifest and the settings say about the component, for `component.yaml` and the `Dockerfile`.
    pub fn package(&self, settings: &Settings) -> render::Package {
        render::Package {
            name: self.name.clone(),
            version: self.version.clone(),
            authors: self.authors.clone(),
            license: self.license.clone(),
            source: self.repository.clone(),
            image: settings.image(&self.name, &self.version),
            annotations: settings.annotations.clone(),
        }
    }
}

/// The image tag that stands for a version: a semantic version may contain `+`, a tag must not.
pub fn version_tag(version: &str) -> String {
    version.replace('+', "_")
}

/// Whether the program is made by `kfp_component::main!`; a tool that merely uses the library is not a component.
/// An unreadable file counts, so that whoever reads it next reports that.
fn is_component(source: &Path) -> bool {
    fs::read_to_string(source).map_or(true, |text| text.contains("main!"))
}

/// What takes the place of a program that is called `name`, if something does: a program stands in its image's root.
///
/// ```
/// assert_eq!(kfp_workspace::reserved_by("gcs"), Some("KFP, which mounts it"));
/// assert_eq!(kfp_workspace::reserved_by("word-count"), None);
/// ```
pub fn reserved_by(name: &str) -> Option<&'static str> {
    Some(match name {
        "tmp" => "the image's own directory for temporary files",
        "etc" => "the image's own directory of certificates and users",
        "dev" | "proc" | "sys" | "run" => "the container runtime, which mounts it",
        "var" | "argo" => "Kubernetes and Argo Workflows, which mount volumes below it",
        "mainctrfs" => "Argo Workflows' executor, which mounts it",
        "gcs" | "s3" | "minio" | "oci" | "kfp-launcher" => "KFP, which mounts it",
        _ => return None,
    })
}
