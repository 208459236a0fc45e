//! What a server or a cluster would refuse minutes later, or wait for without end, found before anything is sent.

mod images;
mod settings;

use std::path::Path;

use anyhow::Result;
use kfp_client::model::Health;
use kfp_component_yaml::lint::{self, Backend, Severity};
use kfp_workspace::Platform;

use super::{run_args::Asked, server::Server};
use crate::{
    error::{Usage, hinted_usage},
    http::RegistryArgs,
    output::{Console, Style},
};

/// How much is looked at.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Checks before submission")]
pub(crate) struct PreflightArgs {
    /// Platform of the cluster's nodes, which every image must be made for; may be repeated
    #[arg(long, value_name = "PLATFORM", default_value = "linux/amd64", value_parser = platform)]
    platform: Vec<Platform>,
    /// Do not ask registries whether the images are there
    #[arg(long)]
    no_image_check: bool,
    #[command(flatten)]
    registries: RegistryArgs,
}

fn platform(text: &str) -> Result<Platform, String> {
    Platform::try_from(text.to_owned()).map_err(|error| error.to_string())
}

/// Something that is wrong with a request.
struct Finding {
    /// Whether it cannot work; otherwise it may not do what its author thinks.
    is_error: bool,
    message: String,
    hint: String,
}

impl Finding {
    fn error(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            is_error: true,
            message: message.into(),
            hint: hint.into(),
        }
    }

    fn warning(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            is_error: false,
            ..Self::error(message, hint)
        }
    }
}

/// Looks at everything, says what is odd, and refuses what cannot work.
///
/// # Errors
/// The first thing that cannot work; the others are printed. Also if the server cannot be reached.
pub(super) fn check(asked: &Asked, args: &PreflightArgs, console: &mut Console) -> Result<()> {
    let Asked {
        submitted,
        server,
        config,
        ..
    } = asked;
    let spec = &submitted.pipeline.spec;
    let mut findings = settings::parameters(&config.parameters);
    findings.extend(settings::root(
        &config.pipeline_root,
        &spec.default_pipeline_root,
    ));
    findings.extend(settings::size(&submitted.source, &config.parameters));
    findings.extend(settings::tight_memory(spec));
    findings.extend(settings::account(&asked.service_account, server));
    findings.extend(images::named(spec));
    if !args.no_image_check {
        findings.extend(images::found(spec, &args.platform, &args.registries)?);
    }
    let health = server.client.health()?;
    findings.extend(namespace(&health, server));
    if let (Some(text), Some(file)) = (&submitted.text, &asked.file) {
        findings.extend(lint(text, file, &health));
    }
    report(findings, console)
}

/// Warnings first, then what cannot work.
fn report(findings: Vec<Finding>, console: &mut Console) -> Result<()> {
    let (mut errors, warnings): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|finding| finding.is_error);
    for warning in warnings {
        console.status(Style::Warning, "Note", &warning.message);
        if console.is_verbose() {
            console.hint(&warning.hint);
        }
    }
    let Some(last) = errors.pop() else {
        return Ok(());
    };
    for error in errors {
        console.failure(&error.message, std::iter::empty());
        console.hint(&error.hint);
    }
    Err(hinted_usage(last.message, last.hint).context(Usage("nothing was sent".to_owned())))
}

/// In multi-user mode everything belongs to a namespace.
fn namespace(health: &Health, server: &Server) -> Option<Finding> {
    (health.multi_user && server.namespace.is_empty()).then(|| {
        Finding::error(
            "the server has users with namespaces, and none is named",
            "name yours: `--namespace NAMESPACE`, or store it: `kfp-comp profile set NAME --namespace NAMESPACE`",
        )
    })
}

/// The release of the server, if it says so in a form that is known.
pub(super) fn backend(health: &Health) -> Option<Backend> {
    health.tag_name.trim_start_matches('v').parse().ok()
}

/// What `lint --backend` finds for the release of the server.
fn lint(text: &str, file: &Path, health: &Health) -> Vec<Finding> {
    let Some(backend) = backend(health) else {
        return Vec::new();
    };
    let mut report = lint::lint_bytes(text.as_bytes(), Some(backend));
    // It is about kfp 1.8, which this server does not run.
    report
        .findings
        .retain(|one| one.rule.code != "compiled-pipeline");
    let all = format!(
        "`kfp-comp lint {} --backend {backend}` says where, and why",
        file.display()
    );
    let count = |severity| {
        report
            .findings
            .iter()
            .filter(|one| one.rule.severity == severity)
            .count()
    };
    let mut found = Vec::new();
    for finding in report
        .findings
        .iter()
        .filter(|one| one.rule.severity == Severity::Error)
    {
        found.push(Finding::error(
            format!("KFP {backend}: {}", finding.reason),
            all.clone(),
        ));
    }
    match count(Severity::Warning) {
        0 => {}
        1 => found.push(Finding::warning(
            format!("lint for KFP {backend} has 1 warning"),
            all,
        )),
        many => found.push(Finding::warning(
            format!("lint for KFP {backend} has {many} warnings"),
            all,
        )),
    }
    found
}
