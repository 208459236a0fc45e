//! Scaffold, generate, check and run Kubeflow Pipelines components.
//!
//! One verb, one file; every file a verb writes goes through [`plan::Plan`], everything it says through
//! [`output::Console`]. Nothing here asks questions or reads component bodies.

pub mod catalog;
pub mod cli;
pub mod config;
pub mod error;
pub mod exit;
pub mod fetch;
pub mod http;
pub mod interface;
pub mod lock;
pub mod name;
pub mod output;
pub mod plan;
pub mod sdk;
pub mod templates;
pub mod workspace;

pub mod add;
pub mod check;
pub mod compile;
pub mod completions;
pub mod diff;
pub mod doctor;
pub mod explain;
pub mod generate;
pub mod init;
pub mod lint;
pub mod list;
pub mod new;
pub mod outdated;
pub mod run;
pub mod search;
pub mod show;
pub mod verify;

use clap::Parser;

pub use exit::ExitCode;

/// Runs the program with this process's arguments.
pub fn main() -> ExitCode {
    match cli::Cli::try_parse() {
        Ok(cli) => cli.run(),
        Err(help_or_usage) => {
            // A closed pipe is no reason to fail `kfp-comp --help | head`.
            let _ = help_or_usage.print();
            if help_or_usage.use_stderr() {
                ExitCode::Usage
            } else {
                ExitCode::Done
            }
        }
    }
}
