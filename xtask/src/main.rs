//! The tasks of this repository, one file each: `cargo xtask TASK`.
//!
//! Refuses what it does not know, with exit code 2; a task that failed exits with 1.

use std::process::ExitCode;

use tier::Scope;

#[cfg(test)]
mod architecture;
mod bench;
mod catalog;
mod ci;
mod demo;
mod end_to_end;
mod engine;
mod images;
mod kube;
mod packages;
mod process;
mod publish;
mod python;
mod release;
mod report;
mod sdk;
mod serving;
mod signature_matrix;
mod test;
mod test_summary;
mod tier;
mod workspace;

const HELP: &str = "\
Usage: cargo xtask TASK

  demo            run the iris pipeline natively, on real data
  test [--all] [TIER…]
                  run every test this machine can run, or those of the tiers rust, kfp1, kfp2, kube, engine,
                  serving;
                  --all makes a skipped tier a failure
  ci [--all]      what CI runs: format, lints, docs, drift, packaging and the tests
  bench [--json] [NAME…]
                  measure against the Python executor, curl, pandas, scikit-learn and MLServer
  bench publish   measure packing and pushing against docker and buildah
  catalog build   derive the catalog's index, page and other layouts from its releases
  catalog verify  check its latest versions, in both SDKs and in their registries, and record it
  publish …       build, pack, push and catalog components; see cargo xtask publish --help
  release VERSION [--dry-run]
                  set the version, close the changelog's section, pack every crate, commit and tag
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        [] | ["help" | "-h" | "--help"] => {
            report::data(HELP);
            Ok(())
        }
        ["demo"] => demo::run(),
        ["ci"] => ci::run(Scope::Available),
        ["ci", "--all"] => ci::run(Scope::All),
        ["test", "--all", tiers @ ..] if test::are_tiers(tiers) => test::run(Scope::All, tiers),
        ["test", tiers @ ..] if test::are_tiers(tiers) => test::run(Scope::Available, tiers),
        ["catalog", rest @ ..] => return exit(catalog::run(rest)),
        ["publish", rest @ ..] => return exit(publish::publish(rest)),
        ["release", rest @ ..] => release::run(rest),
        ["bench", "publish"] => publish::bench(),
        ["bench", arguments @ ..] => bench::run(arguments),
        unknown => {
            report::line(&format!(
                "error: unknown task or option: {}\n\n{HELP}",
                unknown.join(" ")
            ));
            return ExitCode::from(2);
        }
    };
    exit(result.map(|()| ExitCode::SUCCESS))
}

/// The exit code of a task, after its error has been printed.
fn exit(result: anyhow::Result<ExitCode>) -> ExitCode {
    result.unwrap_or_else(|error| {
        report::error(&error);
        ExitCode::FAILURE
    })
}
