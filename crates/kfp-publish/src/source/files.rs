//! Everything a component's program is built from, as files and directories.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use kfp_workspace::{ComponentCrate, Workspace};

use crate::component;

/// What cargo reads of a workspace beside its packages, in the root and, for the last three, in every directory above.
const OF_THE_ROOT: [&str; 2] = ["Cargo.toml", "Cargo.lock"];
const OF_EVERY_PARENT: [&str; 3] = [".cargo", "rust-toolchain", "rust-toolchain.toml"];

/// The sources of a component.
pub(crate) struct Sources {
    /// The workspace's root.
    pub(super) root: PathBuf,
    /// The directories of its package and of the path dependencies that are compiled for it or into it.
    pub(super) packages: Vec<PathBuf>,
    /// The packages, and the files that cargo and the compilers read beside them.
    pub(super) paths: BTreeSet<PathBuf>,
    /// The files in the packages that the compilers have read; none before the program is compiled.
    compiled: BTreeSet<PathBuf>,
    /// Where cargo builds: nothing in it is a source.
    target: PathBuf,
}

impl Sources {
    /// What is known before the program is compiled.
    pub(crate) fn of(workspace: &Workspace, component: &ComponentCrate) -> Self {
        let root = resolved(&workspace.root);
        let packages: Vec<_> = component::source_dirs(workspace, component)
            .iter()
            .map(|directory| resolved(directory))
            .collect();
        let mut paths: BTreeSet<_> = packages.iter().cloned().collect();
        paths.extend(OF_THE_ROOT.map(|name| root.join(name)));
        for directory in root.ancestors() {
            paths.extend(
                OF_EVERY_PARENT
                    .map(|name| directory.join(name))
                    .into_iter()
                    .filter(|path| path.exists()),
            );
            if directory.join(".git").exists() {
                break;
            }
        }
        // Packages of workspaces of their own inherit from another root manifest.
        paths.extend(
            packages
                .iter()
                .filter_map(|package| inherited(package, &root)),
        );
        Self {
            target: resolved(&workspace.target),
            root,
            packages,
            paths,
            compiled: BTreeSet::new(),
        }
    }

    /// Adds the files that the compilers really read, as cargo lists them in the file at `dep_info`.
    pub(crate) fn add_compiled(&mut self, dep_info: &Path) {
        let text = fs::read_to_string(dep_info).unwrap_or_default();
        for path in read_files(&text) {
            let path = resolved(&self.root.join(path));
            if path.starts_with(&self.target) {
                continue;
            }
            if self
                .packages
                .iter()
                .any(|package| path.starts_with(package))
            {
                self.compiled.insert(path);
            } else {
                self.paths.insert(path);
            }
        }
    }

    /// Whether an ignored file or directory may be a part of the program: the compilers read it, it is Rust, or some
    /// file of its package names it.
    pub(super) fn may_be_read(&self, ignored: &Path) -> bool {
        if ignored.starts_with(&self.target) {
            return false;
        }
        let holds = |path: &PathBuf| path.starts_with(ignored);
        if self.packages.iter().any(holds)
            || self.compiled.iter().any(holds)
            || ignored
                .extension()
                .is_some_and(|extension| extension == "rs")
        {
            return true;
        }
        let Some(name) = ignored.file_name().map(|name| name.to_string_lossy()) else {
            return false;
        };
        let package = self
            .packages
            .iter()
            .filter(|package| ignored.starts_with(package))
            .max_by_key(|package| package.as_os_str().len());
        package.is_some_and(|package| {
            [
                package.join("src"),
                package.join("build.rs"),
                package.join("Cargo.toml"),
            ]
            .iter()
            .any(|path| names(path, &name))
        })
    }
}

/// The path without symbolic links, where it exists.
fn resolved(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// The manifest of the workspace that a package outside of `root` belongs to.
fn inherited(package: &Path, root: &Path) -> Option<PathBuf> {
    if package.starts_with(root) {
        return None;
    }
    package
        .ancestors()
        .skip(1)
        .map(|directory| directory.join("Cargo.toml"))
        .find(|manifest| manifest.is_file())
}

/// The paths in a dep-info file: a rule of make, `program: file file …`, with spaces escaped.
fn read_files(text: &str) -> Vec<PathBuf> {
    let files = text.lines().filter_map(|line| line.split_once(": "));
    files
        .flat_map(|(_, files)| {
            files
                .replace("\\ ", "\0")
                .split(' ')
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .filter(|file| !file.is_empty())
        .map(|file| PathBuf::from(file.replace('\0', " ")))
        .collect()
}

/// Whether a file, or a Rust file in a directory, contains `name`.
fn names(path: &Path, name: &str) -> bool {
    if let Ok(entries) = path.read_dir() {
        return entries.flatten().any(|entry| {
            let path = entry.path();
            (path.is_dir() || path.extension().is_some_and(|extension| extension == "rs"))
                && names(&path, name)
        });
    }
    fs::read_to_string(path).is_ok_and(|text| text.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_rule_are_split_at_spaces_that_are_not_escaped() {
        let files = read_files("/t/x: /a/main.rs /b/with\\ space.txt\n\n/a/main.rs:\n");
        assert_eq!(
            files,
            ["/a/main.rs", "/b/with space.txt"].map(PathBuf::from)
        );
    }
}
