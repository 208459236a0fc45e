//! The packages of this workspace, as cargo describes them.

use std::collections::BTreeMap;
#[cfg(test)]
use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::process::{cargo, command, read};

/// The packages that are published, in the order of their names: cargo itself puts dependencies first.
pub(crate) fn published() -> Result<Vec<String>> {
    let mut names: Vec<String> = all()?
        .iter()
        .filter(|package| package["publish"].is_null())
        .map(name)
        .collect();
    names.sort();
    Ok(names)
}

/// How many tests `cargo test` runs for each package, its documentation's examples not counted.
///
/// Builds the tests of the whole workspace.
pub(crate) fn tests() -> Result<BTreeMap<String, usize>> {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for package in all()? {
        names.insert(text(&package["id"]), name(&package));
    }
    let mut tests: BTreeMap<String, usize> = names.values().map(|name| (name.clone(), 0)).collect();
    let arguments = [
        "--workspace",
        "--no-run",
        "--quiet",
        "--message-format",
        "json",
    ];
    for line in read(cargo("test").args(arguments))?.lines() {
        let message: Value = serde_json::from_str(line).context("cargo's messages")?;
        let (Some(program), true) = (
            message["executable"].as_str(),
            message["profile"]["test"] == true,
        ) else {
            continue;
        };
        if let Some(count) = names
            .get(&text(&message["package_id"]))
            .and_then(|name| tests.get_mut(name))
        {
            *count += list(Path::new(program))?;
        }
    }
    Ok(tests)
}

/// The crates of this workspace that each package is built from; those that only its tests need are not among them.
#[cfg(test)]
pub(crate) fn dependencies() -> Result<BTreeMap<String, BTreeSet<String>>> {
    let needs = |package: &Value| {
        let dependencies = package["dependencies"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        dependencies
            .iter()
            .filter(|dependency| dependency["kind"] != "dev" && dependency["path"].is_string())
            .map(name)
            .collect()
    };
    Ok(all()?
        .iter()
        .map(|package| (name(package), needs(package)))
        .collect())
}

/// The names of all crates that a package is built from.
#[cfg(test)]
pub(crate) fn everything_below(package: &str) -> Result<BTreeSet<String>> {
    let tree = [
        "--package",
        package,
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ];
    let listing = read(cargo("tree").args(tree))?;
    let names = listing.lines().filter_map(|line| line.split(' ').next());
    Ok(names.map(str::to_owned).collect())
}

/// How many tests a test binary has; those it ignores do not count.
fn list(program: &Path) -> Result<usize> {
    let run = |more: &[&str]| {
        read(
            command(&program.to_string_lossy())
                .args(["--list", "--format", "terse"])
                .args(more),
        )
    };
    let count = |listing: String| {
        listing
            .lines()
            .filter(|line| line.ends_with(": test"))
            .count()
    };
    Ok(count(run(&[])?) - count(run(&["--ignored"])?))
}

fn all() -> Result<Vec<Value>> {
    let metadata = read(cargo("metadata").args(["--no-deps", "--format-version", "1"]))?;
    let mut metadata: Value = serde_json::from_str(&metadata).context("cargo metadata")?;
    match metadata["packages"].take() {
        Value::Array(packages) => Ok(packages),
        other => anyhow::bail!("cargo metadata lists no packages: {other}"),
    }
}

fn name(package: &Value) -> String {
    text(&package["name"])
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
