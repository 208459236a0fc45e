//! `cargo xtask test`: the Rust tests, then the tiers that need an SDK or an engine.
//!
//! Says which tier it skipped and why; with `--all` a skip is a failure.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::process::cargo;
use crate::python::Environment;
use crate::tally::{self, Tally};
use crate::{end_to_end, report, sdk};

/// What has to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// What this machine can run.
    Available,
    /// Everything: what cannot run is a failure.
    All,
}

/// The Python of each SDK, or why there is none.
pub(crate) struct Sdks {
    pub(crate) kfp1: Result<PathBuf, String>,
    pub(crate) kfp2: Result<PathBuf, String>,
}

/// What came of a tier.
pub(crate) enum Outcome {
    Ran(Tally),
    Skipped(String),
}

type Tier = fn(Scope, &Sdks) -> Result<Outcome>;

const TIERS: [(&str, &str, Tier); 4] = [
    ("rust", "Rust", rust),
    ("kfp1", "components in kfp 1.8", |_, sdks| sdk::kfp1(sdks)),
    ("kfp2", "components in kfp 2", |_, sdks| sdk::kfp2(sdks)),
    ("engine", "the pipeline in a Docker engine", |_, sdks| {
        end_to_end::run(sdks)
    }),
];

/// Whether all of these are names of tiers.
pub(crate) fn know(tiers: &[&str]) -> bool {
    tiers
        .iter()
        .all(|tier| TIERS.iter().any(|(name, ..)| name == tier))
}

/// Runs the named tiers, or all if none is named, and fails at the end if one did.
pub(crate) fn run(scope: Scope, names: &[&str]) -> Result<()> {
    let python =
        |environment: Environment| environment.python().map_err(|error| format!("{error:#}"));
    let sdks = Sdks {
        kfp1: python(Environment::Kfp1),
        kfp2: python(Environment::Kfp2),
    };
    let mut rows = Vec::new();
    let mut total = Tally::default();
    let mut broken = Vec::new();
    for (short, name, tier) in TIERS {
        if !names.is_empty() && !names.contains(&short) {
            continue;
        }
        report::status("Testing", name);
        let start = Instant::now();
        let tally = match tier(scope, &sdks) {
            Ok(Outcome::Ran(tally)) => tally,
            Ok(Outcome::Skipped(why)) => Tally::skipped(why),
            Err(error) => {
                report::error(&error);
                Tally::broken()
            }
        };
        if tally.failed > 0 || (scope == Scope::All && !tally.reasons.is_empty()) {
            broken.push(name);
        }
        let time = report::duration(start.elapsed());
        rows.push(vec![name.to_owned(), time, tally.to_string()]);
        for why in &tally.reasons {
            rows.push(vec![
                String::new(),
                String::new(),
                format!("SKIPPED: {why}"),
            ]);
        }
        total += tally;
    }
    report::line("");
    report::line(report::table(&rows).trim_end());
    report::line(&total.to_string());
    if !broken.is_empty() {
        bail!("tests failed or could not run: {}", broken.join(", "));
    }
    Ok(())
}

fn rust(scope: Scope, sdks: &Sdks) -> Result<Outcome> {
    let mut tests = cargo("test");
    tests.args(["--workspace", "--no-fail-fast"]);
    for (variable, python) in [("KFP1_PYTHON", &sdks.kfp1), ("KFP2_PYTHON", &sdks.kfp2)] {
        if let Ok(python) = python {
            tests.env(variable, python);
        }
    }
    if scope == Scope::All {
        tests.env("KFP_REQUIRE_TIERS", "1");
        tests.env("FUZZ_SECONDS", "60");
    }
    tally::run(&mut tests).map(Outcome::Ran)
}
