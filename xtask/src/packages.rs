//! The packages of this workspace, as cargo describes them.

use std::collections::BTreeMap;
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
