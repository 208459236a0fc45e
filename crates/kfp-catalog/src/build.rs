//! From the releases in a directory to everything that readers of the catalog ask for.
//!
//! Checks every hash: a component.yaml that is not what was published stops the build.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::SystemTime;
use std::{fs, io};

use semver::Version;

use crate::store::Store;
use crate::{
    ComponentIndex, Contents, Error, File, Member, Name, NewRelease, PAGE, Result,
    component_yaml_path, release_path, sha256,
};

/// The texts of [`PAGE`], in its order.
const PAGE_TEXTS: [&str; PAGE.len()] = [
    include_str!("../page/index.html"),
    include_str!("../page/elements.js"),
    include_str!("../page/search.js"),
    include_str!("../page/markdown.js"),
    include_str!("../page/detail.js"),
    include_str!("../page/app.js"),
    include_str!("../page/style.css"),
    include_str!("../page/schema.v1.json"),
];

/// Files that keep git and servers from changing a catalog. Each is written once and then belongs to its owner.
pub fn hosting_files() -> [File; 3] {
    [
        // Colons cannot be in file names on Windows, so what has them stays out of git and is made where it is served.
        (
            ".gitignore",
            "# Copies for KFP's RegistryClient, made by `kfp-comp catalog build` where the catalog is deployed.\n\
             /registry/\n",
        ),
        (
            ".gitattributes",
            "# The index has the hash of every file: git must not change line ends.\n* -text\n",
        ),
        // GitHub Pages would leave out files and folders that its site generator does not know.
        (".nojekyll", ""),
    ]
    .map(|(path, text)| File {
        path: path.to_owned(),
        text: text.to_owned(),
    })
}

/// What a catalog says about itself. `None` keeps what it said before.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The title.
    pub title: Option<String>,
    /// The URL it is served at.
    pub url: Option<String>,
}

/// What a build found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Built {
    /// The number of components.
    pub components: usize,
    /// The number of their releases.
    pub releases: usize,
    /// The number of releases that had no record before.
    pub adopted: usize,
}

pub(super) fn build(store: &Store, settings: &Settings) -> Result<Built> {
    let before = store.index()?;
    let mut built = Built::default();
    let mut contents = Contents {
        title: settings.title.clone().unwrap_or(before.title),
        url: settings.url.clone().or(before.url),
        members: Vec::new(),
    };
    for file in hosting_files() {
        if !store.path(&file.path).exists() {
            store.put(&file)?;
        }
    }
    for name in components(store)? {
        let Some(index) = complete(store, &name, &mut built)? else {
            continue;
        };
        built.components += 1;
        built.releases += index.versions.len();
        contents.members.push(member(store, index)?);
    }
    for (path, text) in PAGE.into_iter().zip(PAGE_TEXTS) {
        store.put(&File {
            path: path.to_owned(),
            text: text.to_owned(),
        })?;
    }
    for file in contents
        .files()
        .iter()
        .filter(|file| can_be_named(&file.path))
    {
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
        let release = unrecorded(store, name, version)?;
        index = Some(store.add(&release, index)?);
        built.adopted += 1;
    }
    for release in index.iter().flat_map(|index| &index.versions) {
        let path = store.path(release.component.url.as_str());
        let Some(text) = store.read(release.component.url.as_str())? else {
            return Err(Error::Missing { path });
        };
        let (found, recorded) = (sha256(text.as_bytes()), &release.component.sha256);
        if found != *recorded && sha256(text.replace("\r\n", "\n").as_bytes()) == *recorded {
            return Err(Error::LineEnds {
                path,
                root: store.root.to_owned(),
            });
        }
        if found != *recorded {
            let recorded = recorded.clone();
            return Err(Error::Altered {
                path,
                found,
                recorded,
            });
        }
        for file in crate::aliases(name, release, &text)
            .iter()
            .filter(|file| can_be_named(&file.path))
        {
            store.put(file)?;
        }
    }
    Ok(index)
}

/// The components that have a directory, by name.
fn components(store: &Store) -> Result<Vec<Name>> {
    let mut names = directories(&store.path("components"))?
        .into_iter()
        .map(|path| named(&path, "component"))
        .collect::<Result<Vec<Name>>>()?;
    names.sort();
    Ok(names)
}

/// The versions whose directories hold a component.yaml, lowest first.
fn versions(store: &Store, name: &Name) -> Result<Vec<Version>> {
    let mut versions = directories(&store.path(&format!("components/{name}")))?
        .into_iter()
        .filter(|path| path.join("component.yaml").is_file())
        .map(|path| named(&path, "version"))
        .collect::<Result<Vec<Version>>>()?;
    versions.sort();
    Ok(versions)
}

/// The directories in `path`; none where it does not exist.
fn directories(path: &Path) -> Result<Vec<PathBuf>> {
    let failed = |source| Error::Read {
        path: path.to_owned(),
        source,
    };
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()
        .map_err(failed)?;
    Ok(paths.into_iter().filter(|path| path.is_dir()).collect())
}

/// What the last part of `path` names.
fn named<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    path: &Path,
    expected: &'static str,
) -> Result<T> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.parse().map_err(|error| Error::DirectoryName {
        path: path.to_owned(),
        expected,
        source: Box::new(error),
    })
}

/// The release of a component.yaml that somebody put there: all that is known about it is in the file.
fn unrecorded(store: &Store, name: &Name, version: Version) -> Result<NewRelease> {
    let folder = release_path(name, &version);
    let text = store
        .read(&component_yaml_path(name, &version))?
        .unwrap_or_default();
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let mut release = NewRelease::new(name.clone(), version, text, now);
    release.readme = store.read(&format!("{folder}/README.md"))?;
    Ok(release)
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
