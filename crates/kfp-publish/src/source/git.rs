//! One git repository, asked through the `git` program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::Commit;
use crate::error::{Context as _, Error, Result};

/// A working tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Repository {
    /// Its directory, without symbolic links.
    pub(super) root: PathBuf,
}

impl Repository {
    /// The repository that holds `path`, which is absolute and without symbolic links.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let root = path
            .ancestors()
            .find(|directory| directory.join(".git").exists())?;
        Some(Self {
            root: root.to_owned(),
        })
    }

    pub(super) fn is_shallow(&self) -> Result<bool> {
        Ok(self
            .git(["rev-parse", "--is-shallow-repository"], &[])?
            .trim()
            == "true")
    }

    /// The last commit that touched `paths`; `None` before the first commit.
    pub(super) fn last_commit(&self, paths: &[PathBuf]) -> Result<Option<Commit>> {
        let head = self.run(["rev-parse", "--verify", "--quiet", "HEAD"], &[])?;
        if !head.status.success() {
            return Ok(None);
        }
        let line = self.git(["log", "-1", "--format=%H %ct"], paths)?;
        Ok(line.trim().split_once(' ').and_then(|(id, time)| {
            Some(Commit {
                id: id.to_owned(),
                time: time.parse().ok()?,
            })
        }))
    }

    /// The files in `paths` that differ from the last commit, relative to the repository's root.
    ///
    /// A submodule counts if another commit of it is checked out; its own files are its own repository's.
    pub(super) fn uncommitted(&self, paths: &[PathBuf]) -> Result<Vec<String>> {
        let status = self.git(
            [
                "status",
                "--porcelain",
                "--untracked-files=all",
                "--no-renames",
                "--ignore-submodules=dirty",
            ],
            paths,
        )?;
        let mut files: Vec<_> = status
            .lines()
            .filter_map(|line| line.get(3..))
            .map(str::to_owned)
            .collect();
        files.extend(self.hidden_changes(paths)?);
        Ok(files)
    }

    /// Changed files that git was told not to look at: `--assume-unchanged` and `--skip-worktree`.
    fn hidden_changes(&self, paths: &[PathBuf]) -> Result<Vec<String>> {
        let listed = self.git(["ls-files", "-v", "-z"], paths)?;
        let hidden = listed.split('\0').filter_map(|entry| {
            let (tag, file) = entry.split_once(' ')?;
            let is_hidden = tag == "S" || tag.starts_with(|c: char| c.is_ascii_lowercase());
            (is_hidden && self.root.join(file).exists()).then_some(file)
        });
        let mut changed = Vec::new();
        for file in hidden {
            let index = format!(":{file}");
            let recorded = self.git(["rev-parse", &index], &[])?;
            let found = self.git(["hash-object"], &[self.root.join(file)])?;
            if recorded.trim() != found.trim() {
                changed.push(file.to_owned());
            }
        }
        Ok(changed)
    }

    /// The files and directories in `paths` that git ignores.
    pub(super) fn ignored(&self, paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
        let listed = self.git(
            [
                "ls-files",
                "--others",
                "--ignored",
                "--exclude-standard",
                "--directory",
                "-z",
            ],
            paths,
        )?;
        let paths = listed.split('\0').filter(|path| !path.is_empty());
        Ok(paths.map(|path| self.root.join(path)).collect())
    }

    /// What the symbolic links in `paths` lead to.
    pub(super) fn link_targets(&self, paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
        let links = self.entries(paths, "120000")?;
        Ok(links
            .iter()
            .filter_map(|link| fs::canonicalize(link).ok())
            .collect())
    }

    /// Whether `root` is a submodule of this repository.
    pub(super) fn has_submodule(&self, root: &Path) -> Result<bool> {
        if !root.starts_with(&self.root) || root == self.root {
            return Ok(false);
        }
        Ok(!self.entries(&[root.to_owned()], "160000")?.is_empty())
    }

    /// The tracked entries of a mode.
    fn entries(&self, paths: &[PathBuf], mode: &str) -> Result<Vec<PathBuf>> {
        let listed = self.git(["ls-files", "--stage", "-z"], paths)?;
        Ok(listed
            .split('\0')
            .filter(|entry| entry.starts_with(mode))
            .filter_map(|entry| Some(self.root.join(entry.split_once('\t')?.1)))
            .collect())
    }

    fn git<const N: usize>(&self, arguments: [&str; N], paths: &[PathBuf]) -> Result<String> {
        let output = self.run(arguments, paths)?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(Error::new(format!(
            "`git {}` failed in `{}`",
            arguments[0],
            self.root.display()
        ))
        .because(said.trim().trim_start_matches("fatal: ")))
    }

    fn run<const N: usize>(&self, arguments: [&str; N], paths: &[PathBuf]) -> Result<Output> {
        let mut git = Command::new("git");
        git.current_dir(&self.root).args([
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
}
