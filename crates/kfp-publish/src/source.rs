//! Which commit an image is made from, as git says.
//!
//! Refuses to guess: no revision rather than a wrong one.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, UNIX_EPOCH};

use crate::error::{Context as _, Error, Result};

/// What git knows about some folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Everything is committed; the last commit that touched the folders.
    Clean(Commit),
    /// These files are not committed as they are.
    Dirty {
        /// From the workspace's root.
        files: Vec<String>,
        /// The last commit that touched the folders, if there is one.
        last: Option<Commit>,
    },
    /// History is cut off, so the last commit that touched the folders cannot be told.
    Shallow,
    /// Not under git.
    Unknown,
}

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its full hash.
    pub id: String,
    /// When it was made, in seconds since 1970.
    pub time: u64,
}

/// What an image says about its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// The commit, where the image is exactly that commit's.
    pub revision: Option<String>,
    /// Seconds since 1970.
    pub epoch: u64,
}

impl Provenance {
    /// The time in RFC 3339.
    pub fn created(&self) -> String {
        humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(self.epoch)).to_string()
    }
}

impl State {
    /// Asks git about `folders` and Cargo.lock in the workspace at `root`.
    pub fn of(root: &Path, folders: &[PathBuf]) -> Result<Self> {
        let is_versioned = root.ancestors().any(|folder| folder.join(".git").exists());
        if !is_versioned {
            return Ok(Self::Unknown);
        }
        if git(root, ["rev-parse", "--is-shallow-repository"], &[])?.trim() == "true" {
            return Ok(Self::Shallow);
        }
        let lock = [root.join("Cargo.lock")];
        let watched: Vec<_> = folders.iter().chain(&lock).cloned().collect();
        let status = git(
            root,
            [
                "status",
                "--porcelain",
                "--untracked-files=all",
                "--no-renames",
            ],
            &watched,
        )?;
        let files: Vec<_> = status
            .lines()
            .filter_map(|line| line.get(3..))
            .map(str::to_owned)
            .collect();
        let last = if has_commits(root)? {
            commit(&git(root, ["log", "-1", "--format=%H %ct"], folders)?)
        } else {
            None
        };
        Ok(match last {
            Some(last) if files.is_empty() => Self::Clean(last),
            last => Self::Dirty { files, last },
        })
    }

    /// What to write into an image. `strict` is for registries, where others rely on it: there the source must be
    /// committed, unless `allow_dirty`.
    pub fn provenance(self, name: &str, strict: bool, allow_dirty: bool) -> Result<Provenance> {
        let strict = strict && !allow_dirty;
        let without_revision = |epoch| {
            Ok(Provenance {
                revision: None,
                epoch,
            })
        };
        match self {
            Self::Clean(commit) => Ok(Provenance {
                revision: Some(commit.id),
                epoch: commit.time,
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
                    "`{name}` has uncommitted changes: {}{more}",
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

fn commit(line: &str) -> Option<Commit> {
    let (id, time) = line.trim().split_once(' ')?;
    Some(Commit {
        id: id.to_owned(),
        time: time.parse().ok()?,
    })
}

fn has_commits(root: &Path) -> Result<bool> {
    Ok(
        run(root, ["rev-parse", "--verify", "--quiet", "HEAD"], &[])?
            .status
            .success(),
    )
}

fn git<const N: usize>(root: &Path, arguments: [&str; N], paths: &[PathBuf]) -> Result<String> {
    let output = run(root, arguments, paths)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Error::new(format!(
        "`git {}` failed in `{}`",
        arguments[0],
        root.display()
    ))
    .because(said.trim().trim_start_matches("fatal: ")))
}

fn run<const N: usize>(root: &Path, arguments: [&str; N], paths: &[PathBuf]) -> Result<Output> {
    let mut git = Command::new("git");
    git.current_dir(root).args([
        "-c",
        "core.quotePath=false",
        "--literal-pathspecs",
        "--no-optional-locks",
    ]);
    git.args(arguments);
    if !paths.is_empty() {
        git.arg("--").args(paths);
    }
    git.output().context(|| "could not run `git`")
}
