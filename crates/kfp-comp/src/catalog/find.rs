//! Which catalogs are configured, and which of them contains a component.
//!
//! Refuses to choose between two catalogs that contain a component of the same name.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
    path::Path,
    str::FromStr,
    time::Duration,
};

use anyhow::{Context, Result};
use kfp_catalog::{ComponentIndex, Name, Query, Release, Summary, search};
use semver::Version;
use serde::Deserialize;

use super::CatalogLocation;
use crate::{
    error::{Usage, hinted},
    lock::Lock,
};
use kfp_workspace::Workspace;

/// The file that names catalogs, here or in a directory above.
const CONFIG: &str = "kfp-comp.toml";

/// The options that choose catalogs.
#[derive(Debug, clap::Args)]
pub(crate) struct CatalogArgs {
    /// Catalog to read: a folder, a URL, or a name from kfp-comp.toml; may be repeated
    #[arg(long, value_name = "DIR|URL|NAME")]
    pub(crate) catalog: Vec<String>,
    /// Seconds to wait for a server
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) timeout: u64,
}

/// `NAME` or `NAME@VERSION`.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    /// The component.
    pub(crate) name: Name,
    /// The version; the latest if absent.
    pub(crate) version: Option<Version>,
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Some(version) => write!(f, "{}@{version}", self.name),
            None => self.name.fmt(f),
        }
    }
}

impl FromStr for Selection {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, version) = match text.split_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (text, None),
        };
        let usage = |error: String| anyhow::Error::from(Usage(error));
        Ok(Self {
            name: name
                .parse()
                .map_err(|error: kfp_catalog::ParseError| usage(error.to_string()))?,
            version: version
                .map(|version| {
                    Version::parse(version).map_err(|error| {
                        usage(format!(
                            "`{version}` is not a version such as 1.2.0: {error}"
                        ))
                    })
                })
                .transpose()?,
        })
    }
}

/// A catalog and its name.
#[derive(Clone, Debug)]
pub(crate) struct NamedCatalog {
    /// Its name in kfp-comp.toml, or what the user typed.
    pub(crate) name: String,
    /// Where it is.
    pub(crate) location: CatalogLocation,
}

/// A component and the catalog that contains it.
#[derive(Debug)]
pub(crate) struct FoundComponent {
    /// The catalog.
    pub(crate) catalog: NamedCatalog,
    /// All its releases.
    pub(crate) index: ComponentIndex,
}

/// The catalogs to search.
#[derive(Clone, Debug)]
pub(crate) struct Catalogs(pub(crate) Vec<NamedCatalog>);

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default)]
    catalogs: BTreeMap<String, String>,
}

impl Catalogs {
    /// The catalogs named on the command line; otherwise those of kfp-comp.toml and the workspace's own; otherwise those
    /// in this folder's lock file.
    pub(crate) fn of(args: &CatalogArgs) -> Result<Self> {
        let timeout = Duration::from_secs(args.timeout);
        let here = std::env::current_dir().context("could not tell the current directory")?;
        let mut configured = configured(&here, timeout)?;
        if args.catalog.is_empty() {
            if let Ok(Some(workspace)) = Workspace::find() {
                let own = workspace.root.join(&workspace.settings.catalog);
                if own.join("index.json").is_file() {
                    configured.push(NamedCatalog {
                        name: workspace.settings.catalog.display().to_string(),
                        location: CatalogLocation::Folder(own),
                    });
                }
            }
            if configured.is_empty() {
                configured = locked(&here, timeout)?;
            }
            if configured.is_empty() {
                return Err(hinted(
                    "no catalog is configured",
                    format!(
                        "pass `--catalog DIR|URL`, or write it into {CONFIG}: [catalogs] acme = \"https://…\""
                    ),
                ));
            }
            return Ok(Self(configured));
        }
        let named = args.catalog.iter().map(|text| {
            let known = configured.iter().find(|catalog| catalog.name == *text);
            known.cloned().map_or_else(
                || {
                    let location = CatalogLocation::parse(text, Path::new(""), timeout)?;
                    Ok(NamedCatalog {
                        name: text.clone(),
                        location,
                    })
                },
                Ok,
            )
        });
        Ok(Self(named.collect::<Result<_>>()?))
    }

    /// Every match with its catalog, best first.
    pub(crate) fn search(&self, query: &Query) -> Result<Vec<(NamedCatalog, Summary)>> {
        let mut found = Vec::new();
        for catalog in &self.0 {
            let index = catalog.location.index()?;
            found.extend(
                search(&index.components, query)
                    .into_iter()
                    .map(|hit| (hit.score, catalog.clone(), hit.component.clone())),
            );
        }
        // A stable sort keeps equally good matches in their catalog's order.
        found.sort_by_key(|(score, ..)| std::cmp::Reverse(*score));
        Ok(found
            .into_iter()
            .map(|(_, catalog, component)| (catalog, component))
            .collect())
    }

    /// The component of that name.
    pub(crate) fn component(&self, name: &Name) -> Result<FoundComponent> {
        let mut found = Vec::new();
        for catalog in &self.0 {
            if let Some(index) = catalog.location.component(name)? {
                found.push(FoundComponent {
                    catalog: catalog.clone(),
                    index,
                });
            }
        }
        if found.len() > 1 {
            let names: Vec<&str> = found.iter().map(|one| one.catalog.name.as_str()).collect();
            return Err(hinted(
                format!(
                    "`{name}` is in {} catalogs: {}",
                    found.len(),
                    names.join(", ")
                ),
                format!("choose one: `--catalog {}`", names[0]),
            ));
        }
        found.pop().ok_or_else(|| self.unknown(name))
    }

    fn unknown(&self, name: &Name) -> anyhow::Error {
        let message = format!("no catalog has a component named `{name}`");
        let query = Query {
            words: name.to_string(),
            all: true,
            ..Query::default()
        };
        match self.search(&query) {
            // That a catalog cannot be read explains more.
            Err(error) => error.context(message),
            Ok(near) => match near.first() {
                Some((_, near)) => hinted(message, format!("there is one named `{}`", near.name)),
                None => hinted(message, "`kfp-comp search` lists what there is"),
            },
        }
    }
}

impl FoundComponent {
    /// The release of that version, or the latest.
    pub(crate) fn release(&self, version: Option<&Version>) -> Result<&Release> {
        let found = match version {
            Some(version) => self.index.release(version),
            None => self.index.latest(),
        };
        found.ok_or_else(|| {
            let versions: Vec<String> = self
                .index
                .versions
                .iter()
                .map(|one| one.version.to_string())
                .collect();
            let wanted = version.map(ToString::to_string).unwrap_or_default();
            hinted(
                format!("`{}` has no version {wanted}", self.index.name),
                format!("it has {}", versions.join(", ")),
            )
        })
    }
}

/// The catalogs in the lock file.
fn locked(here: &Path, timeout: Duration) -> Result<Vec<NamedCatalog>> {
    let lock = Lock::read(here)?;
    let names: BTreeSet<&String> = lock
        .components
        .iter()
        .filter_map(|one| one.catalog.as_ref())
        .collect();
    names
        .into_iter()
        .map(|name| {
            let location = CatalogLocation::parse(name, here, timeout)?;
            let name = name.clone();
            Ok(NamedCatalog { name, location })
        })
        .collect()
}

/// The catalogs in the nearest kfp-comp.toml and in the user's configuration; the former take precedence.
fn configured(here: &Path, timeout: Duration) -> Result<Vec<NamedCatalog>> {
    let home = std::env::var_os("XDG_CONFIG_HOME")
        .map(std::path::PathBuf::from)
        .or_else(|| Some(std::path::PathBuf::from(std::env::var_os("HOME")?).join(".config")));
    let files = [
        here.ancestors()
            .map(|folder| folder.join(CONFIG))
            .find(|path| path.is_file()),
        home.map(|home| home.join("kfp-comp").join("config.toml"))
            .filter(|path| path.is_file()),
    ];
    let mut found: Vec<NamedCatalog> = Vec::new();
    for path in files.into_iter().flatten() {
        let read = || format!("could not read `{}`", path.display());
        let text = fs::read_to_string(&path).with_context(read)?;
        let config: Config = toml_edit::de::from_str(&text).with_context(read)?;
        let folder = path.parent().unwrap_or(here);
        for (name, location) in config.catalogs {
            if !found.iter().any(|one| one.name == name) {
                let location =
                    CatalogLocation::parse(&location, folder, timeout).with_context(read)?;
                found.push(NamedCatalog { name, location });
            }
        }
    }
    Ok(found)
}
