//! `cargo xtask release VERSION`: sets the version, closes the changelog's section, commits and tags.
//!
//! Nothing is written before the version, the changelog and the working tree have been found good. Pushing the tag makes CI
//! publish the crates.

use std::fs;
use std::time::SystemTime;

use anyhow::{Context as _, Result, bail, ensure};
use semver::Version;

use crate::process::{cargo, command, read, run as execute, tool};
use crate::{ci, report, workspace};

const UNRELEASED: &str = "## Unreleased\n";

/// Makes the release, or says what it would do.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let (version, dry) = match arguments {
        [version] | [version, "--dry-run"] | ["--dry-run", version] => {
            (*version, arguments.len() == 2)
        }
        _ => bail!("one version is needed, as in `cargo xtask release 0.2.0 --dry-run`"),
    };
    let version: Version = version.parse().with_context(|| version.to_owned())?;
    let [manifest, changelog] =
        ["Cargo.toml", "CHANGELOG.md"].map(|name| workspace::root().join(name));
    let new_manifest = set_version(&fs::read_to_string(&manifest)?, &version)?;
    let today = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let (new_changelog, notes) = close(&fs::read_to_string(&changelog)?, &version, &today[..10])?;
    let tag = format!("v{version}");
    let tags = read(command("git").args(["tag", "--list", &tag]))?;
    ensure!(
        tags.is_empty(),
        "{tag} is released; a version never changes"
    );
    let changes = read(command("git").args(["status", "--porcelain"]))?;

    report::data(&format!("{notes}\n"));
    if dry {
        let tree = if changes.is_empty() {
            "clean"
        } else {
            "not clean, which the release refuses"
        };
        report::line(&format!(
            "would set version {version}, date the changelog {}, pack every crate, commit and tag v{version}; \
             the working tree is {tree}",
            &today[..10]
        ));
        return Ok(());
    }
    ensure!(
        changes.is_empty(),
        "the working tree has changes; commit them first:\n{changes}"
    );

    fs::write(&manifest, new_manifest)?;
    fs::write(&changelog, new_changelog)?;
    prepare().context("nothing was committed; `git restore .` takes the version back")?;
    let message = format!("Release {version}");
    execute(command("git").args([
        "commit",
        "--quiet",
        "--all",
        "--allow-empty",
        "--message",
        &message,
    ]))?;
    execute(command("git").args(["tag", "--annotate", &tag, "--message", &notes]))?;
    report::line(&format!("next: git push --atomic origin HEAD {tag}"));
    Ok(())
}

/// What follows from the version: the lock file, the components' generated files, and crates that build from their packages.
fn prepare() -> Result<()> {
    execute(cargo("update").args(["--workspace", "--quiet"]))?;
    execute(tool("kfp-comp").args(["--quiet", "generate"]))?;
    ci::package()
}

/// The manifest with the new version, for the workspace's packages and for what they require of each other.
fn set_version(manifest: &str, version: &Version) -> Result<String> {
    let line = manifest
        .lines()
        .find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
        .context("Cargo.toml has no version")?;
    let current: Version = line.parse().context("the version in Cargo.toml")?;
    ensure!(*version >= current, "{version} is older than {current}");
    let (old, new) = [&current, version]
        .map(|version| format!("version = \"{version}\""))
        .into();
    let line = |line: &str| {
        let is_ours = line.starts_with("version = ") || line.contains("path = \"crates/");
        if is_ours {
            line.replace(&old, &new)
        } else {
            line.to_owned()
        }
    };
    Ok(manifest.lines().map(line).map(|line| line + "\n").collect())
}

/// The changelog with its unreleased entries under the new version, and these entries.
fn close(changelog: &str, version: &Version, date: &str) -> Result<(String, String)> {
    let (before, rest) = changelog
        .split_once(UNRELEASED)
        .context("CHANGELOG.md has no section `## Unreleased`")?;
    let end = rest.find("\n## ").map_or(rest.len(), |at| at + 1);
    let notes = rest[..end].trim();
    ensure!(
        !notes.is_empty(),
        "CHANGELOG.md: there is nothing below `## Unreleased`"
    );
    let changelog = format!("{before}{UNRELEASED}\n## {version} - {date}\n{rest}");
    Ok((changelog, notes.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGELOG: &str =
        "# Changelog\n\n## Unreleased\n\n- New.\n\n## 0.1.0 - 2026-01-01\n\n- Old.\n";

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn the_version_changes_for_the_workspace_and_its_crates_only() {
        let manifest = "[workspace.package]\nversion = \"0.1.0\"\n\n[workspace.dependencies]\n\
            a = { path = \"crates/a\", version = \"0.1.0\" }\nb = { version = \"0.1.0\" }\n";
        let changed = set_version(manifest, &version("0.2.0")).unwrap();
        assert_eq!(
            changed,
            "[workspace.package]\nversion = \"0.2.0\"\n\n[workspace.dependencies]\n\
            a = { path = \"crates/a\", version = \"0.2.0\" }\nb = { version = \"0.1.0\" }\n"
        );
    }

    #[test]
    fn a_version_does_not_go_back() {
        let error = set_version("version = \"0.2.0\"\n", &version("0.1.9")).unwrap_err();
        assert_eq!(error.to_string(), "0.1.9 is older than 0.2.0");
    }

    #[test]
    fn unreleased_entries_become_those_of_the_version() {
        let (changelog, notes) = close(CHANGELOG, &version("0.2.0"), "2026-11-26").unwrap();
        assert_eq!(notes, "- New.");
        assert_eq!(
            changelog,
            "# Changelog\n\n## Unreleased\n\n## 0.2.0 - 2026-11-26\n\n- New.\n\n## 0.1.0 - 2026-01-01\n\n- Old.\n"
        );
    }

    #[test]
    fn a_release_without_entries_is_refused() {
        let (changelog, _) = close(CHANGELOG, &version("0.2.0"), "2026-11-26").unwrap();
        assert!(close(&changelog, &version("0.3.0"), "2026-11-27").is_err());
    }
}
