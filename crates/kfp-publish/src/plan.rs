//! What a publication would do and what it did: one structure, for people and for scripts.
//!
//! Planning reads the workspace and git; it compiles nothing and asks no registry.

use std::fmt;
use std::path::{Path, PathBuf};

use kfp_registry::{Digest, Reference};
use serde::Serialize;

use crate::build::Route;
use crate::error::{Context as _, Error, Result};
use crate::source::{Provenance, Sources, State};
use kfp_workspace::{ComponentCrate, Platform, Workspace, reserved_by};

/// Where images go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Destination {
    /// Below a registry's prefix: `ghcr.io/acme` and `ghcr.io/acme/NAME`; `bare` takes the prefix as it is.
    Registry {
        /// A registry, or a registry and a path.
        prefix: String,
        /// Whether the prefix is the repository itself.
        bare: bool,
    },
    /// A directory.
    OciLayout(PathBuf),
    /// One file.
    Tarball(PathBuf),
}

/// A publication, before or after.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Where the images go.
    pub to: Destination,
    /// One entry per component, sorted by name.
    pub components: Vec<Entry>,
}

/// One component's part.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    /// The component.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The repository, or the name in a layout or tarball.
    pub image: String,
    /// The tags that lead to it.
    pub tags: Vec<String>,
    /// One entry per platform.
    pub platforms: Vec<PlatformEntry>,
    /// The commit it is made from, if it is exactly that commit's.
    pub revision: Option<String>,
    /// When its source last changed.
    pub created: String,
    /// The catalog entry that will pin it.
    pub catalog: Option<PathBuf>,
    /// How far it is.
    pub status: Status,
    /// The image by its digest, once that is known.
    pub reference: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
}

/// One platform's part.
#[derive(Debug, Serialize)]
pub(crate) struct PlatformEntry {
    /// What it is for.
    pub platform: Platform,
    /// The target triple and how it is linked.
    pub route: String,
    /// The digest of the platform's manifest, once it is packed.
    pub digest: Option<Digest>,
    /// The bytes a puller fetches, once it is packed.
    pub size: Option<u64>,
}

/// How far a component is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Status {
    /// Nothing is done yet.
    Planned,
    /// It was there before.
    Unchanged,
    /// It is there now.
    Published,
    /// It is not there.
    Failed,
}

/// The options a plan is made from.
#[derive(Clone, Debug)]
pub(crate) struct PublishOptions {
    /// Where images go.
    pub to: Destination,
    /// The tags to set. Default: the version.
    pub tags: Vec<String>,
    /// The catalog's directory.
    pub catalog: PathBuf,
    /// Whether uncommitted changes may be pushed.
    pub allow_dirty: bool,
    /// Whether SBOMs are made.
    pub sbom: bool,
}

/// A component that can be published.
pub(crate) struct Planned<'a> {
    /// The component.
    pub component: &'a ComponentCrate,
    /// What its program is built from, as far as that is known before it is compiled.
    pub(crate) sources: Sources,
    /// What its images will say about their source.
    pub provenance: Provenance,
    /// Where it goes, if that is a registry.
    pub repository: Option<Reference>,
    /// The tags to set.
    pub tags: Vec<String>,
    /// The catalog's component.yaml that will pin it, if it goes to a registry.
    pub component_yaml: Option<PathBuf>,
}

/// Plans one component.
pub(crate) fn plan<'a>(
    workspace: &Workspace,
    component: &'a ComponentCrate,
    options: &PublishOptions,
) -> Result<Planned<'a>> {
    if let Some(owner) = reserved_by(&component.name) {
        return Err(Error::new(format!(
            "a program called `{}` cannot be started from an image: `/{}` is taken by {owner}",
            component.name, component.name
        ))
        .hint("rename the crate"));
    }
    let repository = match &options.to {
        Destination::Registry { prefix, bare } => Some(repository(prefix, *bare, &component.name)?),
        Destination::OciLayout(_) | Destination::Tarball(_) => None,
    };
    let tags = if options.tags.is_empty() {
        vec![component.tag()]
    } else {
        options.tags.clone()
    };
    let sources = Sources::of(workspace, component);
    let provenance = provenance(component, &sources, options)?;
    let component_yaml = match &repository {
        Some(_) if !component.is_server => Some(component_yaml(component, &options.catalog)?),
        _ => None,
    };
    Ok(Planned {
        component,
        sources,
        provenance,
        repository,
        tags,
        component_yaml,
    })
}

/// What the images of `component` say about their source.
pub(crate) fn provenance(
    component: &ComponentCrate,
    sources: &Sources,
    options: &PublishOptions,
) -> Result<Provenance> {
    let strict = matches!(options.to, Destination::Registry { .. });
    State::of(sources)?.provenance(&component.name, strict, options.allow_dirty)
}

fn component_yaml(component: &ComponentCrate, catalog: &Path) -> Result<PathBuf> {
    let failed = || format!("`{}` cannot enter a catalog", component.name);
    let name = component.name.parse().context(failed)?;
    let version = component.version.parse().context(failed)?;
    Ok(catalog.join(kfp_catalog::component_yaml_path(&name, &version)))
}

fn repository(prefix: &str, bare: bool, name: &str) -> Result<Reference> {
    let prefix = prefix.trim_end_matches('/');
    let text = if bare {
        prefix.to_owned()
    } else {
        format!("{prefix}/{name}")
    };
    let reference: Reference = text
        .parse()
        .context(|| format!("cannot publish `{name}` below `{prefix}`"))?;
    if reference.without_version() == reference {
        Ok(reference)
    } else {
        Err(Error::new(format!("`{prefix}` names a tag or digest")).hint("name tags with `--tag`"))
    }
}

impl Entry {
    /// What is known before anything is compiled.
    pub(crate) fn planned(
        component: &ComponentCrate,
        routes: &[Route],
        planned: Option<&Planned<'_>>,
    ) -> Self {
        let in_registry = planned.and_then(|plan| plan.repository.as_ref());
        Self {
            name: component.name.clone(),
            version: component.version.clone(),
            image: in_registry.map_or_else(|| component.name.clone(), ToString::to_string),
            tags: planned.map_or_else(Vec::new, |plan| plan.tags.clone()),
            platforms: routes.iter().map(PlatformEntry::planned).collect(),
            revision: planned.and_then(|plan| plan.provenance.revision.clone()),
            created: planned.map_or_else(String::new, |plan| plan.provenance.created()),
            catalog: planned.and_then(|plan| plan.component_yaml.clone()),
            status: Status::Planned,
            reference: None,
            error: None,
        }
    }
}

impl PlatformEntry {
    fn planned(route: &Route) -> Self {
        Self {
            platform: route.platform,
            route: route.describe(),
            digest: None,
            size: None,
        }
    }
}

impl Report {
    /// Whether a component failed.
    pub(crate) fn has_failed(&self) -> bool {
        self.components
            .iter()
            .any(|entry| entry.status == Status::Failed)
    }
}

/// The plan as people read it.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for entry in self
            .components
            .iter()
            .filter(|entry| entry.status != Status::Failed)
        {
            let tags: Vec<_> = entry.tags.iter().map(|tag| format!(":{tag}")).collect();
            writeln!(f, "{} {}", entry.name, entry.version)?;
            match &self.to {
                Destination::Registry { .. } => {
                    writeln!(f, "  to        {} {}", entry.image, tags.join(" "))?;
                }
                Destination::OciLayout(path) | Destination::Tarball(path) => {
                    writeln!(
                        f,
                        "  to        {} as {}:{}",
                        path.display(),
                        entry.name,
                        entry.version
                    )?;
                }
            }
            for platform in &entry.platforms {
                writeln!(f, "  platform  {}, {}", platform.platform, platform.route)?;
            }
            let revision = entry.revision.as_deref().unwrap_or("no commit");
            writeln!(f, "  source    {revision}, {}", entry.created)?;
            if let Some(catalog) = &entry.catalog {
                writeln!(f, "  catalog   {}", from_here(catalog).display())?;
            }
        }
        Ok(())
    }
}

/// The path as seen from the current folder, where that is shorter.
fn from_here(path: &Path) -> &Path {
    let here = std::env::current_dir().ok();
    here.and_then(|here| path.strip_prefix(here).ok())
        .unwrap_or(path)
}
