//! The cargo workspace to publish from: its settings and its components.
//!
//! Cargo says what belongs to it; nothing is searched for or built here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, MetadataCommand, Package};
use serde::Deserialize;

use crate::component::Component;
use crate::error::{Context as _, Error, Result};
use crate::platform::Platform;

/// A workspace as cargo describes it.
#[derive(Debug)]
pub struct Workspace {
    /// The folder of the root manifest.
    pub root: PathBuf,
    /// The folder cargo builds in.
    pub target: PathBuf,
    /// What `[workspace.metadata.kfp-comp]` says.
    pub settings: Settings,
    /// The components, by name.
    pub components: Vec<Component>,
    pub(crate) metadata: Metadata,
}

/// The part of `[workspace.metadata.kfp-comp]` that concerns publishing; the CLI refuses unknown settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Where images go: `ghcr.io/acme`.
    pub registry: Option<String>,
    /// What images are for.
    pub platforms: Vec<Platform>,
    /// The catalog's folder, from the workspace's root.
    pub catalog: PathBuf,
    /// Annotations of every component.yaml and image.
    pub annotations: BTreeMap<String, String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            registry: None,
            platforms: Platform::ALL.to_vec(),
            catalog: "catalog".into(),
            annotations: BTreeMap::new(),
        }
    }
}

impl Workspace {
    /// The workspace the current folder belongs to.
    pub fn open() -> Result<Self> {
        Self::read(&std::env::current_dir().context(|| "could not tell the current directory")?)
    }

    /// The workspace that `folder` belongs to.
    pub fn read(folder: &Path) -> Result<Self> {
        // Crates for other platforms are none of our business, and may not even be downloaded.
        let targets = Platform::ALL.map(|platform| {
            ["musl", "gnu"].map(|libc| format!("{}-unknown-linux-{libc}", platform.cpu()))
        });
        let filters = targets.into_iter().flatten();
        let filters = filters.map(|target| format!("--filter-platform={target}"));
        let options: Vec<_> = std::iter::once("--locked".to_owned())
            .chain(filters)
            .collect();
        let metadata = MetadataCommand::new()
            .current_dir(folder)
            .other_options(options)
            .exec()
            .map_err(|error| match error {
                cargo_metadata::Error::CargoMetadata { stderr } => {
                    Error::new("cargo could not read the workspace")
                        .because(stderr.trim().trim_start_matches("error: "))
                }
                other => Error::new("cargo could not read the workspace").because(other),
            })?;
        let settings = match metadata.workspace_metadata.get("kfp-comp") {
            None => Settings::default(),
            Some(table) => Settings::deserialize(table).context(|| {
                format!(
                    "`[workspace.metadata.kfp-comp]` in `{}/Cargo.toml`",
                    metadata.workspace_root
                )
            })?,
        };
        let mut components: Vec<_> = metadata
            .workspace_packages()
            .into_iter()
            .filter_map(|package| Component::of_package(package, &metadata))
            .collect();
        components.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self {
            root: metadata.workspace_root.clone().into(),
            target: metadata.target_directory.clone().into(),
            settings,
            components,
            metadata,
        })
    }

    /// The components of those names, each once; without names all of them.
    pub fn select(&self, names: &[String]) -> Result<Vec<&Component>> {
        if let Some(unknown) = names
            .iter()
            .find(|name| self.components.iter().all(|one| one.name != **name))
        {
            let known: Vec<_> = self
                .components
                .iter()
                .map(|one| one.name.as_str())
                .collect();
            return Err(Error::new(format!("no component is called `{unknown}`"))
                .hint(format!("the components are: {}", known.join(", "))));
        }
        Ok(self
            .components
            .iter()
            .filter(|one| names.is_empty() || names.contains(&one.name))
            .collect())
    }

    /// Folders of this machine that a compiler would write into programs, and what stands for them.
    pub(crate) fn remaps(&self) -> Vec<(PathBuf, String)> {
        let folder = |package: &Package| {
            package
                .manifest_path
                .parent()
                .map(|path| path.as_std_path().to_owned())
        };
        let mut remaps = BTreeSet::new();
        for package in &self.metadata.packages {
            let Some(own) = folder(package) else { continue };
            match &package.source {
                // A registry's crates stand side by side in one folder, be it cargo's or a vendored one.
                Some(source) if !source.repr.starts_with("git+") => {
                    remaps.extend(
                        own.parent()
                            .map(|all| (all.to_owned(), "/crates".to_owned())),
                    );
                }
                Some(_) => {
                    remaps.insert((own, format!("/crates/{}-{}", package.name, package.version)));
                }
                None if !own.starts_with(&self.root) => {
                    remaps.insert((own, format!("/path/{}", package.name)));
                }
                None => {}
            }
        }
        remaps.into_iter().collect()
    }
}
