//! `kfp-comp catalog`: maintaining a catalog; and finding components in the configured catalogs.
//!
//! Everything read from a catalog is limited in size and time, and checked before it is used.

pub(crate) mod age;
mod build;
mod change;
mod copy;
mod find;
mod location;
mod mirror;
mod python;
mod sdk;
pub(crate) mod show;
mod verify;

use anyhow::Result;

pub(crate) use self::{
    find::{CatalogArgs, Catalogs, FoundComponent, NamedCatalog, Selection},
    location::CatalogLocation,
};
use crate::{exit::ExitCode, output::Console};

/// Build, withdraw, deprecate, verify, mirror or wrap the components of a catalog
#[derive(Debug, clap::Args)]
#[command(
    arg_required_else_help = true,
    after_help = "\
Examples:
  kfp-comp catalog build --url https://acme.github.io/components
  kfp-comp catalog yank word-count@0.3.1 --catalog catalog --reason 'counts twice'
  kfp-comp catalog deprecate word-count --catalog catalog --superseded-by text-statistics
  kfp-comp catalog verify --python kfp1/bin/python --python kfp2/bin/python
  kfp-comp catalog mirror --to registry.intern/kfp --catalog https://acme.github.io/components mirrored
  kfp-comp catalog python acme_components --catalog https://acme.github.io/components"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    Build(build::Args),
    Yank(change::Yank),
    Deprecate(change::Deprecate),
    Verify(verify::Args),
    Mirror(mirror::Args),
    Python(python::Args),
}

/// Runs the verb.
pub(crate) fn run(args: &Args, console: &mut Console) -> Result<ExitCode> {
    match &args.verb {
        Verb::Build(args) => build::run(args, console),
        Verb::Yank(args) => change::yank(args, console),
        Verb::Deprecate(args) => change::deprecate(args, console),
        Verb::Verify(args) => verify::run(args, console),
        Verb::Mirror(args) => mirror::run(args, console),
        Verb::Python(args) => python::run(args, console),
    }
}
