//! From the releases in a folder to everything a reader of the catalog asks for.
//!
//! Checks every hash on the way: a component.yaml that is not what was published stops the build.

use std::fs;
use std::time::SystemTime;

use kfp_component_spec::catalog::{
    self, ComponentIndex, Draft, File, Member, Name, Site, component_index_path, release_path,
    sha256,
};
use semver::Version;

use super::{Catalog, Store};
use crate::error::{Context as _, Error, Result};

/// The texts of [`catalog::PAGE`], in its order.
const PAGE: [&str; catalog::PAGE.len()] = [
    include_str!("../../page/index.html"),
    include_str!("../../page/elements.js"),
    include_str!("../../page/search.js"),
    include_str!("../../page/markdown.js"),
    include_str!("../../page/detail.js"),
    include_str!("../../page/app.js"),
    include_str!("../../page/style.css"),
    include_str!("../../page/schema.v1.json"),
];

/// Colons cannot be in file names on Windows, so what has them stays out of git and is made where the catalog is served.
const GITIGNORE: &str = "# Copies for KFP's RegistryClient, made by `cargo xtask catalog build` where the catalog is deployed.\n\
                         /registry/\n";

/// What a catalog says about itself. What is not given stays as it was.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What it is called.
    pub title: Option<String>,
    /// Where it is served.
    pub url: Option<String>,
}

/// What was built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Built {
    /// How many components there are.
    pub components: usize,
    /// How many releases they have.
    pub releases: usize,
    /// How many of those had no record before.
    pub adopted: usize,
}

pub(super) fn build(store: &Store, settings: &Settings) -> Result<Built> {
    let before = store.index()?;
    let mut built = Built::default();
    let mut site = Site {
        title: settings.title.clone().unwrap_or(before.title),
        url: settings.url.clone().or(before.url),
        members: Vec::new(),
    };
    for name in Catalog::folders(store.root)? {
        let Some(index) = complete(store, &name, &mut built)? else {
            continue;
        };
        built.components += 1;
        built.releases += index.versions.len();
        site.members.push(member(store, index)?);
    }
    for (path, text) in catalog::PAGE.into_iter().zip(PAGE) {
        store.put(&File {
            path: path.to_owned(),
            text: text.to_owned(),
        })?;
    }
    if !store.path(".gitignore").exists() {
        store.put(&File {
            path: ".gitignore".to_owned(),
            text: GITIGNORE.to_owned(),
        })?;
    }
    for file in site.files().iter().filter(|file| can_be_named(&file.path)) {
        store.put(file)?;
    }
    Ok(built)
}

/// A component's index with every version whose folder is there; each checked against its record.
fn complete(store: &Store, name: &Name, built: &mut Built) -> Result<Option<ComponentIndex>> {
    let mut index = store.component(name)?;
    let recorded = index
        .iter()
        .flat_map(|index| &index.versions)
        .map(|release| release.version.clone())
        .collect::<Vec<_>>();
    for version in versions(store, name)? {
        if recorded.contains(&version) {
            continue;
        }
        let draft = adopt(store, name, version)?;
        let unfit = || format!("`{name}` {} cannot enter the catalog", draft.version);
        let (longer, files) = draft.add_to(index).context(unfit)?;
        for file in &files {
            store.create(file)?;
        }
        store.put(&File {
            path: component_index_path(name),
            text: longer.to_json(),
        })?;
        built.adopted += 1;
        index = Some(longer);
    }
    for release in index.iter().flat_map(|index| &index.versions) {
        let path = store.path(release.component.url.as_str());
        let text = store.read(release.component.url.as_str())?.ok_or_else(|| {
            Error::new(format!("`{}` is missing", path.display()))
                .hint(format!("git restore {}", path.display()))
        })?;
        if sha256(text.as_bytes()) != release.component.sha256 {
            return Err(
                Error::new(format!("`{}` is not what was published", path.display()))
                    .because(format!(
                        "its sha256 is {}, and the index says {}",
                        sha256(text.as_bytes()),
                        release.component.sha256
                    ))
                    .hint(format!("git restore {}", path.display())),
            );
        }
        for file in catalog::aliases(name, release, &text)
            .iter()
            .filter(|file| can_be_named(&file.path))
        {
            store.put(file)?;
        }
    }
    Ok(index)
}

/// The versions whose folders hold a component.yaml, lowest first.
fn versions(store: &Store, name: &Name) -> Result<Vec<Version>> {
    let folder = store.path(&format!("components/{name}"));
    let read = || format!("could not read `{}`", folder.display());
    let mut versions = Vec::new();
    for entry in fs::read_dir(&folder).context(read)? {
        let path = entry.context(read)?.path();
        if path.join("component.yaml").is_file() {
            let text = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            versions.push(
                Version::parse(&text)
                    .context(|| format!("`{}` is not named after a version", path.display()))?,
            );
        }
    }
    versions.sort();
    Ok(versions)
}

/// What a component.yaml that somebody put there says about itself.
fn adopt(store: &Store, name: &Name, version: Version) -> Result<Draft> {
    let folder = release_path(name, &version);
    let text = store
        .read(&format!("{folder}/component.yaml"))?
        .unwrap_or_default();
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let mut draft = Draft::new(name.clone(), version, text, now);
    draft.readme = store.read(&format!("{folder}/README.md"))?;
    Ok(draft)
}

fn member(store: &Store, index: ComponentIndex) -> Result<Member> {
    let readme = match index.latest() {
        Some(latest) => store.read(&format!(
            "{}/README.md",
            release_path(&index.name, &latest.version)
        ))?,
        None => None,
    };
    Ok(Member { index, readme })
}

/// Whether this machine's file systems take the name.
fn can_be_named(path: &str) -> bool {
    !cfg!(windows) || !path.contains(':')
}
