//! The programs of the workspace's components, built before anything runs, and only where a source is newer.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

use anyhow::{Context, Result, bail};
use kfp_runner::program::Found;
use kfp_workspace::{ComponentCrate, Workspace};

use super::programs::directory;
use crate::output::{Console, Style};

/// Builds those of the workspace's programs that are older than their sources, in one call of cargo.
///
/// # Errors
/// If they do not compile.
pub(super) fn build(
    workspace: &Workspace,
    programs: &BTreeMap<String, Found>,
    release: bool,
    console: &mut Console,
) -> Result<()> {
    let stale: BTreeSet<&str> = programs
        .values()
        .filter_map(|found| found.component.as_deref())
        .filter(|name| {
            let one = workspace.components.iter().find(|one| one.name == *name);
            one.is_some_and(|one| !is_fresh(workspace, one, release))
        })
        .collect();
    if stale.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = stale.iter().copied().collect();
    let began = SystemTime::now();
    console.status(Style::Info, "Building", &names.join(", "));
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.arg("build").current_dir(&workspace.root);
    for name in stale {
        command.args(["--package", name, "--bin", name]);
    }
    command
        .args(release.then_some("--release"))
        .args((!console.is_verbose()).then_some("--quiet"));
    if !command.status().context("could not run cargo")?.success() {
        bail!("cargo could not build {}", names.join(", "));
    }
    for name in names {
        // Without it cargo is only asked again.
        let _ = note(&checked(workspace, name, release), began);
    }
    Ok(())
}

/// A file as old as the time at which cargo last found a program up to date: cargo leaves the program itself as it is.
fn checked(workspace: &Workspace, name: &str, release: bool) -> PathBuf {
    let profile = if release { "release" } else { "debug" };
    workspace.target.join("kfp/built").join(profile).join(name)
}

fn note(path: &Path, time: SystemTime) -> std::io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    fs::File::create(path)?.set_modified(time)
}

/// Whether a program is newer than all cargo says it was made of. Cargo itself takes longer to say so than a pipeline
/// needs to run.
fn is_fresh(workspace: &Workspace, one: &ComponentCrate, release: bool) -> bool {
    let directory = directory(workspace, release);
    let modified = |path: &Path| {
        fs::metadata(path)
            .and_then(|metadata| metadata.modified())
            .ok()
    };
    let Some(linked) = modified(&directory.join(&one.name)) else {
        return false;
    };
    let built =
        modified(&checked(workspace, &one.name, release)).map_or(linked, |time| time.max(linked));
    let is_older = |path: &Path| modified(path).is_some_and(|time: SystemTime| time <= built);
    let sources = sources(workspace, one, release);
    let manifests = manifests(workspace, one);
    !sources.is_empty() && sources.iter().chain(&manifests).all(|path| is_older(path))
}

/// What a program was built from, as far as cargo has told; nothing before it was built.
pub(super) fn sources(workspace: &Workspace, one: &ComponentCrate, release: bool) -> Vec<PathBuf> {
    let list = directory(workspace, release).join(format!("{}.d", one.name));
    fs::read_to_string(list).map_or_else(|_| Vec::new(), |text| listed(&text))
}

/// The manifests that a program is built by.
pub(super) fn manifests(workspace: &Workspace, one: &ComponentCrate) -> [PathBuf; 3] {
    [
        workspace.root.join("Cargo.toml"),
        workspace.root.join("Cargo.lock"),
        workspace.root.join(&one.dir).join("Cargo.toml"),
    ]
}

/// The files after the colon of a line make could read, where a blank within a path is `\ `.
fn listed(text: &str) -> Vec<PathBuf> {
    let Some((_, list)) = text.lines().next().and_then(|line| line.split_once(": ")) else {
        return Vec::new();
    };
    let mut paths = vec![String::new()];
    let mut characters = list.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\\' if characters.peek() == Some(&' ') => {
                characters.next();
                paths.last_mut().expect("it is never empty").push(' ');
            }
            ' ' => paths.push(String::new()),
            c => paths.last_mut().expect("it is never empty").push(c),
        }
    }
    paths
        .into_iter()
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_in_a_path_does_not_end_it() {
        let text = "/t/debug/a: /src/main.rs /with\\ blank/lib.rs\n\n/src/main.rs:\n";
        assert_eq!(
            listed(text),
            [Path::new("/src/main.rs"), Path::new("/with blank/lib.rs")]
        );
    }
}
