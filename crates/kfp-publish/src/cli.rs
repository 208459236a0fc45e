//! The command line of `cargo xtask publish`.
//!
//! Stdout carries the digest references, or the plan, or JSON; everything else goes to stderr.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use kfp_registry::{Client, Reference};

use crate::error::{Context as _, Error, Result};
use crate::plan::{Destination, PublishOptions, Report};
use crate::progress::Progress;
use crate::publish::{self, PublishRequest};
use kfp_workspace::{Dependencies, Platform, Workspace};

/// Build components for every platform, push them and pin their digests
///
/// Needs no Docker daemon. Without a registry it writes an OCI image layout below target/.
/// Prints one `image@sha256:…` per component on stdout, and nothing else.
#[derive(Debug, Parser)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
#[command(
    name = "publish",
    bin_name = "cargo xtask publish",
    after_help = "Examples:\n  cargo xtask publish --registry ghcr.io/acme\n  \
                  cargo xtask publish data-ingestion --platform linux/arm64 --tarball images.tar\n\n\
                  Defaults come from `[workspace.metadata.kfp-comp]`: registry, platforms, catalog, annotations.\n\
                  KFP_TOOLCHAIN names the toolchain where `--toolchain` does not."
)]
struct Arguments {
    /// Components and servers to publish; all components if none is named
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Push below this registry and path, such as `ghcr.io/acme`
    #[arg(long, value_name = "R", group = "destination", value_parser = registry)]
    registry: Option<String>,
    /// Write to an OCI image layout instead
    #[arg(long, value_name = "DIR", group = "destination")]
    oci_layout: Option<PathBuf>,
    /// Write one file that `docker load` and `podman load` read instead
    #[arg(long, value_name = "FILE", group = "destination")]
    tarball: Option<PathBuf>,
    /// Platforms, separated by commas: linux/amd64, linux/arm64
    #[arg(long, value_name = "P", value_delimiter = ',', value_parser = platform)]
    platform: Vec<Platform>,
    /// Leave out the platforms this machine cannot build for, and say what is missing
    #[arg(long)]
    skip_unavailable: bool,
    /// Set this tag instead of the version; repeat for more
    #[arg(long, value_name = "T", value_parser = tag)]
    tag: Vec<String>,
    /// Take the registry's path as the repository, without the component's name
    #[arg(long)]
    bare: bool,
    /// Compile with this toolchain of rustup
    #[arg(long, value_name = "NAME")]
    toolchain: Option<String>,
    /// Pin into this catalog, relative to the current directory
    #[arg(long, value_name = "DIR")]
    catalog: Option<PathBuf>,
    /// Push uncommitted changes, without naming a commit
    #[arg(long)]
    allow_dirty: bool,
    /// Publish no SBOMs; `sbom = false` in the workspace's settings does the same
    #[arg(long)]
    no_sbom: bool,
    /// Print what would be done; nothing is compiled, sent or written
    #[arg(long)]
    dry_run: bool,
    /// Print the plan or the result as JSON
    #[arg(long)]
    json: bool,
    /// Use plain HTTP for this registry (loopback hosts always do)
    #[arg(long, value_name = "HOST", value_parser = host)]
    insecure_registry: Vec<String>,
    /// Use HTTPS for this registry, even on a loopback host
    #[arg(long, value_name = "HOST", value_parser = host)]
    secure_registry: Vec<String>,
    /// Trust the certificates in this PEM file, besides the system's
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// The number of uploads that run at once
    #[arg(long, value_name = "N", default_value = "4")]
    jobs: std::num::NonZeroUsize,
    /// Print errors only
    #[arg(long, short)]
    quiet: bool,
}

/// Runs the command with `arguments`, the program's name left out.
pub fn cli(arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> ExitCode {
    let arguments =
        std::iter::once(OsString::from("publish")).chain(arguments.into_iter().map(Into::into));
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help goes to stdout and is not a failure; clap knows which is which.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let progress = Progress::new(arguments.quiet);
    match run(&arguments, &progress).and_then(|report| print(&arguments, &report).map(|()| report))
    {
        Ok(report) if !report.has_failed() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            progress.error(&error.report());
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments, progress: &Progress) -> Result<Report> {
    let workspace = Workspace::open(Dependencies::Locked)?;
    let components = workspace.images(&arguments.names)?;
    if components.is_empty() {
        return Err(
            Error::new("this workspace has no components").hint("`kfp-comp new NAME` makes one")
        );
    }
    let to = destination(arguments, &workspace, progress)?;
    if let (Destination::Registry { bare: true, prefix }, true) = (&to, components.len() > 1) {
        return Err(Error::new(format!(
            "`--bare` would put {} components into `{prefix}`",
            components.len()
        ))
        .hint("name one component, or leave `--bare` out"));
    }
    let here = std::env::current_dir().context(|| "could not tell the current directory")?;
    let catalog = match &arguments.catalog {
        Some(folder) => here.join(folder),
        None => workspace.root.join(&workspace.settings.catalog),
    };
    let mut platforms = if arguments.platform.is_empty() {
        workspace.settings.platforms.clone()
    } else {
        arguments.platform.clone()
    };
    platforms.sort();
    platforms.dedup();
    let toolchain = arguments
        .toolchain
        .clone()
        .or_else(|| std::env::var("KFP_TOOLCHAIN").ok());
    if arguments.skip_unavailable {
        platforms = available(&platforms, toolchain.as_deref(), progress)?;
    }

    let request = PublishRequest {
        components,
        platforms,
        options: PublishOptions {
            to,
            tags: arguments.tag.clone(),
            catalog,
            allow_dirty: arguments.allow_dirty,
            sbom: workspace.settings.sbom && !arguments.no_sbom,
        },
        toolchain,
        jobs: arguments.jobs.get(),
        dry_run: arguments.dry_run,
        skip_unavailable: arguments.skip_unavailable,
        quiet: arguments.quiet,
        client: client(arguments, progress),
    };
    publish::publish(&workspace, request, progress)
}

/// The platforms of `wanted` that this machine can build for; warns of each it cannot.
fn available(
    wanted: &[Platform],
    toolchain: Option<&str>,
    progress: &Progress,
) -> Result<Vec<Platform>> {
    let unavailable = publish::unavailable_platforms(toolchain)?;
    let (available, missing): (Vec<_>, Vec<_>) = wanted
        .iter()
        .copied()
        .partition(|platform| !unavailable.contains_key(platform));
    for platform in missing {
        let error = &unavailable[&platform];
        progress.warn(&format!(
            "{platform} is left out: {error}\nhint: {}",
            error.next_step().unwrap_or_default()
        ));
    }
    Ok(available)
}

fn destination(
    arguments: &Arguments,
    workspace: &Workspace,
    progress: &Progress,
) -> Result<Destination> {
    let registry = arguments
        .registry
        .as_ref()
        .or(workspace.settings.registry.as_ref());
    Ok(
        match (&arguments.oci_layout, &arguments.tarball, registry) {
            (Some(folder), _, _) => Destination::OciLayout(folder.clone()),
            (_, Some(file), _) => Destination::Tarball(file.clone()),
            (_, _, Some(prefix)) => Destination::Registry {
                prefix: prefix.clone(),
                bare: arguments.bare,
            },
            (None, None, None) if arguments.bare => {
                return Err(
                    Error::new("`--bare` needs a registry").hint("name one with `--registry`")
                );
            }
            (None, None, None) => {
                let folder = publish::default_layout(workspace);
                progress.warn(&format!(
                "no registry is named, so images are written to `{}`\n\
                 hint: name one with `--registry ghcr.io/acme`, or as `registry` in `[workspace.metadata.kfp-comp]`",
                folder.display()
            ));
                Destination::OciLayout(folder)
            }
        },
    )
}

fn client(arguments: &Arguments, progress: &Progress) -> kfp_registry::Builder {
    let mut client = Client::builder().for_push();
    for host in &arguments.insecure_registry {
        progress.warn(&format!(
            "{host} is used without encryption: others can read logins and images on the way"
        ));
        client = client.insecure(host);
    }
    for host in &arguments.secure_registry {
        client = client.secure(host);
    }
    match &arguments.ca_file {
        Some(file) => client.ca_file(file),
        None => client,
    }
}

fn print(arguments: &Arguments, report: &Report) -> Result<()> {
    let text = if arguments.json {
        let json = serde_json::to_string_pretty(report).context(|| "could not write the report")?;
        format!("{json}\n")
    } else if arguments.dry_run {
        report.to_string()
    } else {
        let done = report
            .components
            .iter()
            .filter(|entry| entry.error.is_none());
        let references: Vec<_> = done
            .filter_map(|entry| entry.reference.as_deref())
            .collect();
        references
            .iter()
            .flat_map(|reference| [*reference, "\n"])
            .collect()
    };
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .context(|| "could not write to stdout")
}

fn platform(text: &str) -> std::result::Result<Platform, String> {
    text.parse()
        .map_err(|error: kfp_workspace::Error| error.to_string())
}

/// Checks that a component's name below `text` is an image reference.
fn registry(text: &str) -> std::result::Result<String, String> {
    let prefix = text.trim_end_matches('/');
    reference(&format!("{prefix}/name")).map(|_| prefix.to_owned())
}

fn tag(text: &str) -> std::result::Result<String, String> {
    reference(&format!("localhost/name:{text}")).map(|_| text.to_owned())
}

fn host(text: &str) -> std::result::Result<String, String> {
    match reference(&format!("{text}/name")) {
        Ok(image) if image.repository() == "name" => Ok(text.to_owned()),
        _ => Err("it is not a host, optionally with :port".to_owned()),
    }
}

/// The reference, or what is wrong with it, worded for the part of it that was typed.
fn reference(text: &str) -> std::result::Result<Reference, String> {
    text.parse().map_err(|error| match error {
        kfp_registry::Error::Reference { reason, .. } => format!("it {reason}"),
        error => error.to_string(),
    })
}
