//! The packages of a component's own build, and how an SBOM identifies them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use cargo_metadata::Package;
use kfp_workspace::{ComponentCrate, Workspace};

use crate::error::{Context as _, Error, Result};

const CRATES_IO: [&str; 2] = [
    "registry+https://github.com/rust-lang/crates.io-index",
    "sparse+https://index.crates.io/",
];

/// Where a package comes from.
pub(super) enum Origin {
    CratesIo,
    /// The address of another registry's index.
    Registry(String),
    /// The address of a repository and a commit.
    Git(String, String),
    Path,
}

impl Origin {
    pub(super) fn of(package: &Package) -> Self {
        let Some(source) = package.source.as_ref().map(|source| source.repr.as_str()) else {
            return Self::Path;
        };
        if CRATES_IO.contains(&source) {
            return Self::CratesIo;
        }
        let (kind, address) = source.split_once('+').unwrap_or(("registry", source));
        if kind != "git" {
            return Self::Registry(without_login(address));
        }
        let (address, commit) = address.split_once('#').unwrap_or((address, ""));
        let address = address.split('?').next().unwrap_or(address);
        Self::Git(without_login(address), commit.to_owned())
    }
}

/// What tells a package from all others, on every machine: its source, name and version.
pub(super) fn reference(package: &Package, root: &Path) -> String {
    let source = if let Some(source) = &package.source {
        without_login(&source.repr)
    } else {
        let directory = package.manifest_path.parent();
        let directory = directory.map(|path| from(root, path.as_std_path()));
        format!("path+{}", directory.unwrap_or_default())
    };
    format!("{source}#{}@{}", package.name, package.version)
}

/// The package URL of a crate that a registry has. Crates by path and from git have none: theirs would be a stranger's.
pub(super) fn purl(package: &Package) -> Option<String> {
    let version = package.version.to_string().replace('+', "%2B");
    let purl = format!("pkg:cargo/{}@{version}", package.name);
    match Origin::of(package) {
        Origin::CratesIo => Some(purl),
        Origin::Registry(address) => {
            let address = address
                .replace('%', "%25")
                .replace('&', "%26")
                .replace('#', "%23");
            Some(format!("{purl}?repository_url={address}"))
        }
        Origin::Git(..) | Origin::Path => None,
    }
}

/// An address without the name and password that may stand before its host.
fn without_login(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else {
        return address.to_owned();
    };
    let host_end = rest.find('/').unwrap_or(rest.len());
    let host_start = rest[..host_end].rfind('@').map_or(0, |at| at + 1);
    format!("{scheme}://{}", &rest[host_start..])
}

/// The way from `root` to `path`, with `/` between its parts.
fn from(root: &Path, path: &Path) -> String {
    let common = root
        .components()
        .zip(path.components())
        .take_while(|(a, b)| a == b)
        .count();
    let up = root.components().skip(common).map(|_| Component::ParentDir);
    let way: PathBuf = up.chain(path.components().skip(common)).collect();
    way.to_string_lossy().replace('\\', "/")
}

/// The packages of this component's own build. Cargo's metadata would add those that other members ask for.
pub(crate) fn packages<'a>(
    workspace: &'a Workspace,
    component: &ComponentCrate,
    target: &str,
) -> Result<Vec<&'a Package>> {
    let failed = || format!("could not list the crates of `{}`", component.name);
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(&workspace.root)
        .args(["tree", "--locked", "--package", &component.id.repr])
        .args(["--target", target, "--edges", "normal,build"])
        .args(["--prefix", "none", "--format", "{p}"])
        .output()
        .context(failed)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Error::new(failed()).because(said.trim().trim_start_matches("error: ")));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let listed: BTreeSet<Listed<'_>> = text.lines().filter_map(Listed::parse).collect();
    let packages = &workspace.metadata.packages;
    Ok(packages
        .iter()
        .filter(|package| {
            let alone = packages
                .iter()
                .filter(|other| other.name == package.name && other.version == package.version)
                .count()
                == 1;
            listed.iter().any(|one| one.is(package, alone))
        })
        .collect())
}

/// A line of `cargo tree`: `name v1.2.3`, and the source in parentheses where it is not crates.io.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Listed<'a> {
    name: &'a str,
    version: &'a str,
    source: Option<&'a str>,
}

impl<'a> Listed<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (name, rest) = line.split_once(" v")?;
        let (version, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let remarks = rest
            .split(['(', ')'])
            .filter(|remark| !remark.trim().is_empty());
        let source = remarks
            .into_iter()
            .find(|remark| !["proc-macro", "*"].contains(remark));
        Some(Self {
            name,
            version,
            source,
        })
    }

    /// Whether the line is `package`, which is `alone` in having its name and version, or not.
    fn is(&self, package: &Package, alone: bool) -> bool {
        if package.name.as_str() != self.name || package.version.to_string() != self.version {
            return false;
        }
        alone
            || match (Origin::of(package), self.source) {
                (Origin::CratesIo, source) => source.is_none(),
                (Origin::Path, Some(source)) => package
                    .manifest_path
                    .parent()
                    .is_some_and(|directory| directory.as_str() == source),
                // `https://host/repository?branch=b#1234abcd`
                (Origin::Git(_, commit), Some(source)) => source
                    .split_once('#')
                    .is_some_and(|(_, short)| commit.starts_with(short)),
                (Origin::Registry(_), Some(source)) => source.starts_with("registry "),
                _ => false,
            }
    }
}

/// What Cargo.lock knows of the archives of registry crates: their checksums by name, version and source.
pub(super) fn checksums(root: &Path) -> Result<BTreeMap<[String; 3], String>> {
    let path = root.join("Cargo.lock");
    let failed = || format!("could not read `{}`", path.display());
    let lock: toml_edit::DocumentMut = fs::read_to_string(&path)
        .context(failed)?
        .parse()
        .context(failed)?;
    let packages = lock
        .get("package")
        .and_then(|item| item.as_array_of_tables());
    let text = |table: &toml_edit::Table, key: &str| Some(table.get(key)?.as_str()?.to_owned());
    Ok(packages
        .into_iter()
        .flatten()
        .filter_map(|table| {
            let key = [
                text(table, "name")?,
                text(table, "version")?,
                text(table, "source")?,
            ];
            Some((key, text(table, "checksum")?))
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_login_reaches_an_sbom() {
        for (with, without) in [
            (
                "git+https://ann:secret@host/x?rev=1#2",
                "git+https://host/x?rev=1#2",
            ),
            ("ssh://git@host/x", "ssh://host/x"),
            ("https://host/a@b", "https://host/a@b"),
        ] {
            assert_eq!(without_login(with), without);
        }
    }

    #[test]
    fn the_way_to_a_package_is_the_same_wherever_the_workspace_is() {
        for (path, way) in [("/a/b/c/d", "c/d"), ("/a/x", "../x"), ("/a/b", "")] {
            assert_eq!(from(Path::new("/a/b"), Path::new(path)), way);
        }
    }

    #[test]
    fn a_line_of_cargo_tree_names_its_source() {
        let source = |line| Listed::parse(line).unwrap().source;
        assert_eq!(source("serde v1.0.1"), None);
        assert_eq!(source("serde_derive v1.0.1 (proc-macro) (*)"), None);
        assert_eq!(source("lib v0.1.0 (/a b/lib) (*)"), Some("/a b/lib"));
        assert_eq!(
            source("x v1.0.0 (proc-macro) (https://h/x#12ab)"),
            Some("https://h/x#12ab")
        );
    }
}
