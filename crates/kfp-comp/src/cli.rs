//! The command line: one variant and one file per verb.

use std::path::PathBuf;

use clap::{ArgAction, Args, ColorChoice, Parser, Subcommand};

use crate::{
    add, catalog, check, compile, completions, deploy, diff, doctor,
    error::{Hinted, Usage},
    exit::ExitCode,
    explain, generate, http, init, lint, list, model, new, outdated,
    output::Console,
    run, search, serve, show, verify,
};
#[cfg(unix)]
use crate::{cluster, report, runs};

/// Write Kubeflow Pipelines components in Rust
#[derive(Debug, Parser)]
#[command(
    name = "kfp-comp",
    version,
    propagate_version = false,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = "\
Examples:
  kfp-comp new data-ingestion
  kfp-comp run data-ingestion
  kfp-comp check

Exit codes: 0 done, 1 failed, 2 usage, 4 something was found
With a cluster also: 3 the run was stopped, 4 it cannot be reached or wants a login, 124 out of time"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: Verb,
}

/// Options of every verb.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
struct Global {
    /// Print more detail
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    verbose: u8,
    /// Print errors only
    #[arg(short, long, global = true)]
    quiet: bool,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,
    /// Trust the CA certificates in this PEM file, besides the system's
    #[arg(long, global = true, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    New(new::Args),
    Init(init::Args),
    Generate(generate::Args),
    Check(check::Args),
    Run(run::Args),
    #[cfg(unix)]
    Submit(cluster::submit::Args),
    #[cfg(unix)]
    Watch(cluster::watch::Args),
    #[cfg(unix)]
    Logs(cluster::logs::Args),
    #[cfg(unix)]
    Metrics(cluster::metrics::Args),
    #[cfg(unix)]
    Artifacts(cluster::artifacts::Args),
    #[cfg(unix)]
    Schedule(cluster::schedule::Args),
    #[cfg(unix)]
    Experiments(cluster::experiments::Args),
    #[cfg(unix)]
    Up(cluster::up::Args),
    #[cfg(unix)]
    Profile(cluster::profile::Args),
    #[cfg(unix)]
    Runs(runs::Args),
    #[cfg(unix)]
    Report(report::Args),
    Serve(serve::Args),
    Lint(lint::Args),
    Explain(explain::Args),
    Compile(compile::Args),
    List(list::Args),
    Show(show::Args),
    Search(search::Args),
    Add(add::Args),
    Verify(verify::Args),
    Outdated(outdated::Args),
    Diff(diff::Args),
    Catalog(catalog::Args),
    Model(model::Args),
    Deploy(deploy::Args),
    Completions(completions::Args),
    Doctor(doctor::Args),
}

impl Cli {
    /// Runs the verb and prints its error, if there is one.
    pub(crate) fn run(self) -> ExitCode {
        match self.global.color {
            ColorChoice::Auto => {}
            ColorChoice::Always => anstream::ColorChoice::Always.write_global(),
            ColorChoice::Never => anstream::ColorChoice::Never.write_global(),
        }
        if let Some(file) = self.global.ca_file {
            http::trust(file);
        }
        let level = if self.global.quiet {
            -1
        } else {
            i16::from(self.global.verbose)
        };
        let mut console = Console::new(level);
        self.verb.run(&mut console).unwrap_or_else(|error| {
            if is_closed_pipe(&error) {
                return ExitCode::Done;
            }
            console.error(&error);
            // As a cause, or as the context of one.
            let is_usage = error.is::<Usage>()
                || error.chain().any(|error| {
                    error.is::<Usage>() || error.downcast_ref().is_some_and(Hinted::is_usage)
                });
            if is_usage {
                return ExitCode::Usage;
            }
            #[cfg(unix)]
            if let Some(error) = error.chain().find_map(|error| error.downcast_ref()) {
                return cluster::exit_code(error);
            }
            ExitCode::Failed
        })
    }
}

impl Verb {
    fn run(self, console: &mut Console) -> anyhow::Result<ExitCode> {
        match self {
            Self::New(args) => new::run(&args, console),
            Self::Init(args) => init::run(&args, console),
            Self::Generate(args) => generate::run(&args, console),
            Self::Check(args) => check::run(&args, console),
            Self::Run(args) => run::run(&args, console),
            #[cfg(unix)]
            Self::Submit(args) => cluster::submit::run(&args, console),
            #[cfg(unix)]
            Self::Watch(args) => cluster::watch::run(&args, console),
            #[cfg(unix)]
            Self::Logs(args) => cluster::logs::run(&args, console),
            #[cfg(unix)]
            Self::Metrics(args) => cluster::metrics::run(&args, console),
            #[cfg(unix)]
            Self::Artifacts(args) => cluster::artifacts::run(&args, console),
            #[cfg(unix)]
            Self::Schedule(args) => cluster::schedule::run(&args, console),
            #[cfg(unix)]
            Self::Experiments(args) => cluster::experiments::run(&args, console),
            #[cfg(unix)]
            Self::Up(args) => cluster::up::run(&args, console),
            #[cfg(unix)]
            Self::Profile(args) => cluster::profile::run(&args, console),
            #[cfg(unix)]
            Self::Runs(args) => runs::run(&args, console),
            #[cfg(unix)]
            Self::Report(args) => report::run(&args, console),
            Self::Serve(args) => serve::run(&args, console),
            Self::Lint(args) => lint::run(&args, console),
            Self::Explain(args) => explain::run(&args, console),
            Self::Compile(args) => compile::run(&args, console),
            Self::List(args) => list::run(&args, console),
            Self::Show(args) => show::run(&args, console),
            Self::Search(args) => search::run(&args, console),
            Self::Add(args) => add::run(&args, console),
            Self::Verify(args) => verify::run(&args, console),
            Self::Outdated(args) => outdated::run(&args, console),
            Self::Diff(args) => diff::run(&args, console),
            Self::Catalog(args) => catalog::run(&args, console),
            Self::Model(args) => model::run(&args, console),
            Self::Deploy(args) => deploy::run(&args, console),
            Self::Completions(args) => completions::run(&args, console),
            Self::Doctor(args) => doctor::run(&args, console),
        }
    }
}

/// A reader that has seen enough, as in `kfp-comp list | head -1`, is not a failure.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
