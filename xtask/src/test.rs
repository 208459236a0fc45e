//! `cargo xtask test`: the Rust tests, then the tiers that need an SDK or an engine.
//!
//! Says which tests were skipped and why; with `--all` a skip is a failure.

use std::time::Instant;

use anyhow::{Result, bail};

use crate::kube::{self, Kube};
use crate::process::cargo;
use crate::python::Environment;
use crate::test_summary::{self, Summary};
use crate::tier::{Outcome, Request, Scope, Sdks};
use crate::{end_to_end, packages, report, sdk, serving};

type Tier = fn(&Request) -> Result<Outcome>;

const TIERS: [(&str, &str, Tier); 6] = [
    ("rust", "Rust", rust),
    ("kfp1", "components in kfp 1.8", |request| {
        sdk::kfp1(&request.sdks)
    }),
    ("kfp2", "components in kfp 2", |request| {
        sdk::kfp2(&request.sdks)
    }),
    ("kube", "a real Kubernetes API server", kube::run),
    ("engine", "the pipeline in a Docker engine", |request| {
        end_to_end::run(&request.sdks)
    }),
    ("serving", "our model server beside others", |_| {
        serving::run()
    }),
];

/// Whether all of these are names of tiers.
pub(crate) fn are_tiers(names: &[&str]) -> bool {
    let is_tier = |name| TIERS.iter().any(|(tier, ..)| tier == name);
    names.iter().all(is_tier)
}

/// Runs the named tiers, or all if none is named, and fails at the end if one of them failed.
pub(crate) fn run(scope: Scope, names: &[&str]) -> Result<()> {
    // They take minutes to install.
    let needs_sdks =
        names.is_empty() || names.iter().any(|name| !["kube", "serving"].contains(name));
    let python = |environment: Environment| {
        if !needs_sdks {
            return Err("no tier that was asked for needs it".to_owned());
        }
        environment.python().map_err(|error| format!("{error:#}"))
    };
    let request = Request {
        scope,
        sdks: Sdks {
            kfp1: python(Environment::Kfp1),
            kfp2: python(Environment::Kfp2),
        },
        runs_rust: names.is_empty() || names.contains(&"rust"),
    };
    let mut rows = Vec::new();
    let mut total = Summary::default();
    let mut broken = Vec::new();
    for (short, name, tier) in TIERS {
        if !names.is_empty() && !names.contains(&short) {
            continue;
        }
        report::status("Testing", name);
        let start = Instant::now();
        let summary = match tier(&request) {
            Ok(Outcome::Ran(summary)) => summary,
            Ok(Outcome::Skipped(why)) => Summary::of_skipped_tier(why),
            Err(error) => {
                report::error(&error);
                Summary::broken()
            }
        };
        if summary.failed > 0 || (scope == Scope::All && !summary.reasons.is_empty()) {
            broken.push(name);
        }
        let time = report::duration(start.elapsed());
        rows.push(vec![name.to_owned(), time, summary.to_string()]);
        for (why, times) in &summary.reasons {
            let times = if *times > 1 {
                format!(" ({times} tests)")
            } else {
                String::new()
            };
            let why = format!("SKIPPED: {why}{times}");
            rows.push(vec![String::new(), String::new(), why]);
        }
        total += summary;
    }
    report::line("");
    report::line(report::table(&rows).trim_end());
    report::line(&total.to_string());
    if !broken.is_empty() {
        bail!("tests failed or could not run: {}", broken.join(", "));
    }
    Ok(())
}

fn rust(request: &Request) -> Result<Outcome> {
    let Request { scope, sdks, .. } = request;
    let mut tests = cargo("test");
    tests.args(["--workspace", "--no-fail-fast"]);
    let models = Environment::Models
        .python()
        .map_err(|error| report::error(&error));
    let stores = Environment::Stores
        .python()
        .map_err(|error| report::error(&error));
    for (variable, python) in [
        ("KFP1_PYTHON", sdks.kfp1.as_ref().ok()),
        ("KFP2_PYTHON", sdks.kfp2.as_ref().ok()),
        ("MODELS_PYTHON", models.as_ref().ok()),
        ("STORES_PYTHON", stores.as_ref().ok()),
    ] {
        if let Some(python) = python {
            tests.env(variable, python);
        }
    }
    // It ends with this function.
    let kube = Kube::start(*scope).map_err(|error| report::error(&error));
    if let Ok(kube) = &kube {
        kube.name_to(&mut tests);
    }
    if *scope == Scope::All {
        tests.env("KFP_REQUIRE_TIERS", "1");
        tests.env("FUZZ_ROUNDS", "20000");
    }
    let mut summary = test_summary::run(&mut tests)?;
    let counts = packages::tests()?;
    let rows: Vec<_> = counts
        .iter()
        .map(|(package, tests)| vec![package.clone(), tests.to_string()])
        .collect();
    report::line("\ntests of each package, examples in its documentation aside:");
    report::line(report::table(&rows).trim_end());
    for package in packages::published()? {
        if counts.get(&package) == Some(&0) {
            report::line(&format!("error: `cargo test -p {package}` runs no test"));
            summary.failed += 1;
        }
    }
    Ok(Outcome::Ran(summary))
}
