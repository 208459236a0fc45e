//! `kfp-comp init`: a workspace for components.
//!
//! Works offline, does not prompt and does not call git.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use minijinja::context;

use crate::{
    error::hinted_usage,
    exit::ExitCode,
    output::{self, Console, Style},
    plan::Plan,
    sdk::{self, Sdk},
    templates::Templates,
};

/// Create a workspace for components
///
/// Writes the manifest, an xtask with `ci` and `test`, cargo aliases, a CI workflow and directories for components and
/// templates. An existing README.md or ignore file is kept; any other file that exists is an error.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kfp-comp init pipelines --sdk ../kfp-component
  kfp-comp init . --sdk https://github.com/acme/kfp-component --dry-run")]
pub(crate) struct Args {
    /// The directory, which is created if needed
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Where to get kfp-component: a checkout of the SDK or a git URL
    #[arg(long, value_name = "PATH|GIT-URL")]
    sdk: Option<Sdk>,
    /// Print what would be written as a diff
    #[arg(long)]
    dry_run: bool,
}

/// Runs the verb.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    let sdk = match &args.sdk {
        Some(sdk) => sdk.clone(),
        None => Sdk::enclosing()?.ok_or_else(|| sdk::missing("a workspace"))?,
    };
    if args.directory.exists() && !args.directory.is_dir() {
        let message = format!("`{}` is not a directory", args.directory.display());
        return Err(hinted_usage(
            message,
            "name a directory, which is created if it is not there",
        ));
    }
    let plan = plan(&args.directory, &sdk)?;
    if args.dry_run {
        console.data(&plan.diff())?;
        return Ok(ExitCode::Done);
    }
    plan.apply()?;
    console.status(
        Style::Success,
        "Creating",
        &args.directory.display().to_string(),
    );
    for change in plan.changes().iter().filter(|change| change.is_kept()) {
        console.status(Style::Info, "Keeping", &change.path.display().to_string());
    }
    if let Some(warning) = sdk.warning(&args.directory)? {
        console.hint(warning);
    }
    if console.is_watched() {
        // `cargo comp` of the new workspace starts the program that is installed.
        let install = match output::alias() {
            Some(_) => format!("\n  {}", sdk.install("kfp-comp", &args.directory)?),
            None => String::new(),
        };
        console.say(&format!(
            "\nNext:\n  cd {}{install}\n  cargo comp new data-ingestion",
            args.directory.display()
        ));
    }
    Ok(ExitCode::Done)
}

fn plan(directory: &Path, sdk: &Sdk) -> Result<Plan> {
    let full = std::path::absolute(directory).context("could not tell the current directory")?;
    let title = full.file_name().map_or_else(
        || "Components".into(),
        |name| name.to_string_lossy().into_owned(),
    );
    // The first two numbers: a caret requirement on the versions that cargo considers compatible.
    let version = env!("CARGO_PKG_VERSION")
        .rsplit_once('.')
        .map_or("0", |(version, _)| version);
    let install = sdk.install("kfp-comp", directory)?;
    let install_publish = sdk.install("kfp-publish", directory)?;
    let values = context! {
        title,
        version,
        dependency => sdk.dependency("kfp-component", directory)?,
        exclude => sdk.path_within(directory)?,
        install_escaped => install.escape_default().to_string(),
        install,
        install_publish_escaped => install_publish.escape_default().to_string(),
        install_publish,
        names => Templates::names().filter(|name| name.starts_with("component/")).collect::<Vec<_>>(),
    };
    let templates = Templates::built_in();
    let mut plan = Plan::new(directory);
    for (path, template) in [
        ("Cargo.toml", "workspace/Cargo.toml.j2"),
        (".cargo/config.toml", "workspace/config.toml.j2"),
        (".github/workflows/ci.yml", "workspace/ci.yml.j2"),
        ("components/README.md", "workspace/components.md.j2"),
        ("templates/README.md", "workspace/templates.md.j2"),
        ("xtask/Cargo.toml", "workspace/xtask.toml.j2"),
        ("xtask/src/main.rs", "workspace/xtask.rs.j2"),
    ] {
        plan.create(path, templates.render(template, values.clone())?)?;
    }
    for (path, template) in [
        ("README.md", "workspace/README.md.j2"),
        (".gitignore", "workspace/gitignore.j2"),
        (".dockerignore", "workspace/dockerignore.j2"),
    ] {
        plan.create_or_leave(path, templates.render(template, values.clone())?)?;
    }
    Ok(plan)
}
