//! Which commit an image is made from, as git says.
//!
//! Refuses to guess: no revision rather than a wrong one.

mod files;
mod git;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

pub(crate) use self::files::Sources;
use self::git::Repository;
use crate::error::{Error, Result};

/// What git knows about the sources of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Everything is committed; the last commit that touched the sources.
    Clean(Commit),
    /// Everything is committed, but a part of it in no repository or in another one than the workspace.
    Elsewhere {
        /// Directories outside of the workspace's repository.
        outside: Vec<PathBuf>,
        /// The last commit of the workspace's repository that touched the sources.
        last: Commit,
    },
    /// These files are not committed as they are.
    Dirty {
        /// Paths relative to their repository's root.
        files: Vec<String>,
        /// The last commit that touched the sources, if there is one.
        last: Option<Commit>,
    },
    /// History is cut off, so the last commit that touched the sources cannot be told.
    Shallow,
    /// Not under git.
    Unknown,
}

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Commit {
    /// Its full hash.
    pub id: String,
    /// When it was made, in seconds since 1970.
    pub time: u64,
}

/// What an image says about its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Provenance {
    /// The commit, where the image is exactly that commit's.
    pub revision: Option<String>,
    /// Seconds since 1970.
    pub epoch: u64,
    /// Directories that the program is built from and that no commit of the workspace's repository names.
    pub outside: Vec<PathBuf>,
}

impl Provenance {
    /// The time in RFC 3339.
    pub(crate) fn created(&self) -> String {
        humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(self.epoch)).to_string()
    }
}

impl State {
    /// Asks git about `sources`.
    pub(crate) fn of(sources: &Sources) -> Result<Self> {
        let Some(repository) = Repository::of(&sources.root) else {
            return Ok(Self::Unknown);
        };
        if repository.is_shallow()? {
            return Ok(Self::Shallow);
        }
        let found = Found::read(&repository, sources)?;
        let mut files = BTreeSet::new();
        let mut own = Vec::new();
        for (one, paths) in &found.paths {
            let paths: Vec<_> = paths.iter().cloned().collect();
            let prefix = one
                .root
                .strip_prefix(&repository.root)
                .unwrap_or(Path::new(""));
            let name = |file: String| prefix.join(file).display().to_string();
            files.extend(one.uncommitted(&paths)?.into_iter().map(name));
            let ignored = one
                .ignored(&paths)?
                .into_iter()
                .filter(|path| sources.may_be_read(path));
            files.extend(ignored.map(|path| {
                let path = path.strip_prefix(&repository.root).unwrap_or(&path);
                format!("{} (ignored by git)", path.display())
            }));
            if *one == repository {
                own = paths;
            }
        }
        files.extend(found.untracked);
        Ok(match repository.last_commit(&own)? {
            Some(last) if files.is_empty() && found.outside.is_empty() => Self::Clean(last),
            Some(last) if files.is_empty() => Self::Elsewhere {
                outside: found.outside.into_iter().collect(),
                last,
            },
            last => Self::Dirty {
                files: files.into_iter().collect(),
                last,
            },
        })
    }

    /// What to write into an image. `strict` is for registries, where others rely on it: there the source must be
    /// committed, unless `allow_dirty`.
    ///
    /// # Errors
    /// If it is not, or if `SOURCE_DATE_EPOCH` is needed and is not a number.
    pub(crate) fn provenance(
        self,
        name: &str,
        strict: bool,
        allow_dirty: bool,
    ) -> Result<Provenance> {
        let strict = strict && !allow_dirty;
        let without_revision = |epoch| {
            Ok(Provenance {
                revision: None,
                epoch,
                outside: Vec::new(),
            })
        };
        match self {
            Self::Clean(commit) => Ok(Provenance {
                revision: Some(commit.id),
                epoch: commit.time,
                outside: Vec::new(),
            }),
            Self::Elsewhere { outside, last } => Ok(Provenance {
                revision: None,
                epoch: last.time,
                outside,
            }),
            Self::Dirty { files, .. } if strict => {
                let more = if files.len() > 3 {
                    format!(" and {} more", files.len() - 3)
                } else {
                    String::new()
                };
                let some: Vec<_> = files
                    .iter()
                    .take(3)
                    .map(|file| format!("`{file}`"))
                    .collect();
                Err(Error::new(format!(
                    "`{name}` is built from files that are not committed as they are: {}{more}",
                    some.join(", ")
                ))
                .hint("commit them, or pass `--allow-dirty` to publish without naming a commit"))
            }
            Self::Shallow if strict => Err(Error::new(format!(
                "this clone is shallow, so the commit that last changed `{name}` cannot be told"
            ))
            .hint(
                "`git fetch --unshallow`; in GitHub Actions, `fetch-depth: 0` of actions/checkout",
            )),
            Self::Dirty {
                last: Some(last), ..
            } => without_revision(last.time),
            Self::Dirty { last: None, .. } | Self::Shallow | Self::Unknown => {
                without_revision(source_date_epoch()?)
            }
        }
    }
}

/// Without git and without the variable, an image is from 1970: old, but the same everywhere.
fn source_date_epoch() -> Result<u64> {
    match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => text.trim().parse().map_err(|error| {
            Error::new(format!("SOURCE_DATE_EPOCH is `{text}`"))
                .because(error)
                .hint("it is a number of seconds since 1970, such as `$(date +%s)`")
        }),
        Err(_) => Ok(0),
    }
}

/// The sources, sorted by the repository that knows them.
#[derive(Default)]
struct Found {
    /// For the workspace's repository and its submodules.
    paths: BTreeMap<Repository, BTreeSet<PathBuf>>,
    /// What no commit of the workspace's repository names.
    outside: BTreeSet<PathBuf>,
    /// Files that the program was compiled from and that are ignored by git.
    untracked: Vec<String>,
}

impl Found {
    fn read(own: &Repository, sources: &Sources) -> Result<Self> {
        let mut found = Self::default();
        let mut open: Vec<PathBuf> = sources.paths.iter().cloned().collect();
        let mut seen = BTreeSet::new();
        while let Some(path) = open.pop() {
            if !seen.insert(path.clone()) {
                continue;
            }
            let Some(chain) = submodules(own, &path)? else {
                found.outside.insert(outermost(&path, sources));
                continue;
            };
            let innermost = chain.last().unwrap_or(own);
            let links = innermost.link_targets(std::slice::from_ref(&path))?;
            open.extend(
                links
                    .into_iter()
                    .filter(|target| !target.starts_with(&path)),
            );
            if path.is_file() && innermost.ignored(std::slice::from_ref(&path))?.len() == 1 {
                let shown = path.strip_prefix(&own.root).unwrap_or(&path);
                found
                    .untracked
                    .push(format!("{} (ignored by git)", shown.display()));
            }
            // A repository names its submodule's commit, and that one the files.
            let mut inner = path;
            for repository in chain.into_iter().rev() {
                let root = repository.root.clone();
                found.paths.entry(repository).or_default().insert(inner);
                inner = root;
            }
            found.paths.entry(own.clone()).or_default().insert(inner);
        }
        Ok(found)
    }
}

/// The submodules that lead from `own` to `path`, the outermost first; `None` if `own` does not hold it.
fn submodules(own: &Repository, path: &Path) -> Result<Option<Vec<Repository>>> {
    let mut chain = Vec::new();
    let mut innermost = Repository::of(path);
    while let Some(repository) = innermost {
        if repository == *own {
            chain.reverse();
            return Ok(Some(chain));
        }
        let parent = repository.root.parent().and_then(Repository::of);
        match &parent {
            Some(parent) if parent.has_submodule(&repository.root)? => chain.push(repository),
            _ => return Ok(None),
        }
        innermost = parent;
    }
    Ok(None)
}

/// The package that holds a path outside of the repository, or the path itself.
fn outermost(path: &Path, sources: &Sources) -> PathBuf {
    let package = sources
        .packages
        .iter()
        .find(|package| path.starts_with(package));
    package.map_or_else(|| path.to_owned(), Clone::clone)
}
