//! `cargo xtask ci`: what CI runs, in the order that fails fastest.
//!
//! Runs every step, even after one has failed, and names those that failed at the end.

use std::time::Instant;

use anyhow::{Result, bail};

use crate::process::{cargo, run as execute};
use crate::tier::Scope;
use crate::{packages, report, test};

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
    let mut package = cargo("package");
    package.args(["--quiet", "--allow-dirty"]);
    for name in packages::published()? {
        package.args(["--package", &name]);
    }
    execute(&mut package)
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
