//! The workspace: its root, its settings and its components.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use cargo_metadata::{Metadata, MetadataCommand};
use kfp_component_spec::{Component, source};

#[cfg(unix)]
use crate::kept;
use crate::{ComponentCrate, Error, Mistakes, Platform, Result, Settings};

/// Whether cargo resolves what the members depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dependencies {
    /// Only the members: fast, and works without a `Cargo.lock` and without a network.
    Ignored,
    /// All packages that are compiled for the [platforms](Platform), exactly as `Cargo.lock` has them.
    Locked,
}

/// A cargo workspace, or a package that forms its own.
#[derive(Debug)]
pub struct Workspace {
    /// The directory of the root manifest.
    pub root: PathBuf,
    /// The directory cargo builds in.
    pub target: PathBuf,
    /// What `[workspace.metadata.kfp-comp]` says.
    pub settings: Settings,
    /// The names of all members, components or not.
    pub members: Vec<String>,
    /// The components, sorted by name.
    pub components: Vec<ComponentCrate>,
    /// The servers that the settings name.
    pub servers: Vec<ComponentCrate>,
    /// Everything cargo says about the workspace.
    pub metadata: Metadata,
}

impl Workspace {
    /// The workspace the current directory belongs to, or `None` if there is no `Cargo.toml` in it or above it.
    ///
    /// # Errors
    /// If cargo cannot read it, or if its settings are wrong or for another version of the tools.
    pub fn find() -> Result<Option<Self>> {
        match Self::open(Dependencies::Ignored) {
            Err(Error::NoManifest) => Ok(None),
            found => found.map(Some),
        }
    }

    /// The workspace the current directory belongs to.
    ///
    /// # Errors
    /// [`Error::NoManifest`] if there is none, and as [`Workspace::find`].
    pub fn open(dependencies: Dependencies) -> Result<Self> {
        Self::read(
            &env::current_dir().map_err(Error::CurrentDirectory)?,
            dependencies,
        )
    }

    /// As [`Workspace::find`] for an absolute `directory`, from what cargo said earlier if nothing has changed since: the
    /// answer is kept in a file below `cache`. Dependencies are [ignored](Dependencies::Ignored).
    ///
    /// # Errors
    /// As [`Workspace::find`].
    #[cfg(unix)]
    pub fn find_kept(directory: &Path, cache: &Path) -> Result<Option<Self>> {
        use std::hash::{DefaultHasher, Hash as _, Hasher as _};

        if !has_manifest(directory) {
            return Ok(None);
        }
        let mut hash = DefaultHasher::new();
        directory.hash(&mut hash);
        let file = cache.join(format!("{:016x}.json", hash.finish()));
        if let Some(metadata) = kept::read(&file, directory) {
            return Self::of(metadata).map(Some);
        }
        let began = std::time::SystemTime::now();
        let metadata = ask(directory, Dependencies::Ignored)?;
        kept::write(&file, directory, &metadata, began);
        Self::of(metadata).map(Some)
    }

    /// The workspace that `directory`, an absolute path, belongs to.
    ///
    /// # Errors
    /// As [`Workspace::open`].
    pub fn read(directory: &Path, dependencies: Dependencies) -> Result<Self> {
        if !has_manifest(directory) {
            return Err(Error::NoManifest);
        }
        Self::of(ask(directory, dependencies)?)
    }

    fn of(metadata: Metadata) -> Result<Self> {
        let root = metadata.workspace_root.clone().into_std_path_buf();
        let settings =
            Settings::read(&metadata.workspace_metadata).map_err(|source| Error::Settings {
                manifest: root.join("Cargo.toml"),
                source,
            })?;
        let packages = metadata.workspace_packages();
        let mut components: Vec<_> = packages
            .iter()
            .filter_map(|package| ComponentCrate::of_package(package, &root))
            .collect();
        components.sort_by(|a, b| a.name.cmp(&b.name));
        let server = |name: &String| {
            let package = packages.iter().find(|package| package.name == *name);
            package
                .and_then(|package| ComponentCrate::of_server(package, &root))
                .ok_or_else(|| Error::UnknownServer(name.clone()))
        };
        let servers = settings.servers.iter().map(server).collect::<Result<_>>()?;
        Ok(Self {
            servers,
            members: packages.iter().map(|one| one.name.to_string()).collect(),
            target: metadata.target_directory.clone().into_std_path_buf(),
            root,
            settings,
            components,
            metadata,
        })
    }

    /// The component of that name.
    ///
    /// # Errors
    /// [`Error::UnknownComponent`] if there is none.
    pub fn component(&self, name: &str) -> Result<&ComponentCrate> {
        self.components
            .iter()
            .find(|one| one.name == name)
            .ok_or_else(|| Error::UnknownComponent {
                name: name.to_owned(),
                known: self.components.iter().map(|one| one.name.clone()).collect(),
            })
    }

    /// What images are made of, each once and sorted by name: the components and servers of those names; without names
    /// all components.
    ///
    /// # Errors
    /// [`Error::UnknownComponent`] if a name is neither a component's nor a server's.
    pub fn images(&self, names: &[String]) -> Result<Vec<&ComponentCrate>> {
        let is_named = |server: &&ComponentCrate| names.contains(&server.name);
        let servers: Vec<&ComponentCrate> = self.servers.iter().filter(is_named).collect();
        let others: Vec<String> = names
            .iter()
            .filter(|name| servers.iter().all(|server| server.name != **name))
            .cloned()
            .collect();
        if others.is_empty() && !servers.is_empty() {
            return Ok(servers);
        }
        let mut chosen = self.select(&others)?;
        chosen.extend(servers);
        chosen.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(chosen)
    }

    /// The components of those names, each once and sorted by name; without names all of them.
    ///
    /// # Errors
    /// [`Error::UnknownComponent`] if a name is not a component's.
    pub fn select(&self, names: &[String]) -> Result<Vec<&ComponentCrate>> {
        if names.is_empty() {
            return Ok(self.components.iter().collect());
        }
        let chosen: BTreeMap<&str, &ComponentCrate> = names
            .iter()
            .map(|name| Ok((name.as_str(), self.component(name)?)))
            .collect::<Result<_>>()?;
        Ok(chosen.into_values().collect())
    }

    /// Reads the signatures of several components, in their order.
    ///
    /// # Errors
    /// [`Error::Read`] for the first source that cannot be read, else every mistake of every signature as
    /// [`Error::Mistakes`].
    pub fn signatures(&self, crates: &[&ComponentCrate]) -> Result<Vec<Component>> {
        let mut mistakes = Mistakes::default();
        let mut components = Vec::new();
        for one in crates {
            let text = fs::read_to_string(self.root.join(&one.source)).map_err(|source| {
                let path = one.source.clone();
                Error::Read { path, source }
            })?;
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

fn has_manifest(directory: &Path) -> bool {
    directory
        .ancestors()
        .any(|directory| directory.join("Cargo.toml").is_file())
}

fn ask(directory: &Path, dependencies: Dependencies) -> Result<Metadata> {
    let mut command = MetadataCommand::new();
    command.current_dir(directory);
    match dependencies {
        Dependencies::Ignored => command.no_deps(),
        Dependencies::Locked => command.other_options(locked()),
    };
    run(&command).map_err(|error| Error::Cargo(error.into()))
}

/// Runs cargo without this program's input: `cargo metadata` lets the compiler read from it.
fn run(command: &MetadataCommand) -> std::result::Result<Metadata, cargo_metadata::Error> {
    let output = command.cargo_command().stdin(Stdio::null()).output()?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(cargo_metadata::Error::CargoMetadata { stderr });
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let json = text.lines().find(|line| line.starts_with('{'));
    MetadataCommand::parse(json.ok_or(cargo_metadata::Error::NoJson)?)
}

/// The options that make cargo resolve for our platforms only: crates for others need not even be downloaded.
fn locked() -> Vec<String> {
    let targets = Platform::ALL.into_iter().flat_map(|platform| {
        ["musl", "gnu"].map(|libc| format!("{}-unknown-linux-{libc}", platform.cpu()))
    });
    std::iter::once("--locked".to_owned())
        .chain(targets.map(|target| format!("--filter-platform={target}")))
        .collect()
}
