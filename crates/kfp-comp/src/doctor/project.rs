//! What `Cargo.lock` says about a workspace: whether it is up to date, and which dependencies contain C code.
//!
//! Compiles and downloads nothing, so that it answers on a fresh machine.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::{Command, Stdio},
};

use kfp_workspace::Workspace;
use serde::Deserialize;

/// The crates whose presence among a package's dependencies means that its build script compiles C code.
const C_BUILDERS: &[&str] = &["cc", "cmake"];

/// Facts about a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Project {
    /// Whether `Cargo.lock` fits the manifests; unknown if cargo cannot tell offline.
    pub(super) is_locked: Option<bool>,
    /// The components with C code in their dependencies, and those dependencies; unknown without a `Cargo.lock`.
    pub(super) c_code: Option<BTreeMap<String, BTreeSet<String>>>,
}

impl Project {
    /// Reads the lock file of a workspace.
    pub(super) fn of(workspace: &Workspace) -> Self {
        let components = workspace.components.iter().map(|one| one.name.as_str());
        let lock = fs::read_to_string(workspace.root.join("Cargo.lock")).ok();
        Self {
            is_locked: match &lock {
                None => Some(false),
                Some(_) => is_locked(&workspace.root),
            },
            c_code: lock.and_then(|text| c_code(&text, components)),
        }
    }
}

/// Whether cargo would leave `Cargo.lock` as it is.
fn is_locked(root: &Path) -> Option<bool> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["update", "--workspace", "--locked", "--offline"])
        .current_dir(root)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    if output.status.success() {
        return Some(true);
    }
    let says = String::from_utf8_lossy(&output.stderr);
    says.contains("because --locked was passed")
        .then_some(false)
}

#[derive(Deserialize)]
struct LockFile {
    #[serde(default)]
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    /// `name`, or `name version` where several versions are locked.
    #[serde(default)]
    dependencies: Vec<String>,
}

/// The C code that each component depends on.
fn c_code<'a>(
    lock: &str,
    components: impl Iterator<Item = &'a str>,
) -> Option<BTreeMap<String, BTreeSet<String>>> {
    let lock: LockFile = toml_edit::de::from_str(lock).ok()?;
    let mut dependencies: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in &lock.package {
        let names = package.dependencies.iter();
        let names = names.filter_map(|name| name.split(' ').next());
        dependencies.entry(&package.name).or_default().extend(names);
    }
    let mut found = BTreeMap::new();
    for component in components {
        let mut seen = BTreeSet::new();
        let mut next = vec![component];
        while let Some(name) = next.pop() {
            if seen.insert(name) {
                next.extend(dependencies.get(name).into_iter().flatten());
            }
        }
        let has_c = |name: &&str| {
            let dependencies = dependencies.get(name);
            dependencies.is_some_and(|all| C_BUILDERS.iter().any(|builder| all.contains(builder)))
        };
        let with_c: BTreeSet<String> = seen.into_iter().filter(has_c).map(str::to_owned).collect();
        if !with_c.is_empty() {
            found.insert(component.to_owned(), with_c);
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c_code_is_found_behind_other_dependencies() {
        let lock = r#"
version = 4
[[package]]
name = "download"
dependencies = ["http 1.0.0", "text"]
[[package]]
name = "count"
dependencies = ["text"]
[[package]]
name = "http"
dependencies = ["ring"]
[[package]]
name = "ring"
dependencies = ["cc"]
[[package]]
name = "cc"
[[package]]
name = "text"
"#;
        let found = c_code(lock, ["count", "download"].into_iter()).unwrap();
        let wanted = BTreeMap::from([("download".into(), BTreeSet::from(["ring".into()]))]);
        assert_eq!(found, wanted);
    }
}
