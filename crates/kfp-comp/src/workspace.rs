//! The cargo workspace around the current directory, and the components in it.
//!
//! Cargo says what belongs to it; nothing is searched for, built or resolved here.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, MetadataCommand, Package, TargetKind};
use kfp_component_spec::{Component, source, yaml};

use crate::{
    config::Config,
    error::{Mistakes, hinted},
};

/// A workspace, or a package that is its own.
#[derive(Debug)]
pub struct Workspace {
    /// The directory of the root manifest.
    pub root: PathBuf,
    /// Where cargo builds.
    pub target: PathBuf,
    /// What `[workspace.metadata.kfp-comp]` says.
    pub config: Config,
    /// The names of all members, components or not.
    pub members: Vec<String>,
    crates: Vec<Crate>,
}

/// A component's crate: a member that depends on `kfp-component` and has a program of its own name.
#[derive(Clone, Debug)]
pub struct Crate {
    /// The crate's, the program's and the component's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its directory, from the workspace's root.
    pub dir: PathBuf,
    /// The program's source, from the workspace's root.
    pub source: PathBuf,
    authors: Vec<String>,
    license: Option<String>,
    repository: Option<String>,
}

impl Workspace {
    /// The workspace the current directory belongs to, or `None` if no directory above has a `Cargo.toml`.
    ///
    /// # Errors
    /// If cargo cannot read it, or its settings are wrong or for another version of this program.
    pub fn find() -> Result<Option<Self>> {
        let here = std::env::current_dir().context("could not tell the current directory")?;
        if !here
            .ancestors()
            .any(|directory| directory.join("Cargo.toml").is_file())
        {
            return Ok(None);
        }
        Self::at(&here).map(Some)
    }

    /// The workspace the current directory belongs to.
    ///
    /// # Errors
    /// If there is none, and as [`Workspace::find`].
    pub fn open() -> Result<Self> {
        Self::find()?.ok_or_else(|| {
            hinted(
                "this directory is not in a cargo workspace: no `Cargo.toml` here or above",
                "run `kfp-comp init <DIR>` to make one",
            )
        })
    }

    fn at(directory: &Path) -> Result<Self> {
        let metadata = MetadataCommand::new()
            .current_dir(directory)
            .no_deps()
            .exec()
            .map_err(|error| match error {
                cargo_metadata::Error::CargoMetadata { stderr } => cargo_error(&stderr),
                other => other.into(),
            })
            .context("cargo could not read the workspace")?;
        let root = metadata.workspace_root.into_std_path_buf();
        let config = Config::read(&metadata.workspace_metadata)
            .with_context(|| format!("could not read `{}`", root.join("Cargo.toml").display()))?;
        let members = metadata
            .packages
            .iter()
            .map(|package| package.name.to_string())
            .collect();
        let mut crates: Vec<Crate> = metadata
            .packages
            .iter()
            .filter_map(|package| Crate::of_package(package, &root))
            .collect();
        crates.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self {
            root,
            target: metadata.target_directory.into_std_path_buf(),
            config,
            members,
            crates,
        })
    }

    /// All components, by name.
    pub fn components(&self) -> &[Crate] {
        &self.crates
    }

    /// The component of that name.
    ///
    /// # Errors
    /// If there is none.
    pub fn component(&self, name: &str) -> Result<&Crate> {
        self.crates
            .iter()
            .find(|one| one.name == name)
            .ok_or_else(|| {
                let message = format!("no component named `{name}`");
                let names: Vec<&str> = self.crates.iter().map(|one| one.name.as_str()).collect();
                match similar::get_close_matches(name, &names, 1, 0.6).first() {
                    Some(near) => hinted(message, format!("there is a component named `{near}`")),
                    None if names.is_empty() => {
                        hinted(message, format!("run `kfp-comp new {name}` to create it"))
                    }
                    None => hinted(message, format!("the components are: {}", names.join(", "))),
                }
            })
    }

    /// The components of those names, each once; without names all of them.
    ///
    /// # Errors
    /// If a name is not a component's.
    pub fn select(&self, names: &[String]) -> Result<Vec<&Crate>> {
        if names.is_empty() {
            return Ok(self.crates.iter().collect());
        }
        let chosen: BTreeMap<&str, &Crate> = names
            .iter()
            .map(|name| Ok((name.as_str(), self.component(name)?)))
            .collect::<Result<_>>()?;
        Ok(chosen.into_values().collect())
    }

    /// Reads the signatures of several components.
    ///
    /// # Errors
    /// Every mistake of every one of them.
    pub fn read(&self, crates: &[&Crate]) -> Result<Vec<Component>> {
        let mut mistakes = Mistakes::default();
        let mut components = Vec::new();
        for one in crates {
            let path = self.root.join(&one.source);
            let text = fs::read_to_string(&path)
                .with_context(|| format!("could not read `{}`", one.source.display()))?;
            match source::component(&text) {
                Ok(component) => components.push(component),
                Err(all) => mistakes
                    .0
                    .extend(all.into_iter().map(|mistake| (one.source.clone(), mistake))),
            }
        }
        if mistakes.0.is_empty() {
            Ok(components)
        } else {
            Err(mistakes.into())
        }
    }
}

/// What cargo says, as a chain of causes of our own.
fn cargo_error(stderr: &str) -> anyhow::Error {
    let text = stderr.trim().trim_start_matches("error: ");
    let one_line = |cause: &str| cause.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut causes = text.rsplit("Caused by:").map(one_line);
    let last = anyhow::Error::msg(causes.next().unwrap_or_default());
    causes.fold(last, anyhow::Error::context)
}

impl Crate {
    fn of_package(package: &Package, root: &Path) -> Option<Self> {
        let depends = |dependency: &cargo_metadata::Dependency| {
            dependency.name == "kfp-component" && dependency.kind == DependencyKind::Normal
        };
        if !package.dependencies.iter().any(depends) {
            return None;
        }
        let program = package.targets.iter().find(|target| {
            target.kind.contains(&TargetKind::Bin) && target.name == package.name.as_str()
        })?;
        let from_root = |path: &Path| path.strip_prefix(root).unwrap_or(path).to_owned();
        Some(Self {
            name: package.name.to_string(),
            version: package.version.to_string(),
            dir: from_root(package.manifest_path.parent()?.as_std_path()),
            source: from_root(program.src_path.as_std_path()),
            authors: package.authors.clone(),
            license: package.license.clone(),
            repository: package.repository.clone(),
        })
        .filter(|one| one.is_component(root))
    }

    /// Whether its program is made by `kfp_component::main!`; a tool that merely uses the library is none.
    /// An unreadable file counts, so that whoever reads it next reports that.
    fn is_component(&self, root: &Path) -> bool {
        fs::read_to_string(root.join(&self.source)).map_or(true, |text| text.contains("main!"))
    }

    /// What the manifest says about the component, for `component.yaml` and the `Dockerfile`.
    pub fn package(&self, config: &Config) -> yaml::Package {
        yaml::Package {
            name: self.name.clone(),
            version: self.version.clone(),
            authors: self.authors.clone(),
            license: self.license.clone(),
            source: self.repository.clone(),
            image: config.image(&self.name, &self.version),
            annotations: config.annotations.clone(),
        }
    }
}
