//! Scaffold, generate, check and run Kubeflow Pipelines components.
//!
//! One file per verb. Every file a verb writes goes through [`plan::Plan`], and everything it prints through
//! [`output::Console`]. No verb prompts, and none reads the body of a component.

#![allow(
    rustdoc::broken_intra_doc_links,
    rustdoc::invalid_html_tags,
    reason = "documentation of arguments is clap's help text, where NAME[@VERSION] and <DIR> are plain text"
)]

mod argument_size;
mod catalog;
mod cli;
mod component_file;
mod error;
mod exit;
mod fetch;
mod http;
mod interface;
#[cfg(unix)]
mod interrupts;
mod lock;
#[cfg(unix)]
mod name;
mod output;
mod pipeline;
mod plan;
mod sdk;
mod templates;
mod workspace;

mod add;
mod check;
#[cfg(unix)]
mod cluster;
mod compile;
mod completions;
mod deploy;
mod diff;
mod doctor;
mod explain;
mod generate;
mod init;
mod lint;
mod list;
mod model;
mod new;
mod outdated;
#[cfg(unix)]
mod report;
mod run;
#[cfg(unix)]
mod runs;
mod search;
mod serve;
mod show;
mod verify;

use clap::{CommandFactory as _, Parser};
use clap_complete::CompleteEnv;

use exit::ExitCode;

fn main() -> std::process::ExitCode {
    // A shell that asks what can be typed gets its answer, and the program ends.
    CompleteEnv::with_factory(cli::Cli::command)
        .var(completions::VARIABLE)
        .complete();
    match cli::Cli::try_parse() {
        Ok(cli) => cli.run(),
        Err(help_or_usage) => {
            // A closed pipe is not a reason to fail `kfp-comp --help | head`.
            let _ = help_or_usage.print();
            if help_or_usage.use_stderr() {
                ExitCode::Usage
            } else {
                ExitCode::Done
            }
        }
    }
    .into()
}
