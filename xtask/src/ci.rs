//! `cargo xtask ci`: what CI runs, in the order that fails fastest.
//!
//! Runs every step, even after one has failed, and names those that failed at the end.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Result, bail};

use crate::process::{cargo, run as execute};
use crate::tier::Scope;
use crate::{packages, report, test, workspace};

/// Runs all steps and fails at the end if one did.
pub(crate) fn run(scope: Scope) -> Result<()> {
    type Step = fn(Scope) -> Result<()>;
    let steps: [(&str, Step); 8] = [
        ("format", |_| {
            execute(cargo("fmt").args(["--all", "--", "--check"]))
        }),
        ("lints", |_| {
            execute(cargo("clippy").args(["--workspace", "--all-targets", "--", "-D", "warnings"]))
        }),
        ("docs", |_| {
            execute(
                cargo("doc")
                    .args(["--workspace", "--no-deps"])
                    .env("RUSTDOCFLAGS", "-D warnings"),
            )
        }),
        ("generated files", |_| comp(&["check"])),
        ("component.yaml lint", |_| {
            comp(&["lint", "components", "--deny", "warnings"])
        }),
        ("packaging", |_| package()),
        ("random input", |_| fuzz()),
        ("tests", |scope| test::run(scope, &[])),
    ];
    let mut rows = Vec::new();
    let mut failed = Vec::new();
    for (name, step) in steps {
        report::status("Checking", name);
        let start = Instant::now();
        let result = step(scope);
        let time = report::duration(start.elapsed());
        match result {
            Ok(()) => rows.push(vec!["ok".into(), name.into(), time.clone()]),
            Err(error) => {
                report::error(&error);
                rows.push(vec!["FAILED".into(), name.into(), time.clone()]);
                failed.push(name);
            }
        }
        report::status("Took", &format!("{time}: {name}"));
    }
    report::line("");
    report::line(report::table(&rows).trim_end());
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    report::line("all checks passed");
    Ok(())
}

fn comp(arguments: &[&str]) -> Result<()> {
    execute(
        cargo("run")
            .args(["--quiet", "--package", "kfp-comp", "--"])
            .args(arguments),
    )
}

/// Packs the published crates and compiles each from its package, so that a file or a dependency that is missing there is
/// found.
pub(crate) fn package() -> Result<()> {
    let names = packages::published()?;
    let mut kept = vec![workspace::target().join("debug/.fingerprint")];
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    if let Some(home) = home.or_else(|| Some(env::home_dir()?.join(".cargo"))) {
        kept.extend(unpacked(&home)?);
    }
    for folder in kept.iter().filter(|folder| folder.is_dir()) {
        forget(&names, folder)?;
    }
    let mut package = cargo("package");
    package.args(["--quiet", "--allow-dirty"]);
    for name in &names {
        package.args(["--package", name]);
    }
    execute(&mut package)
}

/// Where cargo unpacks the packages of registries that are directories: these have no host before their hash.
fn unpacked(cargo_home: &Path) -> Result<Vec<PathBuf>> {
    let Ok(registries) = fs::read_dir(cargo_home.join("registry/src")) else {
        return Ok(Vec::new());
    };
    let mut all = Vec::new();
    for registry in registries {
        let registry = registry?;
        if registry.file_name().to_string_lossy().starts_with('-') {
            all.push(registry.path());
        }
    }
    Ok(all)
}

/// Deletes what a folder has of packages. cargo puts the packages into a registry below the target directory, and neither
/// unpacks nor compiles a version twice, so that each would be compiled with the others as they once were.
fn forget(packages: &[String], folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_of = |package: &String| {
            let rest = name.strip_prefix(package.as_str());
            let rest = rest.and_then(|rest| rest.strip_prefix('-'));
            // A version, or the hash of a build.
            rest.is_some_and(|rest| {
                let is_hash = rest.chars().all(|c| c.is_ascii_hexdigit());
                is_hash || semver::Version::parse(rest).is_ok()
            })
        };
        if packages.iter().any(is_of) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// Many more rounds of random input than the tests make: a fixed number, from a fixed seed.
fn fuzz() -> Result<()> {
    let rounds = |count, tests: &[&str]| {
        let mut fuzz = cargo("test");
        fuzz.args(["--quiet", "--package", "kfp-fuzz", "--"]);
        execute(fuzz.args(tests).env("PROPTEST_CASES", count))
    };
    // Each round starts a process, or writes a folder.
    rounds("1000", &["executor_input::"])?;
    rounds("5000", &["model::"])?;
    rounds(
        "20000",
        &["--skip", "executor_input::", "--skip", "model::"],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_keeps_of_our_packages_is_deleted_and_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        let folder = |name: &str| home.path().join("registry/src").join(name);
        let (ours, others) = (
            [
                "kfp-comp-0.1.0",
                "kfp-comp-1.0.0-rc.1",
                "kfp-comp-92cf7d73c8b2e61b",
            ],
            ["kfp-component-0.1.0", "kfp-component-1b", "other-1.0.0"],
        );
        for name in ours.iter().chain(&others) {
            fs::create_dir_all(folder("-1a").join(name)).unwrap();
            fs::create_dir_all(folder("index.crates.io-1a").join(name)).unwrap();
        }
        let unpacked = unpacked(home.path()).unwrap();
        assert_eq!(unpacked, [folder("-1a")]);
        forget(&["kfp-comp".to_owned()], &unpacked[0]).unwrap();
        assert!(!ours.iter().any(|name| unpacked[0].join(name).exists()));
        assert!(others.iter().all(|name| unpacked[0].join(name).exists()));
    }
}
