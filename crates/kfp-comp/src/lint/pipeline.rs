//! What is found in a compiled pipeline, beside what is found in its components.

use std::path::Path;

use anyhow::Result;
use kfp_component_yaml::lint::{self, Outcome, Severity};
use kfp_pipeline::{Executor, Pipeline, Problem, Way, rule};
use kfp_registry::Reference;

use super::{Found, Report};
use crate::{
    catalog::CatalogArgs,
    fetch::Source,
    output::printable,
    pipeline::{
        interface::{self, Current, of_workspace},
        is_component,
        released::Releases,
    },
    workspace,
};

/// Of a pipeline, kfp 1.8 is not asked.
const OF_KFP_1: &str = "compiled-pipeline";

/// Checks pipelines, and reads what they are compared with once if there is one to check.
pub(super) struct Linter<'a> {
    catalogs: &'a CatalogArgs,
    beside: Option<Beside>,
}

/// What pipelines are compared with.
struct Beside {
    of_workspace: Vec<Current>,
    /// Of the catalogs that are named.
    releases: Option<Releases>,
}

impl<'a> Linter<'a> {
    pub(super) fn new(catalogs: &'a CatalogArgs) -> Self {
        Self {
            catalogs,
            beside: None,
        }
    }

    fn beside(&mut self) -> Result<&mut Beside> {
        if self.beside.is_none() {
            let is_named = !self.catalogs.catalog.is_empty();
            self.beside = Some(Beside {
                of_workspace: workspace::find()?
                    .as_ref()
                    .map_or_else(Vec::new, of_workspace),
                releases: is_named
                    .then(|| Releases::read(self.catalogs))
                    .transpose()?,
            });
        }
        Ok(self.beside.as_mut().expect("it has just been read"))
    }

    /// Adds what is found if the file is a pipeline of several tasks; a component that was compiled by itself is linted
    /// as a component.
    pub(super) fn add(&mut self, report: &mut Report, source: &Source, bytes: &[u8]) -> Result<()> {
        let Ok(text) = lint::text(bytes) else {
            return Ok(());
        };
        let pipeline = match Pipeline::read(&text) {
            Ok(pipeline) if is_component(&pipeline) && !source.is_python() => return Ok(()),
            Ok(pipeline) => pipeline,
            Err(problem) => {
                // The linter of components knows other documents, and what kfp 2 cannot read.
                if report.kfp_2.outcome == Outcome::Ok && problem.rule == &rule::BAD_PIPELINE {
                    report.findings.push(problem.into());
                }
                return Ok(());
            }
        };
        report.is_for_kfp_1 = false;
        report.findings.retain(|finding| finding.code != OF_KFP_1);
        let folder = match source {
            Source::File(path) => path.parent().map(Path::to_owned),
            Source::Url(_) => None,
        };
        let mut problems = kfp_pipeline::check(&pipeline);
        problems.extend(images(&pipeline));
        let beside = self.beside()?;
        problems.extend(interface::changes(
            &pipeline,
            folder.as_deref(),
            &beside.of_workspace,
            beside.releases.as_mut(),
        )?);
        for problem in problems {
            let is_known = |finding: &Found| {
                // Both look at constants, and at what kfp 2 refuses at the same place.
                let both = finding.severity == Severity::Error
                    && problem.is_error()
                    && finding.position == problem.position;
                both || (finding.code == problem.rule.code
                    && finding.position.line.abs_diff(problem.position.line) <= 2)
            };
            if !report.findings.iter().any(is_known) {
                report.findings.push(problem.into());
            }
        }
        report
            .findings
            .sort_by_key(|finding| (finding.position, std::cmp::Reverse(finding.severity)));
        Ok(())
    }
}

/// Images whose names nobody can resolve.
fn images(pipeline: &Pipeline) -> Vec<Problem> {
    let executors = &pipeline.spec.deployment_spec.executors;
    let mut problems = Vec::new();
    for (label, executor) in executors {
        let Executor::Container(container) = executor else {
            continue;
        };
        let image = &container.image;
        // A run may fill it in.
        if image.contains("{{$") {
            continue;
        }
        if let Err(error) = image.parse::<Reference>() {
            let way =
                Way::root().keys(["deploymentSpec", "executors", label, "container", "image"]);
            let message = format!("the image of the executor `{label}`: {error}");
            problems.push(pipeline.problem(&rule::BAD_IMAGE, &way, message));
        }
    }
    problems
}

impl From<Problem> for Found {
    fn from(problem: Problem) -> Self {
        Self {
            code: problem.rule.code,
            severity: problem.rule.severity,
            reason: printable(&problem.message).replace('\n', " "),
            help: problem.help().to_owned(),
            position: problem.position,
        }
    }
}
