//! `cargo xtask ci`: what CI runs, in the order that fails fastest.
//!
//! Runs every step even after one failed, and says at the end which did.

use std::time::Instant;

use anyhow::{Result, bail};

use crate::process::{cargo, run as execute};
use crate::report;
use crate::test::{self, Scope};

/// The crates that go to the registry, dependencies first.
const PUBLISHED: [&str; 6] = [
    "kfp-component-spec",
    "kfp-component-macros",
    "kfp-component",
    "kfp-registry",
    "kfp-publish",
    "kfp-comp",
];

/// Runs all steps and fails at the end if one did.
pub(crate) fn run(scope: Scope) -> Result<()> {
    type Step = fn(Scope) -> Result<()>;
    let steps: [(&str, Step); 7] = [
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
    report::line("all is well");
    Ok(())
}

fn comp(arguments: &[&str]) -> Result<()> {
    execute(
        cargo("run")
            .args(["--quiet", "--package", "kfp-comp", "--"])
            .args(arguments),
    )
}

/// Packs the published crates against each other. What they need from the workspace is compiled by their tests; here it
/// matters that nothing is missing from the package, so nothing is compiled again.
fn package() -> Result<()> {
    let mut package = cargo("package");
    package.args(["--quiet", "--allow-dirty", "--no-verify"]);
    for name in PUBLISHED {
        package.args(["--package", name]);
    }
    execute(&mut package)
}
